//! Starting, pausing, resuming.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use tokio::runtime::Handle;

use crate::error::Error;
use crate::event::{EventKind, JobRef};
use crate::job::JobId;
use crate::scheduler::add::Placed;
use crate::scheduler::run::Driver;
use crate::scheduler::slot::{Mode, StoreSlot};
use crate::scheduler::{Inner, Pending, Scheduler, SchedulerState};

impl Scheduler {
    /// Starts: opens the stores, starts the executors, puts pending jobs into their stores and
    /// begins to run what is due. Must be called inside a tokio runtime, which then drives the
    /// scheduler. May be called again after a shutdown.
    ///
    /// # Errors
    /// [`Error::AlreadyRunning`]; [`Error::NoRuntime`]; [`Error::NoExecutor`]; a store or executor
    /// that could not be opened; a pending job whose store is unknown or has its id. Whatever was
    /// begun is undone, pending jobs stay pending, and it may be tried again.
    pub async fn start(&self) -> Result<(), Error> {
        self.start_as(SchedulerState::Running).await
    }

    /// As [`start`](Self::start), but runs nothing until [`resume`](Self::resume).
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_paused(&self) -> Result<(), Error> {
        self.start_as(SchedulerState::Paused).await
    }

    async fn start_as(&self, state: SchedulerState) -> Result<(), Error> {
        let inner = &self.inner;
        inner.here()?;
        let _lifecycle = inner.lifecycle.lock().await;
        if inner.is_open() {
            return Err(Error::AlreadyRunning);
        }
        let runtime = Handle::try_current().map_err(|_| Error::NoRuntime)?;
        *inner.runtime.lock().unwrap_or_else(PoisonError::into_inner) = Some(runtime);
        if inner.executors().is_empty() {
            return Err(Error::NoExecutor);
        }
        inner.start_executors().await?;
        if let Err(error) = inner.open_stores().await {
            inner.stop_executors().await;
            return Err(error);
        }
        if let Err(error) = inner.place_pending(state).await {
            inner.close_stores().await;
            inner.stop_executors().await;
            return Err(error);
        }
        for slot in inner.stores().iter() {
            inner.drive(slot);
        }
        let watch = tokio::spawn(watch_clock(inner.clone())).abort_handle();
        *inner.clock_watch.lock().unwrap_or_else(PoisonError::into_inner) = Some(watch);
        tracing::info!("scheduler started");
        inner.events.emit(|| EventKind::SchedulerStarted);
        Ok(())
    }

    /// Stops starting runs; those that go on are not touched. Pausing twice is pausing once.
    ///
    /// # Errors
    /// [`Error::NotRunning`].
    pub fn pause(&self) -> Result<(), Error> {
        let to = SchedulerState::Paused;
        if self.inner.turn(SchedulerState::Running, to)? {
            tracing::info!("scheduler paused");
            self.inner.events.emit(|| EventKind::SchedulerPaused);
        }
        Ok(())
    }

    /// Starts runs again; what fell due meanwhile is late. Resuming twice is resuming once.
    ///
    /// # Errors
    /// [`Error::NotRunning`].
    pub fn resume(&self) -> Result<(), Error> {
        let to = SchedulerState::Running;
        if self.inner.turn(SchedulerState::Paused, to)? {
            tracing::info!("scheduler resumed");
            self.inner.events.emit(|| EventKind::SchedulerResumed);
        }
        Ok(())
    }

    /// Looks for due jobs now. Never needed for what is done through this scheduler.
    pub fn wakeup(&self) {
        self.inner.stores().iter().for_each(|slot| slot.wake());
    }
}

impl Inner {
    /// From one state to another; false if it is there already.
    fn turn(&self, from: SchedulerState, to: SchedulerState) -> Result<bool, Error> {
        self.here()?;
        let mut turned = Err(Error::NotRunning);
        self.status.send_if_modified(|state| {
            if *state == from {
                *state = to;
                turned = Ok(true);
            } else if *state == to {
                turned = Ok(false);
            }
            matches!(turned, Ok(true))
        });
        if matches!(turned, Ok(true)) {
            self.stores().iter().for_each(|slot| self.direct(slot));
        }
        turned
    }

    /// Has the driver of a store do what the scheduler's state calls for. That may change at any
    /// moment, and whoever changes it does the same: the last to write has looked once more.
    pub(super) fn direct(&self, slot: &StoreSlot) {
        loop {
            let mode = self.mode(slot);
            slot.set_mode(mode);
            if self.mode(slot) == mode {
                return;
            }
        }
    }

    /// Starts the driver of a store, or has the one go on that still waits for its runs to end.
    pub(super) fn drive(self: &Arc<Self>, slot: &Arc<StoreSlot>) {
        let mut driver = slot.driver();
        self.direct(slot);
        if driver.as_ref().is_none_or(tokio::task::JoinHandle::is_finished) {
            *driver = Some(tokio::spawn(Driver::new(self.clone(), slot.clone()).run()));
        }
    }

    fn mode(&self, slot: &StoreSlot) -> Mode {
        let is_ours = self.stores().iter().any(|ours| std::ptr::eq(&**ours, slot));
        match *self.status.borrow() {
            SchedulerState::Running if is_ours => Mode::Run,
            SchedulerState::Paused if is_ours => Mode::Pause,
            // Also for a store that was removed.
            _ => Mode::Drain,
        }
    }

    pub(super) async fn start_executors(&self) -> Result<(), Error> {
        let executors = self.executors();
        for (alias, slot) in executors.iter() {
            if let Err(error) = slot.executor.start(alias) {
                for started in executors.values().take_while(|other| other.alias != *alias) {
                    started.executor.shutdown().await;
                }
                return Err(error.into());
            }
        }
        for slot in executors.values() {
            slot.meter();
            if !slot.announced.swap(true, Ordering::Relaxed) {
                self.events.emit(|| EventKind::ExecutorAdded { alias: slot.alias.clone() });
            }
        }
        Ok(())
    }

    pub(super) async fn stop_executors(&self) {
        for slot in self.executors().values() {
            slot.executor.shutdown().await;
        }
    }

    async fn open_stores(&self) -> Result<(), Error> {
        let stores = self.stores();
        for (at, slot) in stores.iter().enumerate() {
            if let Err(source) = self.timed(slot, "open", slot.open(&*self.clock)).await {
                for opened in &stores[..at] {
                    self.close(opened).await;
                }
                return Err(Error::Store { alias: slot.alias.clone(), source });
            }
        }
        for slot in stores.iter() {
            slot.warn_of_no_clock();
            if !slot.announced.swap(true, Ordering::Relaxed) {
                self.events.emit(|| EventKind::JobStoreAdded { alias: slot.alias.clone() });
            }
        }
        Ok(())
    }

    async fn close_stores(&self) {
        for slot in self.stores().iter() {
            self.close(slot).await;
        }
    }

    pub(super) async fn close(&self, slot: &StoreSlot) {
        if let Err(error) = self.timed(slot, "close", slot.store.close()).await {
            tracing::warn!(store = %slot.alias, %error, "the job store did not close in order");
        }
    }

    /// Puts pending jobs into their stores, all or none, and turns to `state`.
    async fn place_pending(self: &Arc<Self>, state: SchedulerState) -> Result<(), Error> {
        let mut placed: Vec<(Arc<StoreSlot>, JobId)> = Vec::new();
        let mut told = Vec::new();
        loop {
            let next = {
                let pending = self.pending();
                match pending.get(told.len()) {
                    Some(job) => job.copy(),
                    None => {
                        // Still locked: who adds a job now finds the scheduler started.
                        self.status.send_replace(state);
                        break;
                    }
                }
            };
            match self.place(&next).await {
                Ok((slot, outcome)) => {
                    if outcome == Placed::Inserted {
                        placed.push((slot, next.spec.id.clone()));
                    }
                    told.push((outcome, next));
                }
                Err(error) => {
                    for (slot, id) in placed {
                        if let Err(left) = self.discard(&slot, &id, false).await {
                            tracing::error!(job = %id, error = %left, "left behind by a failed start");
                        }
                    }
                    return Err(error);
                }
            }
        }
        self.pending().clear();
        for (outcome, job) in told {
            let at = JobRef { job_id: job.spec.id.clone(), store: Some(job.store.clone()) };
            match outcome {
                Placed::Inserted | Placed::Replaced => {
                    tracing::info!(job = %job.spec.name, store = %job.store, "job added");
                    self.events.emit(|| EventKind::JobAdded(at));
                }
                Placed::Kept => {}
                Placed::Exhausted => {
                    tracing::warn!(job = %job.spec.name, "pending job has no fire left: removed");
                    self.events.emit(|| EventKind::JobRemoved(at));
                }
            }
        }
        Ok(())
    }
}

/// Makes the drivers look whenever the wall clock has jumped.
async fn watch_clock(inner: Arc<Inner>) {
    loop {
        let micros = inner.clock.jumped().await;
        tracing::warn!(micros, "the wall clock jumped");
        inner.events.emit(|| EventKind::ClockJumped { micros });
        inner.stores().iter().for_each(|slot| {
            slot.clock.doubt();
            slot.wake();
        });
    }
}

impl Pending {
    fn copy(&self) -> Self {
        Pending {
            spec: self.spec.clone(),
            store: self.store.clone(),
            conflict: self.conflict,
            next: self.next,
        }
    }
}
