//! Getting jobs out of the stores of APScheduler 3.x. Nothing is written there.
//!
//! Each store is a feature of its own, since it brings that store's client library.

#[cfg(feature = "mongodb")]
pub mod mongodb;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "redis")]
pub mod redis;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod table;

/// A store cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {source}")]
pub struct SourceError {
    /// What was tried, on what.
    what: String,
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl SourceError {
    #[cfg(any(feature = "mongodb", feature = "postgres", feature = "redis", feature = "sqlite"))]
    fn of<E: Into<Box<dyn std::error::Error + Send + Sync>>>(
        what: impl Into<String>,
    ) -> impl FnOnce(E) -> SourceError {
        let what = what.into();
        move |source| SourceError { what, source: source.into() }
    }
}
