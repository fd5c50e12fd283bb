//! What an import of the jobs of `fixtures/make.py` must make of them.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use sched_core::Timestamp;
use sched_import::{Import, ImportedJob, NextRun, Note};
use serde::Deserialize;

use crate::NOW;

/// What the reference says of a job.
#[derive(Debug, Deserialize)]
struct Said {
    func: String,
    name: String,
    trigger: String,
    /// In microseconds since 1970. None where chance has a part in them, or a defect.
    fires: Option<Vec<i64>>,
    next_run_time: Option<i64>,
    misfire_grace_time: Option<u64>,
    coalesce: bool,
    max_instances: u32,
    executor: String,
}

const REFUSED: [(&str, &str); 8] = [
    ("builtin", "no task is named for the function builtins:print"),
    ("bytes", "bytes among the arguments has no form in JSON"),
    ("forgotten", "no task is named for the function shop:forgotten"),
    ("keys", "a dict among the arguments has a key that is no text"),
    (
        "not-a-number",
        "a float that is no number, or infinite among the arguments has no form in JSON",
    ),
    ("own-class", "pickle: it refers to shop.Cart, which is not on the list of what is read"),
    (
        "own-trigger",
        "pickle: it refers to shop.Fortnightly, which is not on the list of what is read",
    ),
    ("positions", "of 1 positional arguments 0 have a name in the mapping"),
];

const ARGUMENTS: [(&str, &str); 6] = [
    ("date", r#"["a",1]"#),
    ("paused", "[]"),
    ("kwargs", r#"{"subject":"tea","to":"ann"}"#),
    ("both", r#"{"copies":2,"subject":"tea","to":"bob"}"#),
    ("settings", "[]"),
    (
        "moments",
        r#"["2035-07-01T12:00:00+02:00","2035-07-01T12:00:00.000005","2035-07-01","12:30:00",86430.5,"1.50",[3],["a"]]"#,
    ),
];

/// Compares an import of all jobs with what the reference said when it wrote them.
pub(crate) fn check(import: &Import, folder: &Path, version: &str) {
    let json = folder.join(format!("apscheduler-{version}.json"));
    let json = std::fs::read_to_string(json).unwrap();
    let mut said: BTreeMap<String, Said> = serde_json::from_str(&json).unwrap();

    let refused: BTreeMap<&str, String> =
        import.refused.iter().map(|its| (its.id.as_str(), its.reason.to_string())).collect();
    let expected: BTreeMap<&str, String> =
        REFUSED.iter().map(|(id, reason)| (*id, (*reason).to_owned())).collect();
    assert_eq!(refused, expected);

    for job in &import.jobs {
        let said = said.remove(&job.id).expect("a job that was written, and once");
        settings(job, &said);
        fires(job, &said);
    }
    // Each job is somewhere.
    let left: Vec<&str> = said.keys().map(String::as_str).collect();
    assert_eq!(left, expected.into_keys().collect::<Vec<_>>());
    arguments(import);
    notes(import);
}

fn settings(job: &ImportedJob, said: &Said) {
    let id = &job.id;
    assert_eq!(job.origin, said.func, "{id}");
    assert_eq!(job.name, said.name, "{id}");
    assert_eq!(job.trigger.to_string(), said.trigger, "{id}");
    let next = said.next_run_time.map(Timestamp::from_micros);
    assert_eq!(job.next, next.map_or(NextRun::Paused, NextRun::At), "{id}");
    assert_eq!(job.misfire_grace_time, said.misfire_grace_time.map(Duration::from_secs), "{id}");
    assert_eq!(job.coalesce, said.coalesce, "{id}");
    assert_eq!(job.max_instances, said.max_instances, "{id}");
    let executor = if said.executor == "processpool" { "processes" } else { "default" };
    assert_eq!(job.executor, executor, "{id}");
}

fn fires(job: &ImportedJob, said: &Said) {
    let Some(fires) = &said.fires else { return };
    let mut found = Vec::new();
    let (mut previous, mut now) = (None, NOW);
    while found.len() < 6 {
        previous = job.trigger.next_fire_time(previous, now);
        let Some(fire) = previous else { break };
        found.push(fire.as_micros());
        now = fire;
    }
    assert_eq!(&found, fires, "{}: {}", job.id, job.trigger);
}

fn job<'a>(import: &'a Import, id: &str) -> &'a ImportedJob {
    import.jobs.iter().find(|job| job.id == id).expect("it was taken")
}

fn arguments(import: &Import) {
    for (id, expected) in ARGUMENTS {
        assert_eq!(job(import, id).args.as_json(), expected, "{id}");
    }
    let values: Vec<serde_json::Value> = job(import, "values").args.decode().unwrap();
    let expected = serde_json::json!([
        null, true, -1, 1_099_511_627_776_u64, 1.5, "Grüße 🫖", [1, [2, []]], {"a": {"b": []}}, [1, 2], [],
        [1], "x".repeat(300)
    ]);
    assert_eq!(serde_json::Value::Array(values), expected);
    assert_eq!(job(import, "kwargs").task, "mail");
    assert_eq!(job(import, "date").task, "report");
}

fn notes(import: &Import) {
    let notes = |id: &str| job(import, id).notes.clone();
    assert_eq!(notes("date"), []);
    assert_eq!(notes("interval"), []);
    assert_eq!(notes("interval-jitter"), [Note::Jitter]);
    let new_york = Note::ClockChanges { zone: "America/New_York".to_owned() };
    assert_eq!(notes("cron"), std::slice::from_ref(&new_york));
    // Every twelfth hour is a rhythm.
    assert_eq!(notes("cron-days"), []);
    assert_eq!(notes("cron-jitter"), [new_york.clone(), Note::Jitter]);
    assert_eq!(notes("crontab"), [Note::WeekdayNumbers { expression: "1".to_owned() }]);
    assert_eq!(notes("or"), [Note::Or, Note::Jitter]);
    let NextRun::At(due) = job(import, "overdue").next else { panic!("it is due") };
    assert_eq!(due.to_string(), "2020-02-03T04:05:06.700Z");
    assert_eq!(notes("overdue"), [new_york, Note::Overdue { due }]);
    let kinds: Vec<String> = notes("moments").iter().map(ToString::to_string).collect();
    assert_eq!(
        kinds,
        [
            "a datetime among the arguments became a text",
            "a date among the arguments became a text",
            "a time among the arguments became a text",
            "a timedelta among the arguments became a number of seconds",
            "a Decimal among the arguments became a text",
            "a set among the arguments became an array",
            "a wall time that the clock of America/New_York shows twice runs once, the first time, \
             and one that it skips runs later by as much",
        ]
    );
}
