//! The conductor's own scheduler: it runs nothing, and changes jobs while others run them.

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use sched_core::store::Codec;
use sched_core::{Clock, JobStore, Scheduler, SystemClock, Task, Zone};
use sched_exec_tokio::TokioExecutor;

use super::Error;
use super::duty::{Duty, TASK};
use super::journal::Journal;
use super::line::{Change, Micros, To, What};
use super::mix;

/// How long to wait before a change that failed is tried again.
const AGAIN: Duration = Duration::from_millis(300);

/// A job that may be changed, and where it stands.
#[derive(Debug)]
struct Managed {
    id: String,
    paused: bool,
}

/// Changes jobs, and writes down what it did and when.
#[derive(Debug)]
pub(crate) struct Office {
    scheduler: Scheduler,
    store: Arc<dyn JobStore>,
    journal: Arc<Journal>,
    clock: SystemClock,
    managed: Vec<Managed>,
}

impl Office {
    /// An office on a store. It claims nothing.
    pub(crate) async fn open(
        store: Arc<dyn JobStore>,
        codec: Codec,
        journal: Arc<Journal>,
    ) -> Result<Self, Error> {
        let scheduler = Scheduler::builder()
            .timezone(Zone::UTC)
            .codec(codec)
            .shared_jobstore("default", store.clone())
            // A scheduler must have one. It is never given a run.
            .executor("default", TokioExecutor::new())
            .task(Task::asynchronous(TASK, |_, _: (u64, u32)| async {}))
            .build()?;
        scheduler.start_paused().await?;
        Ok(Office { scheduler, store, journal, clock: SystemClock::new(), managed: Vec::new() })
    }

    /// Adds jobs, all at once. Those called `managed-` may be changed later.
    pub(crate) async fn add(&mut self, duties: Vec<Duty>) -> Result<(), Error> {
        let from = self.journal.now();
        let requests = duties.iter().map(Duty::request);
        for added in self.scheduler.add_all(requests).await {
            added?;
        }
        let until = self.journal.now();
        for duty in duties {
            self.note_added(duty, from, until, true);
        }
        Ok(())
    }

    fn note_added(&mut self, duty: Duty, from: Micros, until: Micros, once: bool) {
        let id = duty.id.clone();
        if id.starts_with("managed-") {
            self.managed.push(Managed { id: id.clone(), paused: false });
        }
        self.note(Change { job: id, from, until, once, to: To::Added(duty) });
    }

    fn note(&self, change: Change) {
        self.journal.write(What::Changed(change));
    }

    /// Changes one job after the other, at random, until shortly before `last`; then removes those
    /// that are paused.
    pub(crate) async fn manage(&mut self, last: Micros, mut rng: Rng) {
        let end = last - 1_500_000;
        for count in 10_000.. {
            self.clock.sleep(Duration::from_millis(rng.u64(400..1_600))).await;
            let now = self.journal.now();
            if now >= end {
                break;
            }
            let choice = rng.u8(..10);
            if self.managed.is_empty() || choice == 0 {
                let duty = mix::managed(count, now + 1_000_000, last, &mut rng);
                let request = || {
                    let adding = self.scheduler.add_all([duty.request()]);
                    async {
                        adding.await.into_iter().next().map_or(Ok(()), |added| added.map(drop))
                    }
                };
                if let Ok((from, until, once)) = self.insist(request).await {
                    self.note_added(duty, from, until, once);
                }
                continue;
            }
            let at = rng.usize(..self.managed.len());
            let paused = self.managed[at].paused;
            let to = match choice {
                1 => To::Removed,
                2..=4 => To::Run,
                5..=6 => {
                    let seconds = rng.i64(1..=4);
                    To::Rescheduled(mix::interval(seconds, now, last, &mut rng))
                }
                _ if paused => To::Resumed,
                _ => To::Paused,
            };
            self.change(at, to).await;
        }
        while let Some(at) = self.managed.iter().position(|job| job.paused) {
            self.change(at, To::Removed).await;
        }
    }

    /// Tells the store, as often as it takes.
    async fn change(&mut self, at: usize, to: To) {
        let (scheduler, id) = (&self.scheduler, self.managed[at].id.clone());
        let key = id.as_str();
        let done = match &to {
            To::Added(_) => return,
            To::Paused => self.insist(|| async { scheduler.pause_job(key).await.map(drop) }).await,
            To::Resumed => {
                self.insist(|| async { scheduler.resume_job(key).await.map(drop) }).await
            }
            To::Rescheduled(rhythm) => {
                let rhythm = *rhythm;
                let call = || async move {
                    scheduler.reschedule_job(key, rhythm.interval()).await.map(drop)
                };
                self.insist(call).await
            }
            To::Run => self.insist(|| async { scheduler.run_job(key).await }).await,
            To::Removed => self.insist(|| async { scheduler.remove_job(key).await }).await,
        };
        let (from, until, once) = match done {
            Ok(done) => done,
            // Gone without our doing: what it was due to do is missed by the judge.
            Err(sched_core::Error::JobLookup { .. }) => {
                self.managed.swap_remove(at);
                return;
            }
            Err(_) => return,
        };
        match &to {
            To::Paused => self.managed[at].paused = true,
            To::Resumed | To::Rescheduled(_) => self.managed[at].paused = false,
            To::Removed => drop(self.managed.swap_remove(at)),
            To::Added(_) | To::Run => {}
        }
        self.note(Change { job: id, from, until, once, to });
    }

    /// Makes a call until it succeeds: when it began, when it was done, and whether it was made
    /// only once.
    ///
    /// # Errors
    /// That there is no such job, or no fire of it left.
    async fn insist<F>(
        &self,
        call: impl Fn() -> F,
    ) -> Result<(Micros, Micros, bool), sched_core::Error>
    where
        F: Future<Output = Result<(), sched_core::Error>>,
    {
        let from = self.journal.now();
        let mut once = true;
        loop {
            match call().await {
                Ok(()) => return Ok((from, self.journal.now(), once)),
                // An earlier call, which failed, may have removed it.
                Err(sched_core::Error::JobLookup { .. }) if !once => {
                    return Ok((from, self.journal.now(), once));
                }
                Err(sched_core::Error::Store { .. }) => {
                    once = false;
                    self.clock.sleep(AGAIN).await;
                }
                Err(error) => {
                    let text = format!("a change was refused: {error}");
                    self.journal.write(What::Told { job: None, text });
                    return Err(error);
                }
            }
        }
    }

    /// The ids of the records that the store still has. Those of jobs that are over but for a run
    /// that goes on are among them, which the scheduler would not list.
    pub(crate) async fn left(&self) -> Result<Vec<String>, Error> {
        const ENOUGH: usize = 1_000;
        let records = self.store.list(None, ENOUGH).await?;
        Ok(records.iter().map(|record| record.id.to_string()).collect())
    }

    pub(crate) async fn close(self) -> Result<(), Error> {
        Ok(self.scheduler.shutdown(sched_core::Shutdown::Wait).await?)
    }
}
