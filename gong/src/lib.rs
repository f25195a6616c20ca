//! The Gong API: endpoints as values, typed records, paging, pacing and retry. It knows nothing of tables, metrics or
//! the command line.
//!
//! ```text
//! api::calls::ExtensiveCalls { filter, .. }        what is asked: a plain value, pure
//!        │  Client::send                           one turn in the shared pacer, retried where that helps
//!        ▼
//! page::Page<CallRecord>  ──cursor──▶  paging::pages  a stream, one page after the other
//!        │
//!        ├─ Item::Record(CallRecord)               ids are strings, null is absent, unknown fields stay in `extra`
//!        └─ Item::Rejected(Reject)                 one bad record never sinks its page
//! ```
//!
//! Reading a day of calls:
//!
//! ```no_run
//! use futures::TryStreamExt;
//! use std::pin::pin;
//! use talktrack_gong::api::calls::{CallFilter, ExtensiveCalls};
//! use talktrack_gong::page::Item;
//! use talktrack_gong::paging::pages;
//! use talktrack_gong::{Client, ClientOptions, Credentials};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let credentials = Credentials::basic(std::env::var("GONG_ACCESS_KEY")?, std::env::var("GONG_ACCESS_KEY_SECRET")?);
//! let client = Client::new(&"https://api.gong.io".parse()?, credentials, ClientOptions::default())?;
//! let filter = CallFilter {
//!     from: Some("2026-03-02T00:00:00Z".parse()?),
//!     to: Some("2026-03-03T00:00:00Z".parse()?),
//!     ..CallFilter::default()
//! };
//! let mut pages = pin!(pages(&client, ExtensiveCalls::new(filter)));
//! while let Some(page) = pages.try_next().await? {
//!     for item in &page.items {
//!         match item {
//!             Item::Record(call) => println!("{} {:?}", call.meta_data.id, call.meta_data.title),
//!             Item::Rejected(reject) => eprintln!("{}: {}", reject.path, reject.reason),
//!         }
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! * [`api`]: the families of endpoints and their records
//! * [`endpoint`]: what an endpoint is
//! * [`client`]: sends a request, paced and retried
//! * [`page`]: pages, items, rejects
//! * [`paging`]: following cursors
//! * [`pace`]: the request budget, per second and per day
//! * [`reserve`]: requests written down before they are sent
//! * [`retry`]: how persistent the client is
//! * [`auth`]: credentials that cannot be printed
//! * [`clock`]: injected time
//! * [`error`]: what can go wrong and what to do

mod answer;
pub mod api;
mod attempt;
pub mod auth;
pub mod client;
pub mod clock;
pub mod endpoint;
pub mod error;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
pub mod pace;
pub mod page;
pub mod paging;
mod reach;
mod reject;
mod repair;
pub mod reserve;
pub mod retry;
mod wire;

pub use auth::Credentials;
pub use client::{Client, ClientOptions};
pub use error::Error;
pub use pace::Spent;
pub use reserve::{BoxError, Reserve};
pub use retry::RetryPolicy;
