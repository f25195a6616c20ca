//! The families of endpoints: what is asked, and the records that come back.

pub mod calls;
pub mod transcripts;
pub mod users;
pub mod workspaces;
