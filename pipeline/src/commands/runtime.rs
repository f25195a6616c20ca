//! Where waiting happens: one tokio runtime a command, which Ctrl-C and a polite kill end.

use std::future::Future;

use crate::error::Error;

/// Runs `work` to its end, or until somebody asks the program to end. What is dropped half-way is what a killed run leaves:
/// the lake is never seen half written.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    start()?.block_on(async {
        tokio::select! {
            result = work => result,
            () = asked_to_end() => Err(Error::Interrupted),
        }
    })
}

/// Runs `work` to its end; it listens for itself whether somebody asks the program to end.
pub(crate) fn block_on_to_the_end<T>(
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    start()?.block_on(work)
}

fn start() -> Result<tokio::runtime::Runtime, Error> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::Bug(format!("cannot start the runtime: {error}")))
}

/// Waits for Ctrl-C or a polite kill.
pub(crate) async fn asked_to_end() {
    // Where a signal cannot be listened for, it ends the process in its own way.
    tokio::select! {
        Ok(()) = tokio::signal::ctrl_c() => {}
        () = terminated() => {}
        else => std::future::pending().await,
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut stream) => {
            stream.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}
