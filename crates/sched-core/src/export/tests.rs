//! What is written is read back as it was, to the last digit.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::text::{Moment, Span};
use super::{Document, Entry, read_document};
use crate::job::{
    Extra, ExtraKind, Fire, JobDefaults, JobRequest, JobSpec, LiveBody, OnCrash, Outcome,
    OutcomeKind, Overlap, Phase, Retry, RunId, Schedule, UNTIL_A_RUN_ENDS,
};
use crate::task::{Args, Invocation, RunErrorKind};
use crate::time::Timestamp;
use crate::trigger::{
    And, CalendarInterval, Cron, CustomTrigger, Date, Defaults, Fold, Gap, Interval, IntoTrigger,
    Or, Trigger, TriggerRegistry,
};
use crate::zone::Zone;

const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);

const fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[derive(Debug)]
struct Sunset;

impl CustomTrigger for Sunset {
    fn name(&self) -> &str {
        "sunset"
    }

    fn next_fire_time(&self, _: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        Some(now)
    }

    fn state(&self) -> serde_json::Value {
        serde_json::json!({"place": "Helsinki", "start_date": 5})
    }
}

fn spec(describe: impl FnOnce(JobRequest) -> JobRequest) -> JobSpec {
    let call =
        Invocation::named("app.report", Args::from_json(r#"{"to": "ä", "n": [1, 2.50]}"#).unwrap());
    let mut settings = describe(JobRequest::new(call)).into_settings();
    settings.id = Some("an \"id\"\u{0}🦀/".into());
    let zone = "Europe/Berlin".parse().unwrap();
    let defaults = Defaults { zone, now: NOW };
    settings.into_spec(&JobDefaults::default(), &TriggerRegistry::new(), &defaults).unwrap()
}

/// Every kind of trigger, with every field.
fn triggers() -> Vec<JobSpec> {
    let cron = || Cron::new().hour("8-18").minute("*/5").gap(Gap::Skip).fold(Fold::Both);
    let every = || Interval::every(Duration::from_micros(90_000_001));
    vec![
        spec(|job| job.trigger(Date::at("2026-05-01 12:00:00.000001"))),
        spec(|job| job.trigger(Date::at(Timestamp::MAX))),
        spec(|job| {
            job.trigger(Date::at("2026-07-01 12:00:00").timezone("+05:30".parse::<Zone>().unwrap()))
        }),
        spec(|job| job.trigger(every().start_date("2026-01-01 00:00:00").end_date(Timestamp::MIN))),
        spec(|job| job.trigger(every().fixed_delay().jitter(secs(30)).jitter_seed(u64::MAX))),
        spec(|job| job.cron("0 9 * * mon-fri")),
        spec(|job| job.trigger(cron().start_date("2026-01-01").end_date("2027-01-01"))),
        spec(|job| {
            let trigger = CalendarInterval::new().months(1).days(3).hour(9).minute(30).second(5);
            job.trigger(trigger.start_date("2026-01-31").end_date("2030-01-01").gap(Gap::Shift))
        }),
        spec(|job| {
            let both = And::new().with(cron()).with(every());
            job.trigger(Or::new().with(both).with(Date::at("2026-05-01 12:00:00")).jitter(secs(5)))
        }),
        spec(|job| job.trigger(Trigger::custom(Sunset))),
    ]
}

/// Jobs with every option, in every state.
fn jobs() -> Vec<LiveBody> {
    let mut jobs: Vec<LiveBody> = triggers()
        .into_iter()
        .map(|spec| LiveBody {
            spec: Arc::new(spec),
            schedule: Schedule::new(Some(Fire::exactly(NOW))),
        })
        .collect();
    let full = spec(|job| {
        let retry = Retry::new(4).backoff(Duration::new(2, 1)).max_backoff(secs(90_061));
        job.every(secs(60))
            .name("a name")
            .executor("blocking")
            .misfire_grace_time(Duration::from_millis(1_500))
            .coalesce(false)
            .max_instances(3)
            .overlap(Overlap::Queue { limit: 5 })
            .max_runs(1_000)
            .pause_after_failures(7)
            .start_timeout(Duration::from_nanos(1))
            .timeout(Duration::MAX)
            .retry(retry.only_after(&[RunErrorKind::Failed, RunErrorKind::TimedOut]))
            .on_crash(OnCrash::Skip)
            .tags(["one", "two"])
    });
    let full = Arc::new(full);
    let at = |second: i64| Timestamp::from_micros(second * 1_000_000 + 1);
    let extra = |at, scheduled, kind| Extra { fire: Fire { at, scheduled }, attempt: 2, kind };
    let told = |kind| {
        let run_id = Some(RunId { scheduler: u64::MAX, number: 41 });
        Some(Arc::new(Outcome { scheduled_run_time: at(5), at: at(6), run_id, attempt: 3, kind }))
    };
    let standing = Schedule {
        last: Some(at(-1)),
        extras: vec![
            extra(at(7), at(6), ExtraKind::Retry),
            extra(at(8), at(8), ExtraKind::RunNow),
            extra(UNTIL_A_RUN_ENDS, at(9), ExtraKind::Queued),
        ],
        runs: u64::MAX,
        failures: 2,
        outcome: told(OutcomeKind::success(&serde_json::json!({"rows": 3}))),
        ..Schedule::new(Some(Fire { at: at(100), scheduled: at(90) }))
    };
    let message = "oh".to_owned();
    let error = OutcomeKind::Error { kind: RunErrorKind::Panicked, message };
    let paused = Schedule { outcome: told(error), ..Schedule::new(None) };
    let waiting = Schedule { phase: Phase::Waiting, ..paused.clone() };
    let over = Schedule { phase: Phase::Finished, ..standing.clone() };
    let over = Schedule { next: None, ..over };
    for schedule in [standing, paused, waiting, over] {
        jobs.push(LiveBody { spec: full.clone(), schedule });
    }
    jobs
}

fn fields(spec: &JobSpec) -> serde_json::Value {
    serde_json::to_value(spec).unwrap()
}

#[test]
fn nothing_is_lost_on_the_way() {
    let jobs = jobs();
    let entries = jobs.iter().map(|job| Entry::of(job, &"default".into(), Zone::UTC).unwrap());
    let text = serde_json::to_string_pretty(&Document::of(entries.collect())).unwrap();
    let read = read_document(&text).unwrap();
    assert_eq!(read.len(), jobs.len());
    for (raw, job) in read.into_iter().zip(jobs) {
        let entry: Entry = serde_json::from_str(raw.get()).unwrap_or_else(|e| panic!("{e}: {raw}"));
        let (spec, schedule) = entry.into_job().unwrap_or_else(|error| panic!("{error}: {raw}"));
        assert_eq!(fields(&spec), fields(&job.spec), "{raw}");
        assert_eq!(schedule, Some(job.schedule), "{raw}");
    }
}

#[test]
fn people_can_read_it() {
    let written = |job: &LiveBody| {
        serde_json::to_value(Entry::of(job, &"default".into(), Zone::UTC).unwrap()).unwrap()
    };
    let jobs = jobs();
    let shown: Vec<_> = jobs.iter().map(|job| written(job)["trigger"].to_string()).collect();
    assert_eq!(
        shown[0],
        r#"{"date":{"run_date":"2026-05-01T12:00:00.000001+02:00","timezone":"Europe/Berlin"}}"#
    );
    assert_eq!(
        shown[4],
        r#"{"interval":{"every":"1m 30.000001s","fixed_delay":true,"start_date":"2026-01-01T01:01:30.000001+01:00","timezone":"Europe/Berlin"},"jitter":{"most":"30s","seed":18446744073709551615}}"#
    );
    assert_eq!(
        shown[7],
        r#"{"calendarinterval":{"days":3,"end_date":"2030-01-01","gap":"shift","months":1,"start_date":"2026-01-31","time":"09:30:05","timezone":"Europe/Berlin"}}"#
    );
    assert_eq!(
        shown[9],
        r#"{"custom":{"name":"sunset","state":{"place":"Helsinki","start_date":5}}}"#
    );
    let full = written(&jobs[10]);
    assert_eq!(full["misfire_grace_time"], "1.5s");
    assert_eq!(full["retry"]["max_backoff"], "1d 1h 1m 1s");
    assert_eq!(full["next_run_time"], "1970-01-01T01:01:40.000001+01:00");
    assert_eq!(full["args"].to_string(), r#"{"n":[1,2.5],"to":"ä"}"#);
}

fn refused(entry: &str) -> String {
    match serde_json::from_str::<Entry>(entry) {
        Err(error) => error.to_string(),
        Ok(entry) => match entry.into_job() {
            Err(error) => error,
            Ok((spec, _)) => panic!("not refused: {spec:?}"),
        },
    }
}

#[test]
fn what_is_broken_is_named() {
    let with = |trigger: &str, more: &str| {
        format!(r#"{{"id": "a", "task": "t", "trigger": {trigger}{more}}}"#)
    };
    let every =
        r#"{"interval": {"every": "1m", "start_date": "2026-01-01T00:00:00Z", "timezone": "UTC"}}"#;
    for (entry, expected) in [
        (r#"{"id": "a", "task": "t"}"#.to_owned(), "missing field `trigger`"),
        (with(every, r#", "tagz": []"#), "unknown field `tagz`"),
        (with(every, r#", "timeout": "1 s""#), "no span of time"),
        (with(every, r#", "timeout": "-1s""#), "no span of time"),
        (with(every, r#", "timeout": "99999999999999999999s""#), "no span of time"),
        (with(every, r#", "next_run_time": "tomorrow""#), "moment \"tomorrow\""),
        (with(every, r#", "state": "paused", "next_run_time": 5"#), "the state is not scheduled"),
        (with(every, r#", "state": "scheduled""#), "next_run_time is missing"),
        (with("{}", ""), "a trigger is one kind"),
        (with(r#"{"interval": {}, "date": {}}"#, ""), "a trigger is one kind"),
        (with(r#"{"interval": {}}"#, ""), "interval: missing field `every`"),
        (with(&every.replace("every", "evry"), ""), "missing field `every`"),
        (with(&every.replace("1m", "0s"), ""), "at least a microsecond"),
        (
            with(&every.replace("\"every", "\"minut\": 5, \"every"), ""),
            "unknown field `interval.minut`",
        ),
        (with(r#"{"cron": {"crontab": "99 * * * *", "timezone": "UTC"}}"#, ""), "99"),
        (with(r#"{"cron": {"crontab": "* * * * *", "timezone": "Mars"}}"#, ""), "Mars"),
        (with(r#"{"and": {"triggers": []}}"#, ""), "triggers"),
        (with(r#"{"lunar": {}}"#, ""), "lunar"),
    ] {
        let told = refused(&entry);
        assert!(told.contains(expected), "{entry}: {told}");
    }
    // Deeper than any stack should go.
    let deep = (0..500)
        .fold(every.to_owned(), |inner, _| format!(r#"{{"or": {{"triggers": [{inner}]}}}}"#));
    refused(&with(&deep, ""));
}

proptest! {
    #[test]
    fn every_span_comes_back(secs in any::<u64>(), nanos in 0..1_000_000_000u32) {
        let span = Span(Duration::new(secs, nanos));
        prop_assert_eq!(span.to_string().parse(), Ok(span));
    }

    #[test]
    fn every_moment_comes_back(micros in any::<i64>(), near in any::<i32>(), offset in -1_439..1_440i32) {
        let sign = if offset < 0 { '-' } else { '+' };
        let zone = format!("{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60);
        let zone: Zone = zone.parse().unwrap();
        for micros in [micros, i64::from(near) * 1_000_000_007] {
            let at = Timestamp::from_micros(micros);
            let text = serde_json::to_string(&Moment(at, zone)).unwrap();
            let read: Moment = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(read.0, at, "{}", text);
        }
    }
}
