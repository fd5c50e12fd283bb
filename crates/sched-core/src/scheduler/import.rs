//! Reading jobs that were written down.

use std::sync::Arc;

use crate::error::Error;
use crate::export::{Entry, Import, ImportError, Imported, Landing, read_document};
use crate::job::{Conflict, JobSpec, LiveBody, Phase, Schedule, default_alias};
use crate::plan;
use crate::scheduler::add::Placed;
use crate::scheduler::{Inner, Scheduler, StoreSlot};
use crate::store::Record;
use crate::time::Timestamp;

/// The most jobs that are inserted at once.
const BATCH: usize = 500;

/// An entry that has been read and checked, and what is to be inserted for it.
struct Ready {
    /// Where its answer belongs.
    at: usize,
    slot: Arc<StoreSlot>,
    job: LiveBody,
    record: Record,
}

impl Scheduler {
    /// Adds the jobs of a text that [`export_jobs`](Self::export_jobs) wrote, or somebody by hand:
    /// see [`export`](crate::export). Answers for each entry, in order; a broken one does not keep
    /// out the others.
    ///
    /// - Next fires, counts, pauses and outcomes are taken as they stand: a job whose next fire has
    ///   passed since is late, and its misfire grace time says what becomes of it. Fires that the job
    ///   in its place has had since are not repeated.
    /// - What an added job is checked for, an imported one is: its task must be registered here and
    ///   take its arguments, its trigger's plugin too.
    /// - A job that counted its delay from the end of a run counts it from now on.
    /// - [`JOB_ADDED`](crate::EventMask::JOB_ADDED) is told for each that is new or replaced.
    ///
    /// # Errors
    /// [`ImportError::Document`] and [`ImportError::Version`] when nothing of it can be read;
    /// [`ImportError::Refused`] with [`Error::NotRunning`]. Nothing is imported then.
    pub async fn import_jobs<'a>(
        &self,
        import: impl Into<Import<'a>>,
    ) -> Result<Vec<Imported>, ImportError> {
        let (inner, import) = (&self.inner, import.into());
        inner.here()?;
        if !inner.is_open() {
            return Err(Error::NotRunning.into());
        }
        let text = import.text;
        let (mut answers, mut ready) = (Vec::new(), Vec::new());
        let (mut line, mut counted) = (1, 0);
        for (at, raw) in read_document(text)?.into_iter().enumerate() {
            // A part of the text itself, behind the one before it.
            let begin = raw.get().as_ptr() as usize - text.as_ptr() as usize;
            line += text[counted..begin].matches('\n').count();
            counted = begin;
            let mut answer =
                Imported { position: at + 1, line, id: None, result: Ok(Landing::Kept) };
            match serde_json::from_str::<Entry>(raw.get()) {
                Err(error) => answer.result = Err(ImportError::entry(error)),
                Ok(entry) => {
                    answer.id = Some(entry.id.clone());
                    match inner.admit_entry(entry, import.store.as_ref()) {
                        Ok((slot, job, record)) => ready.push(Ready { at, slot, job, record }),
                        Err(error) => answer.result = Err(error),
                    }
                }
            }
            answers.push(answer);
        }
        inner.land_all(ready, import.conflict, &mut answers).await;
        Ok(answers)
    }
}

impl Inner {
    /// Checks an entry as far as it can be checked without its store.
    fn admit_entry(
        &self,
        mut entry: Entry,
        store: Option<&Arc<str>>,
    ) -> Result<(Arc<StoreSlot>, LiveBody, Record), ImportError> {
        let named = entry.store.take().unwrap_or_else(default_alias);
        let slot = self.known_store(store.unwrap_or(&named))?;
        let (mut spec, schedule) = entry.into_job().map_err(ImportError::entry)?;
        if spec.id.is_empty() || spec.id.len() > 255 {
            let reason = "it has 1 to 255 bytes";
            return Err(Error::invalid("id", reason).into());
        }
        self.check_task(&spec.invocation)?;
        if spec.name.is_empty() {
            let task = spec.invocation.task();
            let shown = spec.invocation.resolved().map_or(task, |task| task.display());
            spec.name = shown.clone();
        }
        spec.trigger = spec.trigger.resolve(&self.triggers).map_err(Error::from)?;
        spec.check()?;
        let now = slot.now(&*self.clock);
        let schedule = match schedule {
            Some(schedule) => Some(plan::without_runs(&spec, schedule, now)),
            None => plan::first(&spec, None, now).map(|fire| Schedule::new(Some(fire))),
        };
        let schedule = schedule.filter(|schedule| !schedule.is_over());
        let schedule =
            schedule.ok_or_else(|| Error::NoFireLeft { trigger: spec.trigger.to_string() })?;
        let job = LiveBody { spec: Arc::new(spec), schedule };
        let record = self.record(&slot, &job)?;
        Ok((slot, job, record))
    }

    /// Puts the jobs into their stores, many at once where no other is in the way.
    async fn land_all(
        self: &Arc<Self>,
        mut ready: Vec<Ready>,
        conflict: Conflict,
        answers: &mut [Imported],
    ) {
        while let Some(first) = ready.first() {
            let slot = first.slot.clone();
            let same = ready.iter().take_while(|next| Arc::ptr_eq(&next.slot, &slot));
            let count = same.count().min(BATCH);
            let batch: Vec<Ready> = ready.drain(..count).collect();
            let records = batch.iter().map(|next| next.record.clone()).collect();
            let inserted = self.insert_all(&slot, records).await;
            for (next, inserted) in batch.into_iter().zip(inserted) {
                answers[next.at].result = match inserted {
                    Ok(true) => {
                        self.welcome(&slot, Placed::Inserted, &next.job);
                        Ok(Landing::Added)
                    }
                    Ok(false) => {
                        self.land(&slot, next.job, conflict).await.map_err(ImportError::from)
                    }
                    Err(error) => Err(Error::store(&slot.alias)(error).into()),
                };
            }
        }
    }

    /// Puts one job into its store, where another of its id may be.
    async fn land(
        self: &Arc<Self>,
        slot: &StoreSlot,
        job: LiveBody,
        conflict: Conflict,
    ) -> Result<Landing, Error> {
        let id = &job.spec.id;
        loop {
            let old = slot.store.get(id).await.map_err(Error::store(&slot.alias))?;
            let Some(old) = old else {
                let record = self.record(slot, &job)?;
                let inserted = slot.store.insert(vec![record]).await;
                if inserted.map_err(Error::store(&slot.alias))?.first() == Some(&true) {
                    self.welcome(slot, Placed::Inserted, &job);
                    return Ok(Landing::Added);
                }
                continue;
            };
            let there = match slot.read(&old) {
                Ok(there) => Some(there),
                // Whoever replaces need not be able to read.
                Err(_) if conflict == Conflict::Replace => None,
                Err(error) => return Err(slot.undecodable(id)(error)),
            };
            let gone = there.as_ref().filter(|old| old.schedule.phase == Phase::Finished);
            let gone = gone.map(|old| old.spec.clone());
            match conflict {
                _ if gone.is_some() => {}
                Conflict::Keep => return Ok(Landing::Kept),
                Conflict::Refuse => {
                    let (id, store) = (id.clone(), slot.alias.clone());
                    return Err(Error::ConflictingId { id, store });
                }
                Conflict::Replace | Conflict::ReplaceKeepNext => {}
            }
            let keeps_next = conflict == Conflict::ReplaceKeepNext && gone.is_none();
            let mut new = in_place_of(there, &job, keeps_next, slot.now(&*self.clock))?;
            let (placed, landing, swapped) = if let Some(earlier) = gone {
                let swapped = self.succeed(slot, &old, &earlier, &mut new).await?;
                (Placed::Inserted, Landing::Added, swapped)
            } else {
                (Placed::Replaced, Landing::Replaced, self.swap(slot, &old, &new).await?)
            };
            if swapped {
                self.welcome(slot, placed, &new);
                return Ok(landing);
            }
        }
    }
}

/// The job as it takes the place of the one that is there, whose runs go on.
fn in_place_of(
    there: Option<LiveBody>,
    job: &LiveBody,
    keeps_next: bool,
    now: Timestamp,
) -> Result<LiveBody, Error> {
    let mut new = job.clone();
    let Some(LiveBody { spec, schedule: old }) = there else { return Ok(new) };
    let same = |old: &JobSpec| old.trigger.to_string() == job.spec.trigger.to_string();
    let last = new.schedule.last.max(old.last);
    if keeps_next && (old.phase == Phase::Paused || same(&spec)) {
        new.schedule.next = old.next;
        new.schedule.phase = old.phase;
        new.schedule.extras = old.extras;
        new.schedule.last = old.last;
    }
    // What has been must not come again, whichever of the two knows of it; but who waits for the end
    // of its last fire goes on doing so.
    if new.schedule.phase != Phase::Waiting {
        new.schedule.last = last;
    }
    if let (Some(next), Some(last)) = (new.schedule.next, last)
        && next.scheduled <= last
        && same(&spec)
    {
        // The job that is there is further on: it knows what comes next, and whether that is due.
        if matches!(old.phase, Phase::Scheduled | Phase::Waiting) {
            (new.schedule.next, new.schedule.phase) = (old.next, old.phase);
        } else {
            let from = if new.spec.trigger.is_fixed_delay() { now } else { last };
            let next = plan::first(&new.spec, Some(last), from);
            let none_left = || Error::NoFireLeft { trigger: new.spec.trigger.to_string() };
            let next = next.filter(|next| next.scheduled > last);
            new.schedule.next = Some(next.ok_or_else(none_left)?);
        }
    }
    new.schedule.live = old.live;
    Ok(new)
}
