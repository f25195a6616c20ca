//! Errors.
/// Error.
#[derive(Debug)]
pub enum Error {
    /// A cursor came twice.
    RepeatedCursor {
        /// The path.
        path: String,
        /// Pages read.
        pages: usize,
    },
}
