//! The reader of pickles on what is hostile or broken.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod hostile;
mod random;
mod values;
