//! The Gong client from outside.
//!
//! * `wire`: hand-written pages, one per endpoint, decoded field by field
//! * `traps`: what Gong's API does to the unwary, over HTTP
//! * `endpoints`: scorecards, trackers and the library, decoded field by field
//! * `patience`: how long a failing host is tried, and which answers are not believed at once
//! * `reserve`: requests that are reserved before they are sent
//! * `hostile`: answers that mean harm: nested without end, or with values of absurd length
//! * `limits`: answers that are too large, packed or not
//! * `logs`: what is logged of a request, and what is not
//! * `paging`: cursors, and requests as values
//! * `server`: a server with a script that fails loudly on what it does not expect
//! * `clock`: time that passes only when slept

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

mod clock;
mod endpoints;
mod hostile;
mod limits;
mod logs;
mod paging;
mod patience;
mod reserve;
mod server;
mod traps;
mod wire;
