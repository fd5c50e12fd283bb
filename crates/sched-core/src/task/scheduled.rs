//! Jobs that the program's own code describes, collected at link time.

use std::collections::HashSet;
use std::sync::Arc;

use crate::error::Error;
use crate::job::{Conflict, Job, JobRequest};
use crate::scheduler::Scheduler;
use crate::trigger::{Defaults, Trigger, TriggerError};

/// A job that `#[scheduled]` submits at link time.
#[derive(Debug)]
pub struct ScheduledEntry {
    /// The name of its task, for errors.
    pub task: &'static str,
    /// Its id.
    pub id: &'static str,
    /// The alias of its store.
    pub store: &'static str,
    /// When it runs.
    pub trigger: fn(&Defaults) -> Result<Trigger, TriggerError>,
    /// The job but for all these.
    pub job: fn() -> JobRequest,
}

inventory::collect!(ScheduledEntry);

impl Scheduler {
    /// Adds every job of this program that [`#[scheduled]`](macro@crate::scheduled) describes, in
    /// the order of their tasks' names. Meant to be called at each start of the program, before or
    /// after the scheduler's own.
    ///
    /// - A job that is in its store already takes over what the program now says of it, but keeps
    ///   its next run time ([`Conflict::ReplaceKeepNext`]). Otherwise an hourly job would never run
    ///   in a program that restarts twice an hour. A schedule that was changed takes effect at once,
    ///   and a job that was paused stays paused.
    /// - A job whose only moment (`at`) has passed is left out: it would run anew at each start.
    ///   If the store still has it, it still runs, late.
    /// - A job that the program no longer describes stays in its store until it is removed.
    ///
    /// ```standalone_crate
    /// use sched_core::{InlineExecutor, Scheduler, scheduled};
    ///
    /// #[scheduled(every = "10m", id = "sweep")]
    /// async fn sweep() {}
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), sched_core::Error> {
    /// let scheduler = Scheduler::builder().executor("default", InlineExecutor::new()).build()?;
    /// let jobs = scheduler.add_scheduled().await?;
    /// assert_eq!(jobs[0].trigger().to_string(), "interval[0:10:00]");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Scheduled`], which names the task of the first job that was refused and says why.
    /// If it is for a trigger that was refused, or an id that two of them have, no job was added;
    /// otherwise those that were not refused were.
    pub async fn add_scheduled(&self) -> Result<Vec<Job>, Error> {
        let defaults = Defaults { zone: self.timezone(), now: self.now() };
        let requests = requests(inventory::iter::<ScheduledEntry>, &defaults)?;
        let (tasks, requests): (Vec<_>, Vec<_>) = requests.into_iter().unzip();
        let answers = self.add_all(requests).await;
        let named = tasks.into_iter().zip(answers);
        named.map(|(task, answer)| answer.map_err(|error| refused(task, error))).collect()
    }
}

/// What there is to add, each with the name of its task.
fn requests<'a>(
    entries: impl IntoIterator<Item = &'a ScheduledEntry>,
    defaults: &Defaults,
) -> Result<Vec<(&'static str, JobRequest)>, Error> {
    let mut entries: Vec<&ScheduledEntry> = entries.into_iter().collect();
    // The linker's order is nobody's intention.
    entries.sort_by_key(|entry| (entry.task, entry.id));
    let mut taken = HashSet::new();
    let mut requests = Vec::with_capacity(entries.len());
    for entry in entries {
        let &ScheduledEntry { task, id, store, .. } = entry;
        if !taken.insert((store, id)) {
            let (id, store) = (id.into(), Arc::from(store));
            return Err(refused(task, Error::ConflictingId { id, store }));
        }
        let trigger = (entry.trigger)(defaults).map_err(|error| refused(task, error.into()))?;
        let first = trigger.next_fire_time(None, defaults.now);
        if first.is_some_and(|first| first < defaults.now) {
            tracing::info!(task, id, %trigger, "left out: its moment has passed");
            continue;
        }
        let request = (entry.job)()
            .trigger(trigger)
            .id(id)
            .store(store)
            .on_conflict(Conflict::ReplaceKeepNext);
        requests.push((task, request));
    }
    Ok(requests)
}

fn refused(task: &'static str, error: Error) -> Error {
    Error::Scheduled { task: task.into(), source: Box::new(error) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::{Args, Invocation};
    use crate::time::Timestamp;
    use crate::trigger::{Cron, Date, IntoTrigger};
    use crate::zone::Zone;

    const NOON: Defaults = Defaults { zone: Zone::UTC, now: Timestamp::from_secs(43_200) };

    fn entry(
        task: &'static str,
        id: &'static str,
        trigger: fn(&Defaults) -> Result<Trigger, TriggerError>,
    ) -> ScheduledEntry {
        ScheduledEntry {
            task,
            id,
            store: "default",
            trigger,
            job: || JobRequest::new(Invocation::named("task", Args::NONE)),
        }
    }

    fn hourly(defaults: &Defaults) -> Result<Trigger, TriggerError> {
        Cron::standard("@hourly").into_trigger(defaults)
    }

    fn tasks(entries: &[ScheduledEntry]) -> Result<Vec<&'static str>, String> {
        let requests = requests(entries, &NOON).map_err(|error| error.to_string())?;
        Ok(requests.into_iter().map(|(task, _)| task).collect())
    }

    #[test]
    fn they_come_in_the_order_of_their_names() {
        let entries = [entry("b", "1", hourly), entry("a", "3", hourly), entry("a", "2", hourly)];
        assert_eq!(tasks(&entries), Ok(vec!["a", "a", "b"]));
    }

    #[test]
    fn two_of_one_id_are_refused_unless_in_two_stores() {
        let mut entries = [entry("a", "same", hourly), entry("b", "same", hourly)];
        let expected = "scheduled task \"b\": job store \"default\" already has a job with the id \
                        \"same\"";
        assert_eq!(tasks(&entries), Err(expected.to_owned()));
        entries[1].store = "archive";
        assert_eq!(tasks(&entries), Ok(vec!["a", "b"]));
    }

    #[test]
    fn a_refused_trigger_names_its_task() {
        let entries = [entry("broken", "1", |at| Cron::standard("0 25 * * *").into_trigger(at))];
        let error = tasks(&entries).unwrap_err();
        assert!(error.starts_with("scheduled task \"broken\": trigger: hour: "), "{error}");
    }

    #[test]
    fn a_moment_that_has_passed_is_left_out() {
        let entries = [
            entry("passed", "1", |at| Date::at("1970-01-01 11:59:59").into_trigger(at)),
            entry("present", "2", |at| Date::at("1970-01-01 12:00:00").into_trigger(at)),
        ];
        assert_eq!(tasks(&entries), Ok(vec!["present"]));
    }
}
