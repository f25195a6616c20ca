//! From Gong's pages to the lake.
pub mod canonical;
pub mod convert;
pub mod crm;
pub mod ledger;
pub mod merge;
pub mod persons;
pub mod settings;
pub mod sides;
pub mod spool;
pub mod window;
