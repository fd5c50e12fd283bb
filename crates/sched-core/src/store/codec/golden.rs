//! Bodies as released versions wrote them, kept in `golden/`: every later version reads them.
//!
//! A format that changes gets a new first byte and files of its own; these stay as they are.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::job::{
    Extra, ExtraKind, Fire, Fires, JobDefaults, JobRequest, LiveRun, OnCrash, Outcome, OutcomeKind,
    Overlap, Phase, Retry, RunId, UNTIL_A_RUN_ENDS,
};
use crate::task::{Args, Invocation, RunErrorKind};
use crate::time::Timestamp;
use crate::trigger::{And, Cron, Date, Defaults, Interval, Or, TriggerRegistry};
use crate::zone::Zone;

const fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_secs(second)
}

fn spec(id: &str, args: &str, describe: impl FnOnce(JobRequest) -> JobRequest) -> JobSpec {
    let call = Invocation::named("app.report", Args::from_json(args).unwrap());
    let mut settings = describe(JobRequest::new(call)).into_settings();
    settings.id = Some(id.into());
    let defaults = Defaults { zone: Zone::UTC, now: at(1_767_225_600) };
    settings.into_spec(&JobDefaults::default(), &TriggerRegistry::new(), &defaults).unwrap()
}

fn fire(second: i64) -> Fire {
    Fire::exactly(at(second))
}

/// Jobs that have all there is to a job between them.
fn jobs() -> Vec<(&'static str, JobSpec, Schedule)> {
    let plain = spec("plain", "[]", |job| job.cron("0 9 * * mon-fri"));
    let full = spec("full \"\u{0}\u{1f980}/", r#"{"to":"a@b.c","pages":[1,2.5,null]}"#, |job| {
        let both = And::new().with(Cron::new().hour("8-18")).with(Interval::every(secs(90)));
        let either = Or::new().with(both).with(Date::at("2026-05-01 12:00:00"));
        let retry = Retry::new(4).backoff(secs(2)).max_backoff(secs(60));
        job.trigger(either)
            .name("a name")
            .executor("blocking")
            .misfire_grace_time(secs(30))
            .coalesce(false)
            .max_instances(3)
            .overlap(Overlap::Queue { limit: 5 })
            .max_runs(1_000)
            .pause_after_failures(7)
            .start_timeout(secs(20))
            .timeout(Duration::from_millis(1_500))
            .retry(retry.only_after(&[RunErrorKind::Failed, RunErrorKind::TimedOut]))
            .on_crash(OnCrash::Skip)
            .tags(["one", "two"])
    });
    let waits = spec("waits", "[1]", |job| job.trigger(Interval::every(secs(60)).fixed_delay()));
    let once = spec("once", "[]", |job| job.at("2026-01-01 00:00:00").retry(Retry::new(2)));
    let live = LiveRun {
        run: RunId { scheduler: u64::MAX, number: 41 },
        fires: Fires::from_vec(vec![fire(1_767_225_690), fire(1_767_225_780)]).unwrap(),
        attempt: 2,
        recoveries: 1,
        claimed_at: at(1_767_225_800),
        lease_until: at(1_767_225_806),
        scheduler: "host:4711".into(),
        cancel: true,
    };
    let queued = Fire { at: UNTIL_A_RUN_ENDS, scheduled: at(1_767_225_870) };
    let extra = |fire, attempt, kind| Extra { fire, attempt, kind };
    let told = |run_id, kind| {
        let scheduled_run_time = at(1_767_225_600);
        Some(Arc::new(Outcome {
            scheduled_run_time,
            at: at(1_767_225_601),
            run_id,
            attempt: 1,
            kind,
        }))
    };
    let standing = Schedule {
        last: Some(at(-1)),
        extras: vec![
            extra(fire(1_767_225_700), 3, ExtraKind::Retry),
            extra(fire(1_767_225_701), 1, ExtraKind::RunNow),
            extra(queued, 1, ExtraKind::Queued),
        ],
        runs: 12,
        failures: 2,
        outcome: told(
            Some(live.run),
            OutcomeKind::Error { kind: RunErrorKind::Panicked, message: "oh \u{1f980}".to_owned() },
        ),
        live: vec![live],
        ..Schedule::new(Some(fire(1_767_225_960)))
    };
    let result = serde_json::json!({"rows": 3});
    let waiting = Schedule {
        phase: Phase::Waiting,
        outcome: told(None, OutcomeKind::success(&result)),
        ..Schedule::new(None)
    };
    let over = Schedule {
        phase: Phase::Finished,
        outcome: told(None, OutcomeKind::MaxInstances),
        ..Schedule::new(None)
    };
    vec![
        ("plain", plain, Schedule::new(Some(fire(1_767_258_000)))),
        ("full", full, standing),
        ("waiting", waits, waiting),
        ("over", once, over),
    ]
}

/// Both ends of a move of the one that has most.
fn transits() -> [(&'static str, Transit); 2] {
    let full = jobs().into_iter().find(|(name, ..)| *name == "full");
    let (_, spec, schedule) = full.expect("it is among them");
    let job = LiveBody { spec: Arc::new(spec), schedule };
    [("departed", End::Departed, "archive"), ("arriving", End::Arriving, "default")].map(
        |(name, end, other)| {
            let (token, other) = (0x0123_4567_89ab_cdef, other.into());
            (name, Transit { end, token, other, job: job.clone() })
        },
    )
}

fn file(name: &str, codec: Codec) -> (String, Vec<u8>) {
    file_of(1, name, codec)
}

fn file_of(format: u8, name: &str, codec: Codec) -> (String, Vec<u8>) {
    let folder = format!("{}/golden/{format}", env!("CARGO_MANIFEST_DIR"));
    let ending = if codec == Codec::Json { "json" } else { "bincode" };
    let path = format!("{folder}/{name}.{ending}");
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    (path, bytes)
}

#[test]
fn what_the_first_version_wrote_is_read_as_it_was_meant() {
    for (name, spec, schedule) in jobs() {
        for codec in [Codec::Bincode, Codec::Json] {
            let (path, bytes) = file(name, codec);
            let (read, standing) = decode(&bytes).unwrap_or_else(|error| panic!("{path}: {error}"));
            assert_eq!(standing, schedule, "{path}");
            let text = |spec: &JobSpec| serde_json::to_value(spec).unwrap();
            assert_eq!(text(&read), text(&spec), "{path}");
        }
    }
}

/// As long as the format is the first one, what is written now is what was written then.
#[test]
fn the_first_version_is_still_what_is_written() {
    for (name, spec, schedule) in jobs() {
        for codec in [Codec::Bincode, Codec::Json] {
            let (path, bytes) = file(name, codec);
            let written = encode(codec, &spec, &schedule).unwrap();
            assert_eq!(written, bytes, "{path}: a changed format needs a number of its own");
        }
    }
}

#[test]
fn the_ends_of_a_move_are_read_and_written_as_at_first_and_are_no_jobs() {
    for (name, transit) in transits() {
        for codec in [Codec::Bincode, Codec::Json] {
            let (path, bytes) = file_of(2, name, codec);
            assert_eq!(encode_transit(codec, &transit).unwrap(), bytes, "{path}");
            assert!(matches!(decode(&bytes), Err(CodecError::InTransit)), "{path}");
            let read = decode_transit(&bytes).unwrap().unwrap();
            assert_eq!((read.end, read.token), (transit.end, transit.token), "{path}");
            assert_eq!((&read.other, &read.job.schedule), (&transit.other, &transit.job.schedule));
            let text = |job: &LiveBody| serde_json::to_value(&*job.spec).unwrap();
            assert_eq!(text(&read.job), text(&transit.job), "{path}");
        }
    }
    let (_, job) = file("plain", Codec::Bincode);
    assert!(decode_transit(&job).unwrap().is_none());
    assert!(decode_transit(&[TRANSIT, 9, 9]).is_err());
}
