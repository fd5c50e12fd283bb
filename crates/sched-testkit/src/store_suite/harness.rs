//! What the suite must be told of a store: how to get one, and what it can do.

use std::ops::RangeInclusive;
use std::sync::Arc;

use async_trait::async_trait;
use sched_core::{JobStore, Timestamp};

/// What a store can do beyond, or cannot do of, what all stores do. What is declared is tested;
/// where a feature is declared absent, the suite sees that it is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Features {
    /// [`JobStore::changes`] gives a stream, with an item after every write of a new due time through
    /// another store object that was made after the call returned. No, unless said.
    pub hints: bool,
    /// What is told with [`JobStore::tell`] is an item of the others' streams. No, unless said.
    pub tells: bool,
    /// [`JobStore::now`] tells the server's time. No, unless said.
    pub own_clock: bool,
    /// The largest body in bytes, of a record whose id has up to 255. None, unless said: 8 MiB
    /// are stored, and no limit is looked for.
    pub largest_body: Option<usize>,
    /// The due times that are stored, and told apart to the microsecond. All, unless said.
    pub moments: RangeInclusive<Timestamp>,
    /// How many records the case with many of them has, at least 1,000. 100,000, unless said.
    pub many: usize,
}

impl Default for Features {
    fn default() -> Self {
        Features {
            hints: false,
            tells: false,
            own_clock: false,
            largest_body: None,
            moments: Timestamp::MIN..=Timestamp::MAX,
            many: 100_000,
        }
    }
}

/// Makes the stores that a suite works on.
///
/// Cases run at once, on one server: each has namespaces of its own, named at random, and says
/// when they are no longer needed. A harness panics when its server cannot be reached.
#[async_trait]
pub trait StoreHarness: Send + Sync + 'static {
    /// A new store object, not yet open, on the records of this namespace: a table, a collection,
    /// a key or path prefix. Two objects of one namespace have the same records, as two processes
    /// would; of a volatile store there is never more than one.
    ///
    /// A namespace is up to 32 lower-case ASCII letters, digits and underscores, a letter first.
    async fn store(&self, namespace: &str) -> Arc<dyn JobStore>;

    /// What these stores can do.
    fn features(&self) -> Features {
        Features::default()
    }

    /// Told when a case that held is done with a namespace. Unless overridden, clears it; a
    /// harness that drops the table altogether leaves less behind.
    async fn discard(&self, namespace: &str) {
        let store = self.store(namespace).await;
        let cleared = async {
            store.open().await?;
            store.clear().await?;
            store.close().await
        };
        if let Err(error) = cleared.await {
            panic!("namespace {namespace} could not be cleared: {}", super::run::chain(&error));
        }
    }
}

/// A harness whose server can be killed: it belongs to nobody else, and keeps its data.
#[async_trait]
pub trait RestartHarness: StoreHarness {
    /// Ends the server without a chance to put things in order, as `kill -9` does. Returns once
    /// it is gone.
    async fn kill(&self);

    /// Starts the server again, with its data, where it was. Returns once it answers.
    async fn start(&self);
}

/// A harness, or none where the server of a store is not there: the suite then proves nothing.
///
/// Whoever gives none has said so where people see it, and made it an error where every server
/// must be there.
pub trait Available {
    /// What the suite works with.
    type Harness: StoreHarness;

    /// The harness, if there is one.
    fn available(self) -> Option<Self::Harness>;
}

impl<H: StoreHarness> Available for H {
    type Harness = H;

    fn available(self) -> Option<H> {
        Some(self)
    }
}

impl<H: StoreHarness> Available for Option<H> {
    type Harness = H;

    fn available(self) -> Option<H> {
        self
    }
}
