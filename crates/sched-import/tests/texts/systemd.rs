use std::time::Duration;

use sched_import::{Import, ImportedJob, Note, SystemdTimer};

use crate::{defaults, fires};

fn import(text: &str) -> Import {
    Import::systemd_timer("tidy.timer", text, &SystemdTimer::new("unit"), &defaults())
}

fn job(settings: &str) -> ImportedJob {
    let import = import(&format!("[Timer]\n{settings}"));
    assert!(import.refused.is_empty(), "{settings}: {import}");
    import.jobs[0].clone()
}

fn refused(settings: &str) -> String {
    let import = import(&format!("[Timer]\n{settings}"));
    assert!(import.jobs.is_empty(), "{settings}: {import}");
    import.refused[0].reason.to_string()
}

fn calendar(event: &str, count: usize) -> Vec<String> {
    fires(&job(&format!("OnCalendar={event}")).trigger, count)
}

#[test]
fn a_whole_unit() {
    let text = "\
# Tidies up.
[Unit]
Description=Tidy \\
  up=every day
[Timer]
; at night
OnCalendar = Mon..Fri 02:30
RandomizedDelaySec=15min
Persistent=true
Unit=tidy-up.service

[Install]
WantedBy=timers.target
";
    let import = import(text);
    let job = &import.jobs[0];
    assert_eq!(job.id, "tidy.timer");
    assert_eq!(job.args.as_json(), r#"{"unit":"tidy-up.service"}"#);
    assert_eq!(job.misfire_grace_time, None);
    let jitter = job.trigger.jitter_settings().unwrap();
    assert_eq!(jitter.most(), Duration::from_secs(900));
    assert_eq!(fires(&job.trigger, 2), ["Mon 01-01 02:30:00", "Tue 01-02 02:30:00"]);
    assert_eq!(job.notes, [Note::ClockChanges { zone: "Europe/Berlin".to_owned() }]);
}

#[test]
fn calendar_events() {
    let cases: [(&str, &[&str]); 20] = [
        ("hourly", &["Mon 01-01 00:00:00", "Mon 01-01 01:00:00"]),
        ("Daily", &["Mon 01-01 00:00:00", "Tue 01-02 00:00:00"]),
        ("weekly", &["Mon 01-01 00:00:00", "Mon 01-08 00:00:00"]),
        ("monthly", &["Mon 01-01 00:00:00", "Thu 02-01 00:00:00"]),
        ("quarterly", &["Mon 01-01 00:00:00", "Sun 04-01 00:00:00"]),
        ("semi-annually", &["Mon 01-01 00:00:00", "Sun 07-01 00:00:00"]),
        ("yearly", &["Mon 01-01 00:00:00", "Tue 01-01 00:00:00"]),
        ("minutely", &["Mon 01-01 00:00:00", "Mon 01-01 00:01:00"]),
        ("*-*-* 03:30", &["Mon 01-01 03:30:00", "Tue 01-02 03:30:00"]),
        ("*-02..04-05 12:00:30", &["Mon 02-05 12:00:30", "Mon 03-05 12:00:30"]),
        ("2036-02-29", &["Fri 02-29 00:00:00"]),
        ("36-02-29", &["Fri 02-29 00:00:00"]),
        ("12-24 18:00", &["Mon 12-24 18:00:00", "Wed 12-24 18:00:00"]),
        ("*-*~1", &["Wed 01-31 00:00:00", "Wed 02-28 00:00:00"]),
        ("Sat,Mon..Tuesday", &["Mon 01-01 00:00:00", "Tue 01-02 00:00:00"]),
        ("Fri *-*-13", &["Fri 04-13 00:00:00", "Fri 07-13 00:00:00"]),
        ("*:0/20", &["Mon 01-01 00:00:00", "Mon 01-01 00:20:00"]),
        ("9..17/4:30", &["Mon 01-01 09:30:00", "Mon 01-01 13:30:00"]),
        ("*:*:15,45", &["Mon 01-01 00:00:15", "Mon 01-01 00:00:45"]),
        ("*-*-* 09:00:00 Asia/Tokyo", &["Mon 01-01 01:00:00", "Tue 01-02 01:00:00"]),
    ];
    for (event, expected) in cases {
        assert_eq!(calendar(event, 2), expected, "{event}");
    }
}

#[test]
fn several_calendar_events_are_a_union_and_an_empty_one_takes_them_back() {
    let both = job("OnCalendar=06:00\nOnCalendar=Mon 18:00\n");
    let expected = ["Mon 01-01 06:00:00", "Mon 01-01 18:00:00", "Tue 01-02 06:00:00"];
    assert_eq!(fires(&both.trigger, 3), expected);
    let one = job("OnCalendar=06:00\nOnCalendar=\nOnCalendar=07:00\n");
    assert_eq!(fires(&one.trigger, 2), ["Mon 01-01 07:00:00", "Tue 01-02 07:00:00"]);
}

#[test]
fn spans_of_time() {
    let cases = [
        ("90", 90_000_000),
        ("1h 30min", 5_400_000_000),
        ("1h30min", 5_400_000_000),
        ("2 days", 172_800_000_000),
        ("1.5h", 5_400_000_000),
        ("1w 1d 1s 1ms 1us", 691_201_001_001),
        ("1M", 2_629_800_000_000),
        ("1y", 31_557_600_000_000),
    ];
    for (span, micros) in cases {
        let trigger = job(&format!("OnUnitActiveSec={span}")).trigger;
        let now = defaults().now;
        let first = trigger.next_fire_time(None, now).unwrap();
        assert_eq!(first.since(now), Duration::from_micros(micros), "{span}");
    }
}

#[test]
fn counting_from_runs() {
    let after_start = job("OnBootSec=5min\nOnActiveSec=10min\nOnUnitActiveSec=1h\n");
    assert_eq!(fires(&after_start.trigger, 2), ["Mon 01-01 00:10:00", "Mon 01-01 01:10:00"]);
    let what = "OnBootSec= does nothing: the first run is one of the others".to_owned();
    assert_eq!(after_start.notes, [Note::Ignored { what }]);
    assert_eq!(after_start.misfire_grace_time, None);

    let after_end = job("OnUnitInactiveSec=1h\n");
    let sched_core::trigger::TriggerKind::Interval(interval) = after_end.trigger.kind() else {
        panic!("{}", after_end.trigger)
    };
    assert!(interval.is_fixed_delay());

    let once = job("OnActiveSec=10min\n");
    assert_eq!(fires(&once.trigger, 2), ["Mon 01-01 00:10:00"]);
}

#[test]
fn what_was_missed_while_the_machine_was_off() {
    let minute = Some(Duration::from_secs(60));
    assert_eq!(job("OnCalendar=daily").misfire_grace_time, minute);
    let hour = Some(Duration::from_secs(3600));
    assert_eq!(job("OnCalendar=daily\nAccuracySec=1h").misfire_grace_time, hour);
    assert_eq!(job("OnCalendar=daily\nPersistent=yes").misfire_grace_time, None);
}

#[test]
fn what_cannot_be_read_is_named_by_line_and_column() {
    let cases = [
        ("OnCalendar=*-*-* 25:00", "line 2, column 12: hour 25: "),
        ("OnCalendar=*-*-* */2:00", "line 2, column 19: a step can only follow a number"),
        ("OnCalendar=*-*-* 1:00:00.5", "line 2, column 25: fractions of a second"),
        ("OnCalendar=*-*~7/1", "line 2, column 16: of the days counted from the end"),
        ("OnCalendar=Mon, Tue 1:00", "line 2, column 16: it is no weekday"),
        ("OnCalendar=1:00 Mars/Olympus", "line 2, column 17: it is neither date, time nor zone"),
        ("OnCalendar=1:00 UTC 2:00", "line 2, column 21: nothing more was expected"),
        ("OnCalendar=@1395716396", "line 2, column 12: "),
        ("OnCalendar=sometimes", "line 2, column 12: "),
        ("OnCalendar=Fri..Mon", "line 2, column 12: day_of_week fri-mon: "),
        ("OnUnitActiveSec=1 fortnight", "line 2, column 19: fortnight is no unit of time"),
        ("OnUnitActiveSec=soon", "line 2, column 17: a number must follow"),
        ("OnUnitActiveSec=9999999999", "line 2, column 17: the number is too large"),
        ("OnUnitActiveSec=4000000000y", "line 2, column 17: the span is too long"),
        ("OnUnitActiveSec=0", "trigger: interval: "),
        ("OnBootSec=5min", "line 2, column 1: OnBootSec=: a scheduler does not know of boots"),
        ("OnCalendar=daily\nOnTimezoneChange=yes", "line 3, column 1: OnTimezoneChange= has no"),
        ("OnCalendar=daily\nPersistent=maybe", "line 3, column 12: yes or no was expected"),
        ("OnCalendar=daily\n Surprise=1", "line 3, column 2: Surprise= is not known"),
        ("OnCalendar=daily\nnonsense", "line 3, column 9: an equals sign must follow"),
        ("OnCalendar=Mon \\\n 1:00", "line 2, column 1: a setting that goes on"),
        ("Persistent=true", "no setting says when it elapses"),
    ];
    for (settings, expected) in cases {
        let refused = refused(settings);
        assert!(refused.starts_with(expected), "{settings}: {refused}");
    }
}
