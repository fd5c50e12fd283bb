//! What a run may know, how it is tried again, and how it is stopped.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sched_core::event::EventKind;
use sched_core::task::{CancelReason, NoSuchState, RunErrorKind, blocking};
use sched_core::{
    Context, Error, Event, EventMask, InlineExecutor, JobFilter, Retry, Scheduler, Zone,
};
use sched_exec_thread::ThreadPoolExecutor;
use sched_testkit::{ManualClock, TestScheduler, moment};
use sched_tests::told::{ENDS, codes, executed, next};
use serde_json::{Value, json};

const SECOND: Duration = Duration::from_secs(1);
const START: &str = "2026-01-01T00:00:00Z";

async fn nothing() {}

fn attempts(told: &[Arc<Event>]) -> Vec<u32> {
    told.iter().filter_map(|event| event.run()).map(|run| run.attempt).collect()
}

fn kind(event: &Event) -> RunErrorKind {
    match &event.kind {
        EventKind::JobError { error, .. } => error.kind(),
        other => panic!("{other:?}"),
    }
}

/// Fails the first so many times.
fn fails(times: u32) -> impl Fn(Context) -> std::future::Ready<Result<u32, &'static str>> + Clone {
    move |cx| {
        let attempt = cx.attempt();
        std::future::ready(if attempt > times { Ok(attempt) } else { Err("not yet") })
    }
}

#[tokio::test]
async fn a_run_knows_its_job_its_fire_and_the_scheduler() {
    struct Greeting(&'static str);
    let test = TestScheduler::build(START, |b| {
        b.executor("default", InlineExecutor::new()).state(Greeting("hello"))
    });
    let mut test = test.unwrap();
    test.start().await.unwrap();
    let task = |cx: Context| async move {
        let missing: Result<Arc<u8>, NoSuchState> = cx.state();
        let tags: Vec<&String> = cx.tags().iter().collect();
        Ok::<Value, Error>(json!({
            "id": cx.job_id().as_str(),
            "name": cx.job_name(),
            "store": cx.store(),
            "executor": cx.executor(),
            "tags": tags,
            "attempt": cx.attempt(),
            "scheduled": cx.scheduled_time().to_string(),
            "now": cx.now().to_string(),
            "jobs": cx.scheduler().get_jobs(JobFilter::all()).await?.len(),
            "greeting": cx.state::<Greeting>().unwrap().0,
            "missing": missing.unwrap_err().to_string(),
            "stopping": cx.is_cancelled(),
        }))
    };
    let job = test.add(task).id("knows").name("all").tags(["b", "a"]).every(60 * SECOND);
    job.next_run_time(moment(START) - 5 * SECOND).await.unwrap();
    test.settle().await;
    let told = test.take(ENDS);
    let EventKind::JobExecuted { retval, .. } = &told[0].kind else { panic!("{told:?}") };
    let expected = json!({
        "id": "knows",
        "name": "all",
        "store": "default",
        "executor": "default",
        "tags": ["a", "b"],
        "attempt": 1,
        "scheduled": "2025-12-31T23:59:55Z",
        "now": START,
        "jobs": 1,
        "greeting": "hello",
        "missing": "the scheduler was given no shared state of type u8",
        "stopping": false,
    });
    assert_eq!(*retval, expected);
}

#[tokio::test]
async fn fencing_tokens_grow() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let token = |cx: Context| async move { Ok::<_, Error>(cx.fencing_token()) };
    test.add(token).every(SECOND).await.unwrap();
    test.advance(5 * SECOND).await;
    let mut last = 0;
    for event in test.take(ENDS) {
        let EventKind::JobExecuted { retval, .. } = &event.kind else { panic!("{event:?}") };
        let token = retval.as_u64().unwrap();
        assert!(token > last, "{token} after {last}");
        last = token;
    }
    assert!(last >= 5);
}

#[tokio::test]
async fn live_runs_can_be_seen() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let slow = |cx: Context| async move {
        cx.report_progress(json!(0.5))?;
        cx.sleep(60 * SECOND).await;
        Ok::<_, sched_core::task::ArgsError>(())
    };
    test.add(slow).id("slow").name("shown").every(SECOND).await.unwrap();
    test.advance(SECOND).await;
    let runs = test.runs();
    let [run] = runs.as_slice() else { panic!("{runs:?}") };
    assert_eq!((&*run.job_id, &*run.job_name, &*run.store), ("slow", "shown", "default"));
    assert_eq!((run.attempt, run.claimed_at), (1, moment(START) + SECOND));
    assert_eq!((run.cancelled, run.progress.clone()), (None, Some(json!(0.5))));
    test.advance(60 * SECOND).await;
    assert_eq!(test.runs().len(), 1, "the next one");
    assert_ne!(test.runs()[0].run_id, run.run_id);
}

#[tokio::test]
async fn a_failed_run_is_tried_again_until_it_succeeds() {
    let mut test = TestScheduler::start(START).await.unwrap();
    test.add(fails(2)).id("flaky").retry(Retry::new(5)).await.unwrap();
    test.settle().await;
    // Its last fire is over, and only the retries are left: to its user the job is gone.
    assert!(test.get_job("flaky").await.unwrap().is_none());
    assert!(matches!(test.pause_job("flaky").await, Err(Error::JobLookup { .. })));
    test.advance(60 * SECOND).await;
    let told = test.take(ENDS | EventMask::JOB_RETRIED | EventMask::JOB_REMOVED);
    let expected = [
        EventMask::JOB_ERROR,
        EventMask::JOB_REMOVED,
        EventMask::JOB_RETRIED,
        EventMask::JOB_ERROR,
        EventMask::JOB_RETRIED,
        EventMask::JOB_EXECUTED,
    ];
    assert_eq!(codes(&told), expected);
    assert_eq!(attempts(&told), [1, 1, 2, 2, 3]);
    assert_eq!(executed(&told), [moment(START)], "for the fire that it was to begin with");
}

#[tokio::test]
async fn attempts_end() {
    let mut test = TestScheduler::start(START).await.unwrap();
    test.add(fails(9)).every(3_600 * SECOND).retry(Retry::new(3)).await.unwrap();
    test.advance(2 * 3_600 * SECOND + 60 * SECOND).await;
    let told = test.take(ENDS);
    assert_eq!(attempts(&told), [1, 2, 3, 1, 2, 3], "for each fire anew");
    assert!(told.iter().all(|event| kind(event) == RunErrorKind::Failed));
}

#[tokio::test]
async fn waits_between_attempts_double() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let retry = Retry::new(5).backoff(4 * SECOND).max_backoff(10 * SECOND);
    test.add(fails(9)).retry(retry).await.unwrap();
    test.advance(60 * SECOND).await;
    let at: Vec<_> = test.take(EventMask::JOB_STARTED).iter().map(|event| event.at).collect();
    let waits = at.windows(2).map(|pair| pair[1].since(pair[0]));
    for (wait, longest) in waits.zip([4, 8, 10, 10]) {
        let longest = longest * SECOND;
        assert!(wait <= longest && wait >= longest / 2, "{wait:?} of {longest:?}");
    }
    assert_eq!(at.len(), 5);
}

/// The next fire does not wait for a retry, nor a retry for it; the limit holds for both.
#[tokio::test]
async fn retries_and_fires_share_the_limit() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let (live, most) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let counted = most.clone();
    let task = move |cx: Context| {
        let (live, most) = (live.clone(), counted.clone());
        async move {
            most.fetch_max(live.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            cx.sleep(7 * SECOND).await;
            live.fetch_sub(1, Ordering::SeqCst);
            if cx.attempt() < 3 { Err("again") } else { Ok(()) }
        }
    };
    test.add(task).every(10 * SECOND).retry(Retry::new(3)).await.unwrap();
    test.advance(200 * SECOND).await;
    assert_eq!(most.load(Ordering::SeqCst), 1);
    let told = test.take(EventMask::JOB_EXECUTED);
    assert!(told.len() >= 5, "{}", told.len());
    assert!(attempts(&told).iter().all(|attempt| *attempt == 3));
}

/// A job that is removed, replaced or emptied out of its store is not tried again.
#[tokio::test]
async fn a_job_that_is_gone_is_not_tried_again() {
    let mut test = TestScheduler::start(START).await.unwrap();
    for id in ["removed", "replaced", "cleared"] {
        let job = test.add(fails(9)).id(id).every(3_600 * SECOND).retry(Retry::new(9));
        job.next_run_time(moment(START)).await.unwrap();
    }
    test.settle().await;
    assert_eq!(test.take(ENDS).len(), 3);
    test.remove_job("removed").await.unwrap();
    let new = test.add(nothing).id("replaced").every(7_200 * SECOND).replace_existing();
    new.await.unwrap();
    test.advance(SECOND / 4).await;
    test.remove_all_jobs(None).await.unwrap();
    test.advance(3_000 * SECOND).await;
    assert!(test.take(ENDS).is_empty());
}

#[tokio::test]
async fn a_paused_job_finishes_its_attempts_and_stays_paused() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let job = test.add(fails(1)).id("paused").every(10 * SECOND).retry(Retry::new(2));
    let job = job.await.unwrap();
    test.advance(10 * SECOND).await;
    job.pause().await.unwrap();
    test.advance(60 * SECOND).await;
    let told = test.take(ENDS);
    assert_eq!(codes(&told), [EventMask::JOB_ERROR, EventMask::JOB_EXECUTED]);
    assert!(job.reload().await.unwrap().unwrap().is_paused());
}

#[tokio::test]
async fn a_time_out_drops_an_async_task_and_is_tried_again() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let dropped = Arc::new(AtomicU32::new(0));
    let count = dropped.clone();
    let sleeps = move |cx: Context| {
        let guard = Counted(count.clone());
        async move {
            cx.sleep(60 * SECOND).await;
            drop(guard);
        }
    };
    let job = test.add(sleeps).timeout(5 * SECOND).retry(Retry::new(2));
    job.await.unwrap();
    test.advance(300 * SECOND).await;
    let told = test.take(ENDS);
    assert_eq!(attempts(&told), [1, 2]);
    for event in &told {
        assert_eq!(kind(event), RunErrorKind::TimedOut);
        let EventKind::JobError { started, ended, .. } = &event.kind else { unreachable!() };
        assert_eq!(ended.since(*started), 5 * SECOND);
    }
    assert_eq!(dropped.load(Ordering::SeqCst), 2);
}

struct Counted(Arc<AtomicU32>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Each of several fires run one after the other has its own time.
#[tokio::test]
async fn a_time_out_is_that_of_each_fire() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let sleeps = |cx: Context| async move { cx.sleep(4 * SECOND).await };
    let job = test.add(sleeps).every(10 * SECOND).coalesce(false).timeout(5 * SECOND);
    job.await.unwrap();
    test.pause().unwrap();
    test.advance(30 * SECOND).await;
    test.resume().unwrap();
    test.advance(20 * SECOND).await;
    let told = test.take(ENDS);
    assert_eq!(codes(&told)[..3], [EventMask::JOB_EXECUTED; 3]);
}

#[tokio::test]
async fn a_cancelled_run_ends_in_an_error_and_is_not_tried_again() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let sleeps = |cx: Context| async move { cx.sleep(3_600 * SECOND).await };
    for id in ["a", "b"] {
        let job = test.add(sleeps).id(id).every(600 * SECOND).retry(Retry::new(9));
        job.next_run_time(moment(START)).await.unwrap();
    }
    test.settle().await;
    assert_eq!(test.cancel_runs("nobody"), 0);
    assert_eq!(test.cancel_runs("a"), 1);
    test.advance(60 * SECOND).await;
    let told = test.take(ENDS);
    let [event] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(kind(event), RunErrorKind::Cancelled);
    assert_eq!(event.job_id().map(|id| &**id), Some("a"));
    assert_eq!(test.runs().len(), 1);
    // The schedule goes on.
    assert!(test.get_job("a").await.unwrap().is_some_and(|job| !job.is_paused()));
}

/// A blocking task cannot be dropped: it is told, and looks.
#[tokio::test(flavor = "multi_thread")]
async fn a_blocking_task_is_told_to_stop() {
    let clock = ManualClock::at(moment(START));
    let builder = Scheduler::builder().clock(Arc::new(clock.clone())).timezone(Zone::UTC);
    let scheduler = builder.executor("default", ThreadPoolExecutor::new()).build().unwrap();
    let mut events = scheduler.events(EventMask::JOB_STARTED | ENDS);
    scheduler.start().await.unwrap();
    let looks = blocking(|cx| {
        while !cx.is_cancelled() {
            std::thread::yield_now();
        }
        match cx.cancel_reason() {
            Some(CancelReason::TimedOut) => Err::<(), _>("late"),
            other => panic!("{other:?}"),
        }
    });
    scheduler.add(looks).timeout(5 * SECOND).await.unwrap();
    assert_eq!(next(&mut events).await.code(), EventMask::JOB_STARTED);
    // The watch may begin a moment after the run: it counts from then.
    let ended = loop {
        clock.advance(5 * SECOND);
        tokio::select! {
            biased;
            event = next(&mut events) => break event,
            () = tokio::task::yield_now() => {}
        }
    };
    assert_eq!(kind(&ended), RunErrorKind::TimedOut);
    scheduler.shutdown(sched_core::Shutdown::Wait).await.unwrap();
}

#[tokio::test]
async fn running_a_job_now_obeys_its_limit_and_needs_a_started_scheduler() {
    let mut test =
        TestScheduler::build(START, |b| b.executor("default", InlineExecutor::new())).unwrap();
    let slow = |cx: Context| async move { cx.sleep(5 * SECOND).await };
    let job = test.add(slow).id("slow").every(3_600 * SECOND).await.unwrap();
    assert!(matches!(job.run_now().await, Err(Error::NotRunning)));
    test.start().await.unwrap();
    for _ in 0..2 {
        test.run_job("slow").await.unwrap();
        test.settle().await;
    }
    let told = test.take(EventMask::JOB_STARTED | EventMask::JOB_MAX_INSTANCES);
    assert_eq!(codes(&told), [EventMask::JOB_STARTED, EventMask::JOB_MAX_INSTANCES]);
    // While the scheduler is paused it is kept for later.
    test.advance(10 * SECOND).await;
    test.pause().unwrap();
    test.run_job("slow").await.unwrap();
    test.advance(10 * SECOND).await;
    assert!(test.take(EventMask::JOB_STARTED).is_empty());
    test.resume().unwrap();
    test.settle().await;
    assert_eq!(test.take(EventMask::JOB_STARTED).len(), 1);
}

#[tokio::test]
async fn a_job_changed_while_it_runs_keeps_its_run_and_goes_on_as_changed() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let slow = |cx: Context| async move { cx.sleep(5 * SECOND).await };
    let job = test.add(slow).id("job").name("old").every(10 * SECOND).await.unwrap();
    test.advance(11 * SECOND).await;
    job.modify().name("new").task(nothing).max_instances(2).await.unwrap();
    job.reschedule(sched_core::trigger::Interval::every(20 * SECOND)).await.unwrap();
    test.advance(60 * SECOND).await;
    let told = test.take(EventMask::JOB_EXECUTED);
    let start = moment(START);
    assert_eq!(executed(&told), [10, 31, 51, 71].map(|second| start + second * SECOND));
    let EventKind::JobExecuted { started, ended, .. } = &told[0].kind else { unreachable!() };
    assert_eq!(ended.since(*started), 5 * SECOND, "the run went on as it had begun");
}

/// With a fixed delay there is no next run time while it runs: the new trigger names it at the end.
#[tokio::test]
async fn a_new_trigger_in_the_midst_of_a_fixed_delay_takes_over_at_the_end_of_the_run() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let slow = |cx: Context| async move { cx.sleep(5 * SECOND).await };
    let delay = sched_core::trigger::Interval::every(10 * SECOND).fixed_delay();
    let job = test.add(slow).id("job").trigger(delay).await.unwrap();
    test.advance(11 * SECOND).await;
    let every_minute = sched_core::trigger::Cron::new().second(0);
    job.modify().trigger(every_minute).await.unwrap();
    test.advance(180 * SECOND).await;
    let told = test.take(EventMask::JOB_EXECUTED | EventMask::JOB_REMOVED);
    let start = moment(START);
    assert_eq!(executed(&told), [10, 60, 120, 180].map(|second| start + second * SECOND));
    assert_eq!(told.len(), 4);
}

#[tokio::test]
async fn tags_are_seen_by_the_run_they_were_given_to() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let tags = |cx: Context| async move { Ok::<BTreeSet<String>, Error>(cx.tags().clone()) };
    let job = test.add(tags).every(SECOND).tag("a").await.unwrap();
    test.advance(SECOND).await;
    job.modify().tag("b").tag("c").await.unwrap();
    test.advance(SECOND).await;
    let seen: Vec<Value> = test
        .take(ENDS)
        .iter()
        .map(|event| match &event.kind {
            EventKind::JobExecuted { retval, .. } => retval.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(seen, [json!(["a"]), json!(["b", "c"])]);
}
