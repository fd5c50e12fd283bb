//! Every call from an ordinary thread.

use std::sync::mpsc::channel;
use std::time::Duration;

use sched_core::task::blocking;
use sched_core::trigger::Interval;
use sched_core::{
    Error, EventMask, JobFilter, JobRequest, MemoryStore, Scheduler, SchedulerState, Shutdown,
};

use crate::{heard, new, started, watched};

const HOUR: Duration = Duration::from_secs(3_600);

#[test]
fn jobs_are_added_before_the_start_and_run_after_it() {
    watched(|| {
        let scheduler = new();
        let (said, hears) = channel();
        let task = blocking(move |_| said.send(()));
        let job = scheduler.add(task).name("early").submit().unwrap();
        assert!(job.is_pending());
        assert!(scheduler.jobs_text(None).unwrap().contains("early (trigger: "));
        scheduler.start().unwrap();
        heard(&hears);
        scheduler.shutdown(Shutdown::Wait).unwrap();
        assert_eq!(scheduler.state(), SchedulerState::Stopped);
    });
}

#[test]
fn jobs_are_added_changed_found_and_removed() {
    watched(|| {
        let scheduler = started();
        let added = scheduler.add(|| async {}).every(HOUR).id("a").tag("t").submit().unwrap();
        assert!(matches!(
            scheduler.add(|| async {}).every(HOUR).id("a").submit(),
            Err(Error::ConflictingId { .. })
        ));
        let many = scheduler
            .add_all(["b", "c", "a"].map(|id| JobRequest::new(|| async {}).every(HOUR).id(id)));
        let kept: Vec<bool> = many.unwrap().iter().map(Result::is_ok).collect();
        assert_eq!(kept, [true, true, false]);
        assert_eq!(scheduler.get_jobs(JobFilter::all()).unwrap().len(), 3);
        assert_eq!(scheduler.get_jobs(JobFilter::all().tag("t")).unwrap(), [added]);

        let job = scheduler.reschedule_job("b", Interval::every(2 * HOUR)).unwrap();
        assert_eq!(job.trigger().to_string(), "interval[2:00:00]");
        let job = scheduler.modify_job("b").name("bee").max_instances(2).submit().unwrap();
        assert_eq!((job.name(), job.max_instances()), ("bee", 2));
        assert!(matches!(
            scheduler.modify_job("nobody").name("x").submit(),
            Err(Error::JobLookup { .. })
        ));
        assert!(scheduler.pause_job("c").unwrap().is_paused());
        assert!(!scheduler.resume_job("c").unwrap().unwrap().is_paused());
        assert!(scheduler.jobs_text(None).unwrap().contains("bee (trigger: interval[2:00:00]"));

        scheduler.remove_job("b").unwrap();
        assert_eq!(scheduler.get_job("b").unwrap(), None);
        scheduler.remove_all_jobs(None).unwrap();
        assert!(scheduler.get_jobs(JobFilter::all()).unwrap().is_empty());
        scheduler.shutdown(Shutdown::Wait).unwrap();
    });
}

#[test]
fn a_job_is_run_now_beside_its_schedule() {
    watched(|| {
        let scheduler = started();
        let (said, hears) = channel();
        let task = blocking(move |_| said.send(()));
        let job = scheduler.add(task).every(HOUR).submit().unwrap();
        scheduler.run_job(&job).unwrap();
        heard(&hears);
        let after = scheduler.get_job(&job).unwrap().unwrap();
        assert_eq!(after.next_run_time(), job.next_run_time());
        scheduler.shutdown(Shutdown::Wait).unwrap();
    });
}

#[sched_core::scheduled(every = "2h", id = "by-attribute")]
async fn by_attribute() {}

#[test]
fn jobs_described_by_attributes_are_added() {
    watched(|| {
        let scheduler = new();
        let jobs = scheduler.add_scheduled().unwrap();
        assert_eq!(jobs.iter().map(|job| &**job.id()).collect::<Vec<_>>(), ["by-attribute"]);
    });
}

#[test]
fn executors_and_stores_come_and_go() {
    watched(|| {
        let scheduler = started();
        scheduler.add_executor("more", crate::Spawning).unwrap();
        assert!(matches!(
            scheduler.add_executor("more", crate::Spawning),
            Err(Error::DuplicateAlias { .. })
        ));
        scheduler.add_jobstore("more", MemoryStore::new()).unwrap();
        let (said, hears) = channel();
        let task = blocking(move |_| said.send(()));
        scheduler.add(task).executor("more").store("more").submit().unwrap();
        heard(&hears);
        scheduler.remove_executor("more", true).unwrap();
        scheduler.remove_jobstore("more").unwrap();
        assert!(!scheduler.executors().iter().any(|alias| &**alias == "more"));
        assert_eq!(scheduler.jobstores().len(), 1);
        scheduler.shutdown(Shutdown::Wait).unwrap();
    });
}

#[test]
fn listeners_hear_and_runs_are_seen_and_cancelled() {
    watched(|| {
        let scheduler = started();
        let (said, hears) = channel();
        let listener = scheduler.add_listener(EventMask::JOB_ERROR, move |event| {
            said.send(event.kind.clone()).unwrap();
        });
        let (begun, begins) = channel();
        let task = move || {
            begun.send(()).unwrap();
            std::future::pending::<()>()
        };
        let job = scheduler.add(task).submit().unwrap();
        heard(&begins);
        assert_eq!(scheduler.local_runs().len(), 1);
        assert_eq!(scheduler.cancel_runs(job.id()).unwrap(), 1);
        heard(&hears);
        assert!(scheduler.remove_listener(listener));
        scheduler.shutdown(Shutdown::Wait).unwrap();
        assert!(scheduler.local_runs().is_empty());
    });
}

#[test]
fn whatever_has_no_blocking_twin_is_waited_for_by_block_on() {
    watched(|| {
        let scheduler = started();
        let mut events = scheduler.asynchronous().events(EventMask::JOB_ADDED);
        let job = scheduler.add(|| async {}).paused().submit().unwrap();
        assert!(scheduler.block_on(events.next()).unwrap().is_some());
        assert_eq!(scheduler.block_on(job.reload()).unwrap().unwrap(), Some(job));
        scheduler.shutdown(Shutdown::Wait).unwrap();
    });
}

/// A call that begins before the start may end after it, on a store that needs the runtime.
#[test]
fn calls_are_inside_a_runtime_before_the_start_too() {
    watched(|| {
        let within = new().block_on(async { tokio::runtime::Handle::try_current().is_ok() });
        assert!(within.unwrap());
    });
}

#[test]
fn errors_are_those_of_the_async_form() {
    watched(|| {
        let scheduler = new();
        assert!(matches!(scheduler.shutdown(Shutdown::Wait), Err(Error::NotRunning)));
        assert!(matches!(scheduler.pause(), Err(Error::NotRunning)));
        assert!(matches!(scheduler.resume(), Err(Error::NotRunning)));
        let bare = Scheduler::builder().build().unwrap().blocking();
        assert!(matches!(bare.start(), Err(Error::NoExecutor)));
        bare.add_executor("default", crate::Spawning).unwrap();
        bare.start().unwrap();
        assert!(matches!(bare.start(), Err(Error::AlreadyRunning)));
        assert!(matches!(bare.run(), Err(Error::AlreadyRunning)));
        bare.shutdown(Shutdown::Wait).unwrap();
    });
}
