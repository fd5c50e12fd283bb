//! Jobs written down, and read into another store.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use sched_core::export::{Import, ImportError, Landing};
use sched_core::task::{Args, Invocation};
use sched_core::trigger::{CalendarInterval, Cron, Interval, IntoTrigger};
use sched_core::{
    Conflict, Context, Error, EventMask, InlineExecutor, Job, JobFilter, MemoryStore, Retry,
    SchedulerBuilder, Task,
};
use sched_store_sql::SqlStore;
use sched_testkit::{EncodedStore, FaultyStore, TestScheduler, Verb, moment};
use sched_tests::told::ids;
use tempfile::TempDir;

const SECOND: Duration = Duration::from_secs(1);
const START: &str = "2026-01-01T00:00:00Z";

fn describe(builder: SchedulerBuilder) -> SchedulerBuilder {
    let nap = |cx: Context, (seconds,): (u64,)| async move {
        cx.sleep(Duration::from_secs(seconds)).await;
        Ok::<u64, String>(seconds)
    };
    builder
        .executor("default", InlineExecutor::new())
        .task(Task::asynchronous("nap", nap).display_name("Nap"))
        .task(Task::asynchronous("fail", |_: Context, ()| async { Err::<(), _>("no") }))
}

async fn started(stores: impl FnOnce(SchedulerBuilder) -> SchedulerBuilder) -> TestScheduler {
    let test = TestScheduler::build(START, |builder| stores(describe(builder))).unwrap();
    test.start().await.unwrap();
    test
}

fn nap(seconds: u64) -> Invocation {
    Invocation::named("nap", Args::of(&(seconds,)).unwrap())
}

/// All that a job says of itself.
fn all_of(job: &Job) -> String {
    format!(
        "{job} {job:?} {} {:?} {:?} {} {:?} {} {} {:?} {:?} {} {:?} {} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        job.task(),
        job.args(),
        job.trigger(),
        job.executor(),
        job.misfire_grace_time(),
        job.coalesce(),
        job.max_instances(),
        job.overlap(),
        job.max_runs(),
        job.runs_so_far(),
        job.pause_after_failures(),
        job.failures_in_a_row(),
        job.start_timeout(),
        job.last_outcome(),
        job.timeout(),
        job.retry(),
        job.on_crash(),
        job.tags(),
        job.last_fire_time(),
        job.status(),
    )
}

async fn listed(test: &TestScheduler, filter: JobFilter) -> Vec<String> {
    test.get_jobs(filter).await.unwrap().iter().map(all_of).collect()
}

/// From memory to a file, to bytes under another alias, and back: the jobs are what they were, and
/// go on where they were.
#[tokio::test]
async fn jobs_come_back_as_they_were_from_every_kind_of_store() {
    let folder = TempDir::new().unwrap();
    let sqlite = SqlStore::sqlite(folder.path().join("jobs.db")).build().unwrap();
    let mut test = started(|b| {
        b.jobstore("sqlite", sqlite)
            .jobstore("bytes", EncodedStore::new())
            .jobstore("back", MemoryStore::new())
    })
    .await;
    let weekdays = Cron::new()
        .day_of_week("mon-fri")
        .hour(9)
        .timezone("Europe/Berlin".parse::<sched_core::Zone>().unwrap());
    test.add(nap(0)).id("cron").trigger(weekdays).tag("one").await.unwrap();
    let jittered = Interval::every(10 * SECOND).jitter(5 * SECOND).jitter_seed(7);
    test.add(nap(0)).id("jittered").trigger(jittered).coalesce(false).max_runs(100).await.unwrap();
    let monthly = CalendarInterval::new().months(1).hour(3);
    test.add(nap(0)).id("paused").trigger(monthly).paused().await.unwrap();
    let fail = Invocation::named("fail", Args::NONE);
    let fail = test.add(fail).id("failing").every(7 * SECOND);
    fail.retry(Retry::new(5).backoff(60 * SECOND)).pause_after_failures(9).await.unwrap();
    test.advance(100 * SECOND + SECOND / 2).await;

    let before = listed(&test, JobFilter::from("default")).await;
    assert_eq!(before.len(), 4);
    let mut text = test.export_jobs("default").await.unwrap().text;
    for (from, to) in [("default", "sqlite"), ("sqlite", "bytes"), ("bytes", "back")] {
        test.take(EventMask::all());
        let imported = test.import_jobs(Import::new(&text).store(to)).await.unwrap();
        for entry in &imported {
            assert_eq!(*entry.result.as_ref().unwrap(), Landing::Added, "{entry:?}");
        }
        assert_eq!(ids(&test.take(EventMask::JOB_ADDED)).len(), 4);
        assert_eq!(listed(&test, JobFilter::from(to)).await, before, "{from} to {to}");
        let again = test.export_jobs(to).await.unwrap();
        assert_eq!((again.count, again.left_out.len()), (4, 0));
        // All but the alias is the same, to the letter.
        assert_eq!(
            again.text,
            text.replace(&format!("\"store\": \"{from}\""), &format!("\"store\": \"{to}\""))
        );
        text = again.text;
    }
    for store in ["default", "sqlite", "bytes"] {
        test.remove_all_jobs(Some(store)).await.unwrap();
    }
    test.take(EventMask::all());
    test.advance(100 * SECOND).await;
    let told = test.take(EventMask::JOB_EXECUTED | EventMask::JOB_ERROR);
    let (ran, failed): (Vec<_>, Vec<_>) =
        told.iter().partition(|event| event.code() == EventMask::JOB_EXECUTED);
    // Ten, and what jitter brings in or keeps out at the ends.
    assert!((9..=11).contains(&ran.len()), "{ran:?}");
    let attempts = failed.iter().map(|event| event.run().unwrap().attempt);
    assert!(attempts.max() > Some(1), "attempts go on: {failed:?}");
}

#[tokio::test]
async fn what_cannot_be_written_is_named() {
    let bytes = EncodedStore::new();
    let shared = Arc::new(bytes.clone());
    let test = started(|b| b.shared_jobstore("bytes", shared)).await;
    test.add(|| async {}).id("closure").every(SECOND).await.unwrap();
    test.add(nap(0)).id("sound").every(SECOND).await.unwrap();
    test.add(nap(0)).id("garbled").store("bytes").every(SECOND).await.unwrap();
    garble(&bytes, "garbled").await;
    let export = test.export_jobs(JobFilter::all()).await.unwrap();
    assert_eq!(export.count, 1);
    let [closure, garbled] = &export.left_out[..] else { panic!("{:?}", export.left_out) };
    assert_eq!((closure.id.as_str(), &*closure.store), ("closure", "default"));
    assert!(matches!(closure.reason, Error::NotExportable { .. }));
    assert_eq!(garbled.id.as_str(), "garbled");
    assert!(matches!(garbled.reason, Error::Undecodable { .. }));
    assert_eq!(test.export_jobs(JobFilter::all().tag("none")).await.unwrap().count, 0);
}

async fn garble(store: &EncodedStore, id: &str) {
    use sched_core::JobStore;
    use sched_core::store::{Body, Change, NewState};
    let record = store.get(&id.into()).await.unwrap().unwrap();
    let body = Body::from_bytes(&b"\x07?"[..]);
    let to = Some(NewState { lane: record.lane, due_at: None, body });
    let change = Change { id: record.id, revision: record.revision, to };
    assert_eq!(store.swap(vec![change]).await.unwrap(), [true]);
}

/// What a person may write: no more than what has no default.
const BY_HAND: &str = r#"{"version": 1, "jobs": [
  {"id": "least", "task": "nap", "args": [1],
   "trigger": {"cron": {"crontab": "0 9 * * *", "timezone": "UTC"}}},
  {"id": "broken", "task": "nap", "args": [1], "tirgger": {}},
  {"id": "unknown task", "task": "nope", "trigger": {"date": {"run_date": "2026-01-01T00:00:09Z", "timezone": "UTC"}}},
  {"id": "wrong arguments", "task": "nap", "args": ["one"],
   "trigger": {"date": {"run_date": "2026-01-01T00:00:09Z", "timezone": "UTC"}}},
  {"id": "nowhere", "store": "nowhere", "task": "nap", "args": [1],
   "trigger": {"date": {"run_date": "2026-01-01T00:00:09Z", "timezone": "UTC"}}},
  7,
  {"id": "unknown trigger", "task": "nap", "args": [1],
   "trigger": {"custom": {"name": "sunset", "state": {}}}},
  {"id": "never", "task": "nap", "args": [1], "max_instances": 0,
   "trigger": {"date": {"run_date": "2026-01-01T00:00:09Z", "timezone": "UTC"}}},
  {"id": "last", "task": "nap", "args": [2],
   "trigger": {"date": {"run_date": "2026-01-01T00:00:09Z", "timezone": "UTC"}}, "args": [1]},
  {"id": "good", "task": "nap", "args": [0],
   "trigger": {"date": {"run_date": "2026-01-01T01:00:09+01:00", "timezone": "UTC"}}}
]}"#;

#[tokio::test]
async fn a_broken_entry_is_told_with_its_place_and_the_others_go_in() {
    let mut test = started(|b| b).await;
    let imported = test.import_jobs(BY_HAND).await.unwrap();
    let places: Vec<_> = imported.iter().map(|entry| (entry.position, entry.line)).collect();
    assert_eq!(
        places,
        [(1, 2), (2, 4), (3, 5), (4, 6), (5, 8), (6, 10), (7, 11), (8, 13), (9, 15), (10, 17)]
    );
    let answers: Vec<String> = imported
        .iter()
        .map(|entry| match &entry.result {
            Ok(landing) => format!("{landing:?}"),
            Err(error) => error.to_string(),
        })
        .collect();
    for (answer, expected) in answers.iter().zip([
        "Added",
        "unknown field `tirgger`",
        "no task is registered under the name \"nope\"",
        "arguments of task \"nap\"",
        "no job store with the alias \"nowhere\"",
        "broken entry: invalid type: integer `7`",
        "no trigger is registered under the name \"sunset\"",
        "max_instances: it is zero",
        "duplicate field `args`",
        "Added",
    ]) {
        assert!(answer.contains(expected), "{answers:#?}");
    }
    assert!(matches!(imported[1].result, Err(ImportError::Entry { .. })));
    assert!(imported[5].id.is_none());
    let job = test.get_job("least").await.unwrap().unwrap();
    assert_eq!((job.name(), job.max_instances(), job.coalesce()), ("Nap", 1, true));
    assert_eq!(job.next_run_time().unwrap().to_string(), "2026-01-01T09:00:00Z");
    test.advance(10 * SECOND).await;
    assert_eq!(ids(&test.take(EventMask::JOB_EXECUTED)), ["good".into()]);
}

#[tokio::test]
async fn the_whole_is_refused_where_nothing_can_be_read() {
    let test = started(|b| b).await;
    for (text, expected) in [
        ("", "not an export"),
        ("[]", "not an export"),
        (r#"{"jobs": []}"#, "not an export"),
        (r#"{"version": 1, "jobs": [}"#, "not an export"),
        (r#"{"version": 1, "jobs": [], "more": 1}"#, "not an export"),
        (r#"{"version": 2, "things": []}"#, "format version 2"),
        (r#"{"version": "x", "jobs": []}"#, "format version"),
    ] {
        let error = test.import_jobs(text).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{text}: {error}");
    }
    let stopped = TestScheduler::build(START, describe).unwrap();
    let error = stopped.import_jobs(BY_HAND).await.unwrap_err();
    assert!(matches!(error, ImportError::Refused(Error::NotRunning)), "{error}");
    let error = stopped.export_jobs(JobFilter::all()).await.unwrap_err();
    assert!(matches!(error, Error::NotRunning), "{error}");
}

/// A job under an id that is taken: what the caller chose.
#[tokio::test]
async fn conflicts_are_for_the_caller_to_decide() {
    for durable in [false, true] {
        let test = if durable {
            started(|b| b.jobstore("default", EncodedStore::new())).await
        } else {
            started(|b| b).await
        };
        test.add(nap(0)).id("same").name("exported").every(10 * SECOND).await.unwrap();
        let export = test.export_jobs(JobFilter::all()).await.unwrap();
        let there = test.add(nap(0)).id("same").name("there").every(60 * SECOND);
        there.replace_existing().await.unwrap();
        let import = async |policy| {
            let mut imported =
                test.import_jobs(Import::from(&export).on_conflict(policy)).await.unwrap();
            let result = imported.remove(0).result;
            let job = test.get_job("same").await.unwrap().unwrap();
            (result, job.name().to_owned(), job.next_run_time().unwrap().to_string())
        };
        let (result, name, _) = import(Conflict::Refuse).await;
        assert!(matches!(result, Err(ImportError::Refused(Error::ConflictingId { .. }))));
        assert_eq!(name, "there");
        let (result, name, _) = import(Conflict::Keep).await;
        assert_eq!((result.unwrap(), name.as_str()), (Landing::Kept, "there"));
        let (result, name, next) = import(Conflict::Replace).await;
        assert_eq!((result.unwrap(), name.as_str()), (Landing::Replaced, "exported"));
        assert_eq!(next, "2026-01-01T00:00:10Z");
        let moved = test.modify_job("same").name("moved").next_run_time("2026-01-01 05:00:00");
        moved.await.unwrap();
        let (result, name, next) = import(Conflict::ReplaceKeepNext).await;
        assert_eq!((result.unwrap(), name.as_str()), (Landing::Replaced, "exported"));
        assert_eq!(next, "2026-01-01T05:00:00Z");
    }
}

/// It may have landed, and have run since: it is not inserted again, nor in its own way.
#[tokio::test]
async fn an_import_that_has_no_answer_says_so_of_each_job() {
    let store = Arc::new(FaultyStore::new(EncodedStore::new()));
    let shared = store.clone();
    let test = started(|b| b.shared_jobstore("default", shared)).await;
    let jobs = ["a", "b"].map(|id| test.add(nap(0)).id(id).every(10 * SECOND));
    for job in jobs {
        job.await.unwrap();
    }
    let export = test.export_jobs(JobFilter::all()).await.unwrap();
    test.remove_all_jobs(None).await.unwrap();
    store.fail_late(Verb::Insert, 1);
    let imported = test.import_jobs(Import::from(&export)).await.unwrap();
    for landed in imported {
        let result = landed.result;
        let refused = matches!(result, Err(ImportError::Refused(Error::Store { .. })));
        assert!(refused, "{result:?}");
    }
    assert_eq!(test.get_jobs(JobFilter::all()).await.unwrap().len(), 2);
}

/// What the job that is there waits for is not forgotten.
#[tokio::test]
async fn a_retry_outlives_an_import_that_keeps_the_next_run() {
    for retried_before in [false, true] {
        let mut test = started(|b| b.jobstore("default", EncodedStore::new())).await;
        let delay = Interval::every(10 * SECOND).fixed_delay();
        let job = test.add(Invocation::named("fail", Args::NONE)).id("job").trigger(delay);
        job.retry(Retry::new(2).backoff(60 * SECOND)).await.unwrap();
        test.advance(if retried_before { 10 } else { 5 } * SECOND).await;
        let export = test.export_jobs(JobFilter::all()).await.unwrap();
        test.advance(10 * SECOND).await;
        test.take(EventMask::all());
        let import = Import::from(&export).on_conflict(Conflict::ReplaceKeepNext);
        let mut imported = test.import_jobs(import).await.unwrap();
        assert_eq!(imported.remove(0).result.unwrap(), Landing::Replaced);
        test.advance(600 * SECOND).await;
        let told = test.take(EventMask::JOB_ERROR);
        let attempts: Vec<u32> = told.iter().map(|event| event.run().unwrap().attempt).collect();
        assert_eq!(attempts[..3], [2, 1, 2], "{retried_before}");
    }
}

/// A run that goes on is not in the text: its job, imported elsewhere, does not wait for its end.
#[tokio::test]
async fn a_job_whose_run_goes_on_is_imported_without_it() {
    let mut test = started(|b| b.jobstore("bytes", EncodedStore::new())).await;
    let delay = Interval::every(10 * SECOND).fixed_delay();
    test.add(nap(60)).id("job").store("bytes").trigger(delay).await.unwrap();
    test.advance(12 * SECOND).await;
    let export = test.export_jobs("bytes").await.unwrap();
    assert!(export.text.contains("\"state\": \"waiting\""), "{}", export.text);
    let imported = test.import_jobs(Import::from(&export).store("default")).await.unwrap();
    assert!(imported[0].result.is_ok(), "{imported:?}");
    let job = test.get_jobs("default").await.unwrap().remove(0);
    assert_eq!(job.next_run_time().unwrap().to_string(), "2026-01-01T00:00:22Z");
    test.advance(60 * SECOND).await;
    assert_eq!(test.take(EventMask::JOB_EXECUTED).len(), 1, "the first run has ended once");
}

/// None was inserted, perhaps because of one of them: each is inserted for itself.
#[tokio::test]
async fn an_import_that_is_refused_as_a_whole_is_none_that_conflicts() {
    let store = Arc::new(FaultyStore::new(EncodedStore::new()));
    let shared = store.clone();
    let mut test = started(|b| b.shared_jobstore("default", shared)).await;
    for id in ["a", "b", "c"] {
        test.add(nap(0)).id(id).every(10 * SECOND).await.unwrap();
    }
    let export = test.export_jobs(JobFilter::all()).await.unwrap();
    test.remove_all_jobs(None).await.unwrap();
    test.take(EventMask::all());
    store.refuse(Verb::Insert, 1);
    let imported = test.import_jobs(Import::from(&export)).await.unwrap();
    assert!(imported.iter().all(|job| matches!(job.result, Ok(Landing::Added))), "{imported:?}");
    assert_eq!(test.take(EventMask::JOB_ADDED).len(), 3);
}

#[tokio::test]
async fn what_ran_after_the_export_does_not_run_again_after_the_import() {
    let mut test = started(|b| b).await;
    test.add(nap(0)).id("job").every(10 * SECOND).coalesce(false).await.unwrap();
    test.advance(25 * SECOND).await;
    let export = test.export_jobs(JobFilter::all()).await.unwrap();
    test.advance(30 * SECOND).await;
    assert_eq!(test.take(EventMask::JOB_EXECUTED).len(), 5);
    let import = Import::from(&export).on_conflict(Conflict::Replace);
    let mut imported = test.import_jobs(import).await.unwrap();
    assert_eq!(imported.remove(0).result.unwrap(), Landing::Replaced);
    test.settle().await;
    assert!(test.take(EventMask::JOB_EXECUTED).is_empty());
    test.advance(10 * SECOND).await;
    assert_eq!(test.take(EventMask::JOB_EXECUTED).len(), 1);
}

/// The delay is counted from the end of the last run, not from the text.
#[tokio::test]
async fn a_fixed_delay_goes_on_after_an_import_as_it_was() {
    let mut test = started(|b| b).await;
    let delay = Interval::every(100 * SECOND).fixed_delay();
    test.add(nap(50)).id("job").trigger(delay).await.unwrap();
    test.advance(60 * SECOND).await;
    let export = test.export_jobs(JobFilter::all()).await.unwrap();
    test.advance(60 * SECOND).await;
    // While its run goes on, and after it.
    for (passes, next) in [(0, None), (40, Some("2026-01-01T00:04:10Z"))] {
        test.advance(SECOND * passes).await;
        let import = Import::from(&export).on_conflict(Conflict::Replace);
        let result = test.import_jobs(import).await.unwrap().remove(0).result;
        assert_eq!(result.unwrap(), Landing::Replaced);
        let job = test.get_job("job").await.unwrap().unwrap();
        assert_eq!(job.next_run_time().map(|next| next.to_string()).as_deref(), next);
    }
}

/// What has not been run yet is not passed over for it, and where nothing is left that is told.
#[tokio::test]
async fn an_import_goes_on_after_the_last_fire_that_there_was() {
    for ends in [false, true] {
        let mut test = started(|b| b.jobstore("default", EncodedStore::new())).await;
        let end = if ends { 15 } else { 100 } * SECOND;
        let trigger = Interval::every(10 * SECOND).end_date(moment(START) + end);
        let job = test.add(nap(60)).id("job").trigger(trigger);
        job.coalesce(false).max_instances(9).await.unwrap();
        let export = test.export_jobs(JobFilter::all()).await.unwrap();
        test.advance(10 * SECOND).await;
        test.pause().unwrap();
        test.advance(12 * SECOND).await;
        let import = Import::from(&export).on_conflict(Conflict::Replace);
        let result = test.import_jobs(import).await.unwrap().remove(0).result;
        if ends {
            let none_left = matches!(result, Err(ImportError::Refused(Error::NoFireLeft { .. })));
            assert!(none_left, "{result:?}");
        } else {
            assert_eq!(result.unwrap(), Landing::Replaced);
            let next = test.get_job("job").await.unwrap().unwrap().next_run_time().unwrap();
            assert_eq!(next.to_string(), "2026-01-01T00:00:20Z");
        }
        test.take(EventMask::all());
        test.resume().unwrap();
        test.advance(5 * SECOND).await;
        let told = test.take(EventMask::JOB_SUBMITTED);
        assert_eq!(told.len(), usize::from(!ends), "{told:?}");
    }
}
