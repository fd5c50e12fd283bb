//! Writing down how runs ended, in batches, and keeping the leases of those that go on.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hashbrown::HashMap;
use tracing::Instrument;

use crate::event::{EventKind, ParkReason, RunInfo};
use crate::executor::{EndKind, Ended};
use crate::job::{JobId, JobSpec, LiveBody, LiveRun, Outcome, OutcomeKind, Phase, Schedule};
use crate::observe::span;
use crate::plan::{self, After, Ending, How};
use crate::scheduler::run::{Driver, Known};
use crate::store::{Change, StoreError};
use crate::task::{CancelReason, RunErrorKind, RunShared};
use crate::time::Timestamp;

/// Told once the write that it belongs to has been won.
struct Retried {
    run: RunInfo,
    retry_at: Timestamp,
}

/// The ends of one job, on their way into its record.
struct Settling {
    id: JobId,
    ends: Vec<Ended>,
    retried: Vec<Retried>,
    lost: Vec<RunInfo>,
    /// After how many failures in a row it is paused, if so.
    paused: Option<u32>,
    /// The job, if the end of a run has shown that it has no fire left.
    finished: Option<Arc<JobSpec>>,
    /// What the record becomes; none: it is deleted.
    becomes: Option<LiveBody>,
}

impl Driver {
    /// Writes down how runs ended. What cannot be written now stays owed.
    pub(super) async fn settle(&mut self) {
        let volatile = self.slot.is_volatile();
        if volatile && !self.owed.is_empty() {
            let mut live = self.slot.live.lock();
            let is_awaited = |end: &Ended| end.last && live.is_awaited(&end.shared.spec.id);
            self.owed.retain(|end| has_record(end) || is_awaited(end));
            live.forget_awaited();
        }
        if !self.owed.is_empty() {
            let (store, ends) = (&self.slot.alias, self.owed.len());
            let span = tracing::debug_span!(span::SETTLE, %store, ends);
            self.settle_owed().instrument(span).await;
        }
    }

    async fn settle_owed(&mut self) {
        let mut rounds = 0;
        while !self.owed.is_empty() {
            if let Err(error) = self.settle_round(rounds > 0).await {
                return self.failed("swap", &error);
            }
            rounds += 1;
        }
    }

    /// One batch of conditional writes; the ends of those that lost are owed again.
    async fn settle_round(&mut self, reread: bool) -> Result<(), StoreError> {
        let mut by_job: HashMap<JobId, Vec<Ended>> = HashMap::new();
        let mut owed = std::mem::take(&mut self.owed);
        // Read first what must be read, while everything is still owed.
        let ids: Vec<JobId> = owed.iter().map(|end| end.shared.spec.id.clone()).collect();
        for id in ids {
            if (reread || !self.known.contains_key(&id))
                && let Err(error) = self.reread(&id).await
            {
                self.owed = owed;
                return Err(error);
            }
        }
        for end in owed.drain(..) {
            by_job.entry(end.shared.spec.id.clone()).or_default().push(end);
        }
        let mut changes = Vec::with_capacity(by_job.len());
        let mut settling = Vec::with_capacity(by_job.len());
        for (id, ends) in by_job {
            if let Some((change, job)) = self.settle_job(id, ends) {
                changes.push(change);
                settling.push(job);
            }
        }
        if changes.is_empty() {
            return Ok(());
        }
        match self.inner.ask(&self.slot, "swap", self.slot.store.swap(changes)).await {
            Ok(won) => {
                for (job, won) in settling.into_iter().zip(won) {
                    self.settled(job, won);
                }
                Ok(())
            }
            Err(error) => {
                // Some may have been written: whatever is read next will tell.
                for job in settling {
                    self.known.remove(&job.id);
                    self.owed.extend(job.ends);
                }
                match error {
                    // Others of its runs may go on, and their leases are to be renewed.
                    StoreError::TooLarge { ref id, .. } if self.make_room(id, &error) => {
                        self.reread(id).await
                    }
                    error => Err(error),
                }
            }
        }
    }

    /// Makes the ends of a job smaller, which are more than its store can take: without what is told
    /// of them; then they are not written at all. False: there is none.
    fn make_room(&mut self, id: &JobId, error: &StoreError) -> bool {
        let (mut any, mut told) = (false, false);
        for end in self.owed.iter_mut().filter(|end| end.shared.spec.id == *id) {
            any = true;
            told |= end.outcome.take().is_some();
        }
        if told {
            tracing::warn!(job_id = %id, %error, "what a run came to cannot be kept");
        } else if any {
            self.owed.retain(|end| end.shared.spec.id != *id);
            tracing::error!(job_id = %id, %error,
                "the end of a run cannot be written, and its lease will expire");
        }
        any
    }

    /// What the ends of a job make of its record; none: there is nothing left to write.
    fn settle_job(&mut self, id: JobId, ends: Vec<Ended>) -> Option<(Change, Settling)> {
        let volatile = self.slot.is_volatile();
        let known = self.known.get(&id)?;
        let LiveBody { spec, mut schedule } = known.live.clone();
        let was_finished = schedule.phase == Phase::Finished;
        let (mut retried, mut lost) = (Vec::new(), Vec::new());
        let (mut changed, mut paused) = (false, None);
        for end in &ends {
            let noted = schedule.live.iter().find(|run| run.run == end.shared.run);
            if !volatile && noted.is_none() {
                tracing::warn!(job = %spec.name, run = %end.run,
                    "the lease was lost, or the end was written before: it is not written again");
                continue;
            }
            changed = true;
            // One of an earlier job only lets in what waits for it.
            let is_own = match noted {
                Some(run) => !run.is_of_earlier_job(),
                None => has_record(end),
            };
            let ending = Ending {
                run: end.shared.run,
                fire: end.fire,
                attempt: end.shared.attempt,
                how: if is_own { how(end.kind, &spec, volatile) } else { How::Done },
                last: end.last,
                at: end.at,
            };
            let run = || RunInfo {
                job_id: id.clone(),
                store: self.slot.alias.clone(),
                run_id: end.run,
                scheduled_run_time: end.fire.scheduled,
                attempt: end.shared.attempt,
            };
            let mut kind = end.outcome.clone().filter(|_| is_own);
            match plan::settle(&spec, &mut schedule, ending) {
                After::Again(retry_at) => retried.push(Retried { run: run(), retry_at }),
                After::Lost if !volatile => {
                    kind = Some(OutcomeKind::Lost);
                    lost.push(run());
                }
                After::Paused => paused = Some(schedule.failures),
                After::Lost | After::Nothing => {}
            }
            // Of an earlier job nothing is run again.
            if !is_own && !volatile && matches!(end.kind, EndKind::Interrupted | EndKind::TakenBack)
            {
                lost.push(run());
            }
            if let Some(kind) = kind {
                schedule.outcome = Some(Arc::new(Outcome {
                    scheduled_run_time: end.fire.scheduled,
                    at: end.at,
                    run_id: Some(end.run),
                    attempt: end.shared.attempt,
                    kind,
                }));
            }
        }
        if !changed {
            return None;
        }
        let revision = known.revision;
        let finishes = schedule.phase == Phase::Finished && !was_finished;
        let finished = finishes.then(|| spec.clone());
        let is_over = schedule.is_over();
        let busy = is_over && volatile && self.slot.live.lock().await_end_of(&id);
        let becomes = (!is_over || busy).then_some(LiveBody { spec, schedule });
        let to = match &becomes {
            None => None,
            Some(live) => {
                let due_at = live.schedule.due_at();
                match self.slot.state(&live.spec, live.schedule.clone(), due_at) {
                    Ok(state) => Some(state),
                    Err(error) => {
                        tracing::error!(job_id = %id, %error, "the end of a run cannot be written");
                        return None;
                    }
                }
            }
        };
        let change = Change { id: id.clone(), revision, to };
        Some((change, Settling { id, ends, retried, lost, paused, finished, becomes }))
    }

    fn settled(&mut self, job: Settling, won: bool) {
        let Settling { id, ends, retried, lost, paused, finished, becomes } = job;
        if !won {
            self.known.remove(&id);
            self.owed.extend(ends);
            return;
        }
        let gone = becomes.is_none();
        let was = self.known.get(&id).and_then(|known| known.live.schedule.due_at());
        self.agenda.wrote(was, becomes.as_ref().and_then(|live| live.schedule.due_at()));
        match becomes {
            Some(live) if !live.schedule.live.is_empty() => {
                if let Some(known) = self.known.get_mut(&id) {
                    *known = Known { revision: known.revision + 1, live };
                }
            }
            _ => {
                self.known.remove(&id);
            }
        }
        for Retried { run, retry_at } in retried {
            self.slot.meter().run_retried();
            tracing::info!(job_id = %id, attempt = run.attempt, %retry_at, "run will be tried again");
            self.inner.events().emit(|| EventKind::JobRetried { run, retry_at });
        }
        if let Some(failures) = paused {
            self.park(&id, ParkReason::FailedTooOften(failures));
        }
        for run in lost {
            self.slot.meter().run_lost();
            tracing::error!(job_id = %id, run = %run.run_id, policy = "skip", "run lost: it was stopped");
            self.inner.events().emit(|| EventKind::JobLost { run });
        }
        if let Some(spec) = finished {
            self.inner.tell_removed(&spec, Some(self.slot.alias.clone()));
        }
        if gone {
            tracing::debug!(job_id = %id, "the last run of a finished job has ended");
        }
    }

    /// Reads what is known of a job anew.
    async fn reread(&mut self, id: &JobId) -> Result<(), StoreError> {
        let known = match self.inner.ask(&self.slot, "get", self.slot.store.get(id)).await? {
            None => None,
            Some(record) => match self.slot.read(&record) {
                Ok(live) => {
                    Some(Known { revision: record.revision, live: self.inner.revive(live) })
                }
                Err(error) => {
                    tracing::error!(job_id = %id, %error, "a job with a live run cannot be read");
                    None
                }
            },
        };
        match known {
            Some(known) => self.known.insert(id.clone(), known),
            None => self.known.remove(id),
        };
        Ok(())
    }

    /// How long before its end a lease is renewed.
    fn margin(&self) -> Duration {
        self.inner.settings.lease * 2 / 3
    }

    /// When the next lease must be renewed.
    pub(super) fn next_renewal(&self) -> Option<Timestamp> {
        let live = self.slot.live.lock();
        let runs = self.known.values().flat_map(|known| &known.live.schedule.live);
        let ours = runs.filter(|run| live.contains(run.run));
        ours.map(|run| run.lease_until).min().map(|until| until - self.margin())
    }

    /// Renews the leases that have used up a third of their time. A run whose lease is found to be
    /// somebody else's is told to stop.
    pub(super) async fn renew(&mut self) {
        if self.slot.is_volatile() || self.known.is_empty() {
            return;
        }
        let now = self.now();
        let soon = now + self.margin();
        let until = now + self.inner.settings.lease;
        let mut changes = Vec::new();
        let mut renewed = Vec::new();
        let ends_soon = |run: &LiveRun| run.lease_until <= soon;
        for (id, known) in &self.known {
            if !known.live.schedule.live.iter().any(ends_soon) {
                continue;
            }
            let mut live = known.live.clone();
            let mut touched = false;
            for run in live.schedule.live.iter_mut().filter(|run| ends_soon(run)) {
                if self.slot.live.lock().contains(run.run) {
                    run.lease_until = until;
                    touched = true;
                }
            }
            if !touched {
                continue;
            }
            let due_at = live.schedule.due_at();
            if let Ok(state) = self.slot.state(&live.spec, live.schedule.clone(), due_at) {
                changes.push(Change { id: id.clone(), revision: known.revision, to: Some(state) });
                renewed.push((id.clone(), live));
            }
        }
        if changes.is_empty() {
            return;
        }
        match self.inner.ask(&self.slot, "swap", self.slot.store.swap(changes)).await {
            Err(error) => self.failed("swap", &error),
            Ok(won) => {
                for ((id, live), won) in renewed.into_iter().zip(won) {
                    if won {
                        self.renewed(&live.schedule, until);
                        if let Some(known) = self.known.get_mut(&id) {
                            self.agenda.wrote(known.live.schedule.due_at(), live.schedule.due_at());
                            *known = Known { revision: known.revision + 1, live };
                        }
                    } else if let Err(error) = self.check_lease(&id).await {
                        return self.failed("get", &error);
                    }
                }
            }
        }
    }

    /// Tells the runs of a job that their leases have been renewed.
    fn renewed(&self, schedule: &Schedule, until: Timestamp) {
        let live = self.slot.live.lock();
        for run in schedule.live.iter().filter(|run| run.lease_until == until) {
            live.get(run.run).inspect(|shared| shared.renewed(until));
        }
    }

    /// Takes back what executors have not begun, for others to run: this scheduler goes.
    pub(super) fn give_back(&mut self) {
        if self.slot.is_volatile() {
            return;
        }
        // Of a run that is not noted, as that of a job that was removed, nobody else could take note.
        let noted = |run: &RunShared| {
            let known = self.known.get(&run.spec.id);
            known.is_some_and(|known| {
                known.live.schedule.live.iter().any(|live| live.run == run.run)
            })
        };
        let taken: Vec<Arc<RunShared>> = {
            let live = self.slot.live.lock();
            live.iter().filter(|run| noted(run) && run.take_back()).cloned().collect()
        };
        let from = self.owed.len();
        for shared in taken {
            let known = self.known.get(&shared.spec.id);
            let live = known.map(|known| known.live.schedule.live.as_slice()).unwrap_or_default();
            let Some(live) = live.iter().find(|live| live.run == shared.run) else { continue };
            tracing::info!(job = %shared.spec.name, run = %shared.run, "run given back");
            let (at, mut run) = (self.now(), shared.run);
            for (nth, fire) in live.fires.iter().enumerate() {
                let last = nth + 1 == shared.fires;
                let shared = shared.clone();
                self.owed.push(Ended {
                    shared,
                    run,
                    fire,
                    kind: EndKind::TakenBack,
                    at,
                    last,
                    outcome: None,
                });
                run.number += 1;
            }
        }
        if self.owed.len() > from {
            self.note_ends(from);
        }
    }

    /// Somebody else wrote to a job of which we have a live run: sees whether it is still ours.
    async fn check_lease(&mut self, id: &JobId) -> Result<(), StoreError> {
        self.reread(id).await?;
        // The job was removed: its run goes on, and nobody can start it again.
        let Some(known) = self.known.get(id) else {
            return Ok(());
        };
        self.slot.stop_unwanted(&known.live.schedule);
        let noted = |run| known.live.schedule.live.iter().any(|live| live.run == run);
        let live = self.slot.live.lock();
        for run in live.iter().filter(|run| run.spec.id == *id && !noted(run.run)) {
            tracing::warn!(job = %run.spec.name, run = %run.run, "the lease of a run was lost");
            if run.cancel(CancelReason::LeaseLost) {
                self.slot.meter().lease_lost();
            }
        }
        Ok(())
    }
}

/// Whether there may be a record on a volatile store that is the ended run's, and not a later job's.
fn has_record(end: &Ended) -> bool {
    end.shared.has_record.load(Ordering::Relaxed)
}

/// How a fire ended, as far as it matters for what comes next. What a store forgets with the process
/// is for nobody else to run.
fn how(kind: EndKind, spec: &JobSpec, volatile: bool) -> How {
    match kind {
        EndKind::Success => How::Succeeded,
        EndKind::Missed | EndKind::Failure(RunErrorKind::Cancelled) => How::Done,
        EndKind::Failure(kind)
            if spec.terms.retry.as_ref().is_some_and(|retry| retry.allows(kind)) =>
        {
            How::Failed
        }
        EndKind::Failure(_) | EndKind::Permanent(_) => How::FailedForGood,
        EndKind::Interrupted | EndKind::TakenBack if volatile => How::Done,
        EndKind::Interrupted => How::Interrupted,
        EndKind::TakenBack => How::TakenBack,
    }
}
