//! Executors and job stores that come and go while the scheduler runs.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::error::Error;
use crate::event::EventKind;
use crate::executor::Executor;
use crate::scheduler::Scheduler;
use crate::scheduler::slot::{ExecutorSlot, StoreSlot};
use crate::store::JobStore;

impl Scheduler {
    /// Adds an executor, and starts it if the scheduler has been started. Jobs that waited for its
    /// alias run.
    ///
    /// # Errors
    /// [`Error::DuplicateAlias`]; [`Error::Executor`], and it is not added then.
    pub async fn add_executor(
        &self,
        alias: impl Into<Arc<str>>,
        executor: impl Executor + 'static,
    ) -> Result<(), Error> {
        let (inner, alias) = (&self.inner, alias.into());
        inner.here()?;
        let _lifecycle = inner.lifecycle.lock().await;
        if inner.executors().contains_key(&alias) {
            return Err(Error::DuplicateAlias { what: "an executor", alias });
        }
        if inner.is_open() {
            executor.start(&alias)?;
        }
        let slot = Arc::new(ExecutorSlot::new(alias.clone(), Arc::new(executor)));
        slot.announced.store(true, Ordering::Relaxed);
        inner.set_executors(|all| {
            all.insert(alias.clone(), slot);
        });
        inner.events.emit(|| EventKind::ExecutorAdded { alias });
        self.wakeup();
        Ok(())
    }

    /// Removes an executor; with `wait`, once its runs have ended (but for the run that asks). Jobs
    /// for it stay, and wait for another of its alias.
    ///
    /// # Errors
    /// [`Error::UnknownExecutor`].
    pub async fn remove_executor(&self, alias: &str, wait: bool) -> Result<(), Error> {
        let inner = &self.inner;
        inner.here()?;
        let mut removed = None;
        inner.set_executors(|all| removed = all.remove(alias));
        let unknown = || Error::UnknownExecutor { alias: Arc::from(alias) };
        let slot = removed.ok_or_else(unknown)?;
        if wait {
            inner.quiet(|run| Arc::ptr_eq(&run.executor, &slot)).await;
        }
        slot.executor.shutdown().await;
        inner.events.emit(|| EventKind::ExecutorRemoved { alias: slot.alias.clone() });
        Ok(())
    }

    /// Adds a job store, and opens it if the scheduler has been started: its jobs run.
    ///
    /// # Errors
    /// [`Error::DuplicateAlias`]; [`Error::Store`], and it is not added then.
    pub async fn add_jobstore(
        &self,
        alias: impl Into<Arc<str>>,
        store: impl JobStore + 'static,
    ) -> Result<(), Error> {
        let (inner, alias) = (&self.inner, alias.into());
        inner.here()?;
        let _lifecycle = inner.lifecycle.lock().await;
        if inner.store(&alias).is_some() {
            return Err(Error::DuplicateAlias { what: "a job store", alias });
        }
        let codec = inner.settings.codec;
        let slot = Arc::new(StoreSlot::new(alias.clone(), Arc::new(store), codec));
        if inner.is_open() {
            slot.open(&*inner.clock).await.map_err(Error::store(&alias))?;
            slot.warn_of_no_clock();
        }
        slot.announced.store(true, Ordering::Relaxed);
        inner.set_stores(|all| all.push(slot.clone()));
        inner.events.emit(|| EventKind::JobStoreAdded { alias });
        if inner.is_open() {
            inner.drive(&slot);
        }
        Ok(())
    }

    /// Removes a job store from the scheduler. Its jobs stay in it; live runs go on, and the store
    /// is closed after the last of them.
    ///
    /// # Errors
    /// [`Error::UnknownStore`].
    pub async fn remove_jobstore(&self, alias: &str) -> Result<(), Error> {
        let inner = &self.inner;
        inner.here()?;
        let _lifecycle = inner.lifecycle.lock().await;
        let Some(slot) = inner.store(alias) else {
            return Err(Error::UnknownStore { alias: Arc::from(alias) });
        };
        inner.set_stores(|all| all.retain(|other| !Arc::ptr_eq(other, &slot)));
        inner.direct(&slot);
        inner.events.emit(|| EventKind::JobStoreRemoved { alias: slot.alias.clone() });
        Ok(())
    }

    /// The aliases of the executors, in order.
    pub fn executors(&self) -> Vec<Arc<str>> {
        self.inner.executors().keys().cloned().collect()
    }

    /// The aliases of the job stores, in the order added.
    pub fn jobstores(&self) -> Vec<Arc<str>> {
        self.inner.stores().iter().map(|slot| slot.alias.clone()).collect()
    }
}
