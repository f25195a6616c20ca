//! The Gong client from outside.
//!
//! * `wire`: hand-written pages, one per endpoint, decoded field by field
//! * `traps`: what Gong's API does to the unwary, over HTTP
//! * `paging`: cursors, and requests as values
//! * `server`: a server with a script that fails loudly on what it does not expect
//! * `clock`: time that passes only when slept

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

mod clock;
mod paging;
mod server;
mod traps;
mod wire;
