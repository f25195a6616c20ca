//! The families of endpoints: what is asked, and the records that come back.

pub mod calls;
pub mod library;
pub mod settings;
pub mod stats;
pub mod transcripts;
pub mod users;
pub mod workspaces;
