//! Where one case works: namespaces that nobody else uses.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use sched_core::store::StoreError;
use sched_core::{JobId, JobStore};

use super::harness::{Features, StoreHarness};

/// The namespaces of one case, and the way to get stores on them.
pub(crate) struct Site {
    harness: Arc<dyn StoreHarness>,
    namespace: String,
    /// The first store of each namespace in use. Of a volatile store it stays the only one.
    first: Mutex<BTreeMap<String, Subject>>,
}

/// A store under test. Derefs to the [`JobStore`].
#[derive(Clone)]
pub(crate) struct Subject(Arc<dyn JobStore>);

impl Site {
    pub(crate) fn new(harness: Arc<dyn StoreHarness>) -> Self {
        let namespace = format!("t{}", &JobId::unique()[17..]);
        Site { harness, namespace, first: Mutex::default() }
    }

    pub(crate) fn features(&self) -> Features {
        self.harness.features()
    }

    /// One more store of the case's namespace, open.
    pub(crate) async fn store(&self) -> Result<Subject, StoreError> {
        self.neighbour("").await
    }

    /// As many stores of the case's namespace.
    pub(crate) async fn stores(&self, count: usize) -> Result<Vec<Subject>, StoreError> {
        let mut stores = Vec::with_capacity(count);
        for _ in 0..count {
            stores.push(self.store().await?);
        }
        Ok(stores)
    }

    /// A store of another namespace, whose name begins with that of the case's.
    pub(crate) async fn neighbour(&self, suffix: &str) -> Result<Subject, StoreError> {
        let store = self.unopened(suffix).await;
        store.open().await?;
        Ok(store)
    }

    /// A store that is yet to be opened.
    pub(crate) async fn unopened(&self, suffix: &str) -> Subject {
        let namespace = format!("{}{suffix}", self.namespace);
        let store = Subject(self.harness.store(&namespace).await);
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        let first = first.entry(namespace).or_insert_with(|| store.clone());
        if store.is_volatile() { first.clone() } else { store }
    }

    /// What a restart of the program does: closes the store, and opens another object, or the
    /// same one if it is volatile.
    pub(crate) async fn reopen(&self, store: Subject) -> Result<Subject, StoreError> {
        store.close().await?;
        drop(store);
        self.store().await
    }

    /// Gives all namespaces back.
    pub(crate) async fn discard(self) {
        let used = self.first.into_inner().unwrap_or_else(PoisonError::into_inner);
        for namespace in used.keys() {
            self.harness.discard(namespace).await;
        }
    }
}

impl Subject {
    /// A store that needs no opening.
    pub(crate) fn over(store: Arc<dyn JobStore>) -> Self {
        Subject(store)
    }
}

impl Deref for Subject {
    type Target = dyn JobStore;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}
