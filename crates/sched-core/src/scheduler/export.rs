//! Writing jobs down for people, and for other schedulers.

use crate::error::Error;
use crate::export::{Document, Entry, Export, LeftOut};
use crate::job::{JobFilter, JobId, LiveBody};
use crate::scheduler::find::PAGE;
use crate::scheduler::mover::has_fires;
use crate::scheduler::{Scheduler, StoreSlot};
use crate::store::{CodecError, Record};

impl Scheduler {
    /// Writes the jobs that pass the filter as JSON that people can read: see [`export`](crate::export).
    /// In the order of the stores, and of the ids in each. Reads every job once; what happens
    /// meanwhile is in it or not, job by job.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sched_core::task::{Args, Context, Invocation, Task};
    /// use sched_core::{InlineExecutor, JobFilter, Scheduler};
    ///
    /// let scheduler = Scheduler::builder()
    ///     .executor("default", InlineExecutor::new())
    ///     .task(Task::asynchronous("report", |_: Context, (_to,): (String,)| async {}))
    ///     .build()?;
    /// scheduler.start().await?;
    /// let call = Invocation::named("report", Args::of(&("a@b.c",))?);
    /// scheduler.add(call).id("nightly").cron("0 2 * * *").await?;
    ///
    /// let export = scheduler.export_jobs(JobFilter::all()).await?;
    /// assert!(export.text.contains(r#""crontab": "0 2 * * *""#));
    /// scheduler.remove_job("nightly").await?;
    /// let imported = scheduler.import_jobs(&export).await?;
    /// assert!(imported[0].result.is_ok());
    /// assert!(scheduler.get_job("nightly").await?.is_some());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::NotRunning`]; [`Error::Store`]. Jobs that cannot be written are no error: they are
    /// named in the answer.
    pub async fn export_jobs(&self, filter: impl Into<JobFilter>) -> Result<Export, Error> {
        let (inner, filter) = (&self.inner, filter.into());
        inner.here()?;
        if !inner.is_open() {
            return Err(Error::NotRunning);
        }
        let (mut entries, mut left_out) = (Vec::new(), Vec::new());
        for slot in inner.stores().iter().filter(|slot| filter.allows_store(&slot.alias)) {
            let mut after: Option<JobId> = None;
            loop {
                let page = slot.store.list(after.as_ref(), PAGE).await;
                let page = page.map_err(Error::store(&slot.alias))?;
                for record in &page {
                    let job = match readable(slot, record) {
                        Ok(Some(job)) if filter.allows(&inner.job(slot, job.clone())) => job,
                        Ok(_) => continue,
                        Err(reason) => {
                            left_out.push(left(slot, record, reason));
                            continue;
                        }
                    };
                    match self.entry(slot, &job) {
                        Ok(entry) => entries.push(entry),
                        Err(reason) => left_out.push(left(slot, record, reason)),
                    }
                }
                match page.last() {
                    Some(last) if page.len() == PAGE => after = Some(last.id.clone()),
                    _ => break,
                }
            }
        }
        let count = entries.len();
        // Everything in it was written before, entry by entry.
        let text = serde_json::to_string_pretty(&Document::of(entries));
        let text = text.expect("strings, numbers and lists can be written as JSON");
        Ok(Export { text, count, left_out })
    }

    fn entry(&self, slot: &StoreSlot, job: &LiveBody) -> Result<Entry, Error> {
        let (id, store) = (&job.spec.id, &slot.alias);
        if !job.spec.invocation.is_storable() {
            return Err(Error::NotExportable { id: id.clone(), store: store.clone() });
        }
        let entry = Entry::of(job, store, self.timezone());
        entry.map_err(|reason| slot.undecodable(id)(CodecError::Encode(reason)))
    }
}

/// The job in a record; none if it only lingers, or is still elsewhere.
fn readable(slot: &StoreSlot, record: &Record) -> Result<Option<LiveBody>, Error> {
    match slot.read(record) {
        Ok(live) => Ok(has_fires(&live).then_some(live)),
        Err(CodecError::InTransit) if slot.is_arriving(record) => Ok(None),
        Err(error) => Err(slot.undecodable(&record.id)(error)),
    }
}

fn left(slot: &StoreSlot, record: &Record, reason: Error) -> LeftOut {
    LeftOut { id: record.id.clone(), store: slot.alias.clone(), reason }
}
