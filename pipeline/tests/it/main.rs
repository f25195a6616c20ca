//! The one integration binary of the program: each module says what it covers.

mod cli;
