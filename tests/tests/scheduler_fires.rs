//! When jobs run, under virtual time: due times, misfires, coalescing, limits.

use std::sync::Arc;
use std::time::Duration;

use sched_core::event::EventKind;
use sched_core::trigger::{Cron, Date, Interval, IntoTrigger};
use sched_core::{Conflict, Context, Event, EventMask, InlineExecutor, JobFilter, Timestamp};
use sched_testkit::{TestScheduler, moment};

const SECOND: Duration = Duration::from_secs(1);
const START: &str = "2026-01-01T00:00:00Z";
const ENDS: EventMask =
    EventMask::JOB_EXECUTED.union(EventMask::JOB_ERROR).union(EventMask::JOB_MISSED);

async fn nothing() {}

fn executed(events: &[Arc<Event>]) -> Vec<Timestamp> {
    let scheduled = |event: &Arc<Event>| match &event.kind {
        EventKind::JobExecuted { run, .. } => Some(run.scheduled_run_time),
        _ => None,
    };
    events.iter().filter_map(scheduled).collect()
}

fn missed(events: &[Arc<Event>]) -> Vec<Timestamp> {
    let scheduled = |event: &Arc<Event>| match &event.kind {
        EventKind::JobMissed { scheduled_run_time, .. } => Some(*scheduled_run_time),
        _ => None,
    };
    events.iter().filter_map(scheduled).collect()
}

fn codes(events: &[Arc<Event>]) -> Vec<EventMask> {
    events.iter().map(|event| event.code()).collect()
}

#[tokio::test]
async fn a_job_without_a_trigger_runs_once_and_at_once() {
    let mut test = TestScheduler::start(START).await.unwrap();
    test.add(nothing).id("once").await.unwrap();
    test.settle().await;
    let told = test.take(EventMask::all() - EventMask::SCHEDULER_STARTED);
    assert_eq!(
        codes(&told)[2..],
        [
            EventMask::JOB_ADDED,
            EventMask::JOB_SUBMITTED,
            EventMask::JOB_STARTED,
            EventMask::JOB_EXECUTED,
            EventMask::JOB_REMOVED
        ]
    );
    assert!(test.get_job("once").await.unwrap().is_none());
}

#[tokio::test]
async fn an_interval_fires_first_after_one_interval_and_never_drifts() {
    let mut test = TestScheduler::start(START).await.unwrap();
    test.add(nothing).every(10 * SECOND).await.unwrap();
    test.advance(35 * SECOND).await;
    let seen = executed(&test.take(ENDS));
    let start = moment(START);
    assert_eq!(seen, [start + 10 * SECOND, start + 20 * SECOND, start + 30 * SECOND]);
}

#[tokio::test]
async fn every_day_of_a_year_has_its_fire() {
    let mut test = TestScheduler::start(START).await.unwrap();
    test.add(nothing).cron("0 9 * * *").await.unwrap();
    test.advance(Duration::from_secs(365 * 86_400)).await;
    assert_eq!(executed(&test.take(ENDS)).len(), 365);
}

#[tokio::test]
async fn late_fires_are_coalesced_into_the_latest() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let start = moment(START);
    test.add(nothing)
        .trigger(Interval::every(SECOND))
        .next_run_time(start - 5 * SECOND)
        .misfire_grace_time(2 * SECOND)
        .await
        .unwrap();
    test.settle().await;
    let told = test.take(ENDS);
    assert_eq!(executed(&told), [start]);
    assert_eq!(missed(&told), []);
}

#[tokio::test]
async fn without_coalescing_each_late_fire_is_judged_for_itself() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let start = moment(START);
    test.add(nothing)
        .every(SECOND)
        .next_run_time(start - 5 * SECOND)
        .misfire_grace_time(2 * SECOND)
        .coalesce(false)
        .await
        .unwrap();
    test.settle().await;
    let told = test.take(ENDS | EventMask::JOB_SUBMITTED);
    // Exactly two seconds late is not too late.
    assert_eq!(missed(&told), [start - 5 * SECOND, start - 4 * SECOND, start - 3 * SECOND]);
    assert_eq!(executed(&told), [start - 2 * SECOND, start - SECOND, start]);
    assert_eq!(codes(&told).iter().filter(|c| **c == EventMask::JOB_SUBMITTED).count(), 1);
}

#[tokio::test]
async fn a_fire_in_the_past_is_missed_beyond_its_grace_and_the_job_removed() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let job = test.add(nothing).at("2020-01-01").misfire_grace_time(SECOND);
    job.await.unwrap();
    test.settle().await;
    let told = test.take(ENDS | EventMask::JOB_REMOVED);
    assert_eq!(codes(&told), [EventMask::JOB_MISSED, EventMask::JOB_REMOVED]);
}

#[tokio::test]
async fn a_job_runs_in_no_more_instances_than_it_may() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let slow = |cx: Context| async move { cx.sleep(Duration::from_millis(2_500)).await };
    test.add(slow).every(SECOND).await.unwrap();
    test.advance(Duration::from_millis(6_400)).await;
    let told = test.take(EventMask::JOB_SUBMITTED | EventMask::JOB_MAX_INSTANCES);
    let (submitted, refused) = (EventMask::JOB_SUBMITTED, EventMask::JOB_MAX_INSTANCES);
    assert_eq!(codes(&told), [submitted, refused, refused, submitted, refused, refused]);
}

#[tokio::test]
async fn two_instances_may_overlap() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let slow = |cx: Context| async move { cx.sleep(Duration::from_millis(1_500)).await };
    test.add(slow).every(SECOND).max_instances(2).await.unwrap();
    test.advance(Duration::from_millis(4_900)).await;
    let told = test.take(EventMask::JOB_MAX_INSTANCES | EventMask::JOB_EXECUTED);
    assert_eq!(codes(&told), [EventMask::JOB_EXECUTED; 3]);
}

#[tokio::test]
async fn fixed_delay_counts_from_the_end_of_the_run() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let slow = |cx: Context| async move { cx.sleep(3 * SECOND).await };
    test.add(slow).trigger(Interval::every(10 * SECOND).fixed_delay()).await.unwrap();
    test.advance(40 * SECOND).await;
    let start = moment(START);
    assert_eq!(
        executed(&test.take(ENDS)),
        [start + 10 * SECOND, start + 23 * SECOND, start + 36 * SECOND]
    );
}

#[tokio::test]
async fn jitter_delays_each_fire_and_does_not_add_up() {
    let mut test = TestScheduler::start(START).await.unwrap();
    test.add(nothing).trigger(Interval::every(10 * SECOND).jitter(4 * SECOND)).await.unwrap();
    test.advance(1_000 * SECOND).await;
    let told = test.take(EventMask::JOB_EXECUTED);
    let start = moment(START);
    let mut delays = std::collections::BTreeSet::new();
    for (n, event) in (1..).zip(&told) {
        let EventKind::JobExecuted { run, started, .. } = &event.kind else { unreachable!() };
        assert_eq!(run.scheduled_run_time, start + n * 10 * SECOND);
        let delay = started.since(run.scheduled_run_time);
        assert!(delay <= 4 * SECOND && *started >= run.scheduled_run_time);
        delays.insert(delay);
    }
    assert!(told.len() >= 99 && delays.len() > 50, "{} of {}", delays.len(), told.len());
}

#[tokio::test]
async fn a_clock_put_back_repeats_no_fire_and_one_put_forward_skips_none() {
    let mut test = TestScheduler::start(START).await.unwrap();
    test.add(nothing).trigger(Cron::new().minute("*/10")).coalesce(false).await.unwrap();
    test.advance_to("2026-01-01T01:05:00Z").await;
    let before = executed(&test.take(ENDS));
    assert_eq!(before.len(), 7);

    test.clock().set_wall(moment("2026-01-01T00:15:00Z"));
    test.settle().await;
    test.advance_to("2026-01-01T01:15:00Z").await;
    let told = test.take(ENDS | EventMask::CLOCK_JUMPED);
    assert_eq!(executed(&told), [moment("2026-01-01T01:10:00Z")]);
    assert!(matches!(told[0].kind, EventKind::ClockJumped { micros: -3_000_000_000 }));

    test.clock().set_wall(moment("2026-01-01T02:01:00Z"));
    test.settle().await;
    let after = executed(&test.take(ENDS));
    assert_eq!(after.len(), 5, "{after:?}");
}

#[tokio::test]
async fn no_fire_is_early() {
    let mut test = TestScheduler::start(START).await.unwrap();
    for n in 0..50 {
        let at = moment(START) + Duration::from_micros(n * 123_457 + 1);
        test.add(nothing).trigger(Date::at(at)).await.unwrap();
    }
    test.advance(10 * SECOND).await;
    let told = test.take(EventMask::JOB_EXECUTED);
    assert_eq!(told.len(), 50);
    for event in told {
        let EventKind::JobExecuted { run, started, .. } = &event.kind else { unreachable!() };
        assert!(*started >= run.scheduled_run_time);
    }
}

#[tokio::test]
async fn pausing_and_resuming_the_scheduler_makes_fires_late_not_lost() {
    let mut test = TestScheduler::start(START).await.unwrap();
    test.add(nothing).at("2026-01-01T00:00:10Z").await.unwrap();
    test.pause().unwrap();
    test.advance(60 * SECOND).await;
    assert!(test.take(ENDS).is_empty());
    test.resume().unwrap();
    test.settle().await;
    assert_eq!(executed(&test.take(ENDS)), [moment("2026-01-01T00:00:10Z")]);
}

#[tokio::test]
async fn run_now_leaves_the_schedule_alone() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let job = test.add(nothing).every(60 * SECOND).await.unwrap();
    test.advance(10 * SECOND).await;
    job.run_now().await.unwrap();
    test.settle().await;
    assert_eq!(executed(&test.take(ENDS)), [moment("2026-01-01T00:00:10Z")]);
    let job = job.reload().await.unwrap().unwrap();
    assert_eq!(job.next_run_time(), Some(moment("2026-01-01T00:01:00Z")));
    job.pause().await.unwrap().run_now().await.unwrap();
    test.settle().await;
    assert_eq!(executed(&test.take(ENDS)).len(), 1);
    assert!(job.reload().await.unwrap().unwrap().is_paused());
}

#[tokio::test]
async fn a_job_added_again_at_every_start_keeps_its_next_run_time_while_its_trigger_is_the_same() {
    let mut test = TestScheduler::start(START).await.unwrap();
    let keep = Conflict::ReplaceKeepNext;
    let add = |every: Duration| test.add(nothing).id("job").every(every).on_conflict(keep);
    let first = add(60 * SECOND).await.unwrap().next_run_time();
    test.clock().advance(40 * SECOND);
    assert_eq!(add(60 * SECOND).await.unwrap().next_run_time(), first);
    let changed = add(7 * SECOND).await.unwrap();
    assert_eq!(changed.next_run_time(), Some(moment(START) + 47 * SECOND));
    changed.pause().await.unwrap();
    assert!(add(9 * SECOND).await.unwrap().is_paused());
    test.settle().await;
}

#[tokio::test]
async fn the_list_is_sorted_by_next_run_time_with_paused_jobs_last() {
    let test = TestScheduler::build(START, |b| b.executor("default", InlineExecutor::new()));
    let test = test.unwrap();
    test.start().await.unwrap();
    for (id, at) in [("z", 2), ("b2", 1), ("a2", 1)] {
        test.add(nothing).id(id).at(moment(START) + at * 3_600 * SECOND).await.unwrap();
    }
    for id in ["q", "p"] {
        test.add(nothing).id(id).every(SECOND).paused().await.unwrap();
    }
    let jobs = test.get_jobs(JobFilter::all()).await.unwrap();
    let ids: Vec<&str> = jobs.iter().map(|job| job.id().as_str()).collect();
    assert_eq!(ids, ["a2", "b2", "z", "p", "q"]);
}
