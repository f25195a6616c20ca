//! The Gong API: endpoints as values, typed records, paging, pacing, retry.

pub mod api;
pub mod client;
pub mod endpoint;
pub mod error;
pub mod page;
mod reject;
mod repair;
mod wire;
