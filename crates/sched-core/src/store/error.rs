//! Why a store could not do what was asked.

use crate::job::JobId;

/// The error of a client library, without its type: stores keep those out of the public API.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a store could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The server did not answer, or answered with a passing fault. Trying again may help; a
    /// write may or may not have happened.
    #[error("{operation}: the store is unavailable")]
    Unavailable {
        /// The verb of the contract, such as `swap`.
        operation: &'static str,
        /// The client library's error.
        #[source]
        source: BoxError,
    },
    /// The server refused for a reason that trying again will not change.
    #[error("{operation}: the store refused")]
    Refused {
        /// The verb of the contract.
        operation: &'static str,
        /// The client library's error.
        #[source]
        source: BoxError,
    },
    /// A record is larger than the server can take.
    #[error("job {id}: {size} bytes are more than the {limit} that this store can take")]
    TooLarge {
        /// The record's id.
        id: JobId,
        /// Its size in bytes.
        size: usize,
        /// The most that fits, in bytes.
        limit: usize,
    },
    /// The store is not open.
    #[error("{operation}: the store is not open")]
    NotOpen {
        /// The verb of the contract.
        operation: &'static str,
    },
    /// A body that holds a live job reached a store that keeps bytes.
    #[error("a live job cannot be stored as bytes; is_volatile must say whether a store takes one")]
    Live,
    /// The store's settings make no sense.
    #[error("store settings: {0}")]
    Settings(String),
}

impl StoreError {
    /// The error for a batch of which other parts may have been written: a refusal of one part is an
    /// answer for the whole that leaves open what was written.
    ///
    /// ```
    /// use sched_core::store::StoreError;
    ///
    /// let refused = StoreError::Refused { operation: "insert", source: "no quota left".into() };
    /// assert!(matches!(refused.in_part(), StoreError::Unavailable { operation: "insert", .. }));
    /// assert!(matches!(StoreError::Live.in_part(), StoreError::Live));
    /// ```
    pub fn in_part(self) -> Self {
        match self {
            StoreError::Refused { operation, source } => {
                StoreError::Unavailable { operation, source }
            }
            other => other,
        }
    }
}
