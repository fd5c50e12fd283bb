//! Defects of the reference that must not come back: one test for each line of the list.

use std::time::Duration;

use sched_core::trigger::{
    And, CalendarInterval, Cron, Date, Gap, Interval, IntoTrigger, Or, TriggerRegistry,
};
use serde_json::json;

use crate::{at, build, build_in, defaults, fires, refusal, shown};

/// There the second question to `*/2` and `*/3` minutes never returns, nor does the first one to
/// an interval and a cron that are not aligned, nor that to two dates.
#[test]
fn not_reproduced_05_and_terminates() {
    let now = at("2024-01-06T00:00:00Z");
    let minutes = And::new().with(Cron::new().minute("*/2")).with(Cron::new().minute("*/3"));
    assert_eq!(
        fires(&build(minutes), now, 3),
        [now, at("2024-01-06T00:06:00Z"), at("2024-01-06T00:12:00Z")]
    );
    let weekends = And::new()
        .with(Interval::new().hours(2).start_date("2024-01-01"))
        .with(Cron::new().day_of_week("sat,sun"));
    assert_eq!(fires(&build(weekends), now, 2), [now, at("2024-01-07T00:00:00Z")]);
    let never = And::new()
        .with(Interval::new().hours(2).start_date("2024-01-01 01:00:00"))
        .with(Cron::new().day_of_week("sat,sun"));
    assert_eq!(fires(&build(never), now, 1), []);
    let dates = And::new().with(Date::at("2024-05-01")).with(Date::at("2024-05-02"));
    assert_eq!(fires(&build(dates), now, 1), []);
}

/// There the date is forgotten as soon as anything else has fired.
#[test]
fn not_reproduced_05_or_keeps_its_dates() {
    let or = Or::new().with(Cron::new().hour(9)).with(Date::at("2024-01-02 12:00:00"));
    assert_eq!(
        shown(&build(or), "2024-01-02T00:00:00Z", 3),
        ["2024-01-02T09:00:00Z", "2024-01-02T12:00:00Z", "2024-01-03T09:00:00Z"]
    );
}

/// There each interval counts from whatever fired last, so this fires every 2 hours.
#[test]
fn not_reproduced_05_or_keeps_its_intervals() {
    let every = |hours: u32| Interval::new().hours(hours).start_date("2024-01-01");
    let or = build(Or::new().with(every(2)).with(every(3)));
    assert_eq!(
        shown(&or, "2024-01-01T00:00:00Z", 6).iter().map(|s| &s[11..13]).collect::<Vec<_>>(),
        ["00", "02", "03", "04", "06", "08"]
    );
}

/// There the scheduler passes a zone that they do not accept.
#[test]
fn not_reproduced_05_and_or_can_be_built_by_name() {
    let defaults = defaults("UTC");
    let args = json!({
        "triggers": [{"type": "cron", "args": {"hour": 2}}, {"type": "date", "args": {}}],
        "timezone": "Europe/Berlin",
    });
    for name in ["and", "or"] {
        let built = TriggerRegistry::new().build(name, args.as_object().unwrap(), &defaults);
        assert!(built.unwrap().to_string().starts_with(name));
    }
}

/// There the first fire is the start date, however long past.
#[test]
fn not_reproduced_06_calendarinterval_starts_in_the_past() {
    let trigger = build(CalendarInterval::new().days(1).hour(5).start_date("2020-01-01"));
    assert_eq!(shown(&trigger, "2024-01-01T06:00:00Z", 1), ["2024-01-02T05:00:00Z"]);
}

/// There a delay past midnight moves the date that is counted from: every second day.
#[test]
fn not_reproduced_06_calendarinterval_jitter_past_midnight_loses_days() {
    let daily = CalendarInterval::new().days(1).hour(23).minute(59).start_date("2024-01-01");
    let trigger = build(daily.jitter(Duration::from_secs(7200)));
    let nominal = fires(&trigger, at("2024-01-01T00:00:00Z"), 30);
    assert!(
        nominal
            .iter()
            .any(|fire| trigger.jittered(1, *fire, None) > *fire + Duration::from_secs(60))
    );
    for (day, fire) in nominal.iter().enumerate() {
        let days = Duration::from_secs(86_400 * u64::try_from(day).unwrap());
        assert_eq!(*fire, at("2024-01-01T23:59:00Z") + days);
    }
}

/// There the day after a gap that ends on the next date is skipped too.
#[test]
fn not_reproduced_06_calendarinterval_gap_to_the_next_date() {
    let late = CalendarInterval::new().days(1).hour(23).minute(30).start_date("2024-03-29");
    assert_eq!(
        shown(&build_in("America/Nuuk", late.clone()), "2024-03-29T00:00:00Z", 3),
        ["2024-03-29T23:30:00-02:00", "2024-03-31T00:30:00-01:00", "2024-03-31T23:30:00-01:00"]
    );
    let skipping = late.gap(Gap::Skip);
    assert_eq!(
        shown(&build_in("America/Nuuk", skipping), "2024-03-29T00:00:00Z", 2),
        ["2024-03-29T23:30:00-02:00", "2024-03-31T23:30:00-01:00"]
    );
}

/// There negative counts are accepted and years are counted past 9999 for ever.
#[test]
fn not_reproduced_06_calendarinterval_negative_or_endless() {
    let defaults = defaults("UTC");
    let args = json!({"days": -1});
    let registry = TriggerRegistry::new();
    assert!(registry.build("calendarinterval", args.as_object().unwrap(), &defaults).is_err());

    let endless = build(CalendarInterval::new().years(4).start_date("9993-01-01"));
    assert_eq!(fires(&endless, at("9993-01-01T00:00:00Z"), 9).len(), 2);
    let leap_day = build(CalendarInterval::new().years(1).start_date("9996-02-29"));
    assert_eq!(fires(&leap_day, at("9996-01-01T00:00:00Z"), 9).len(), 1);
}

/// There `.5` means 5 microseconds.
#[test]
fn not_reproduced_08_fraction_of_a_second() {
    let date = build(Date::at("2024-01-01 00:00:00.5"));
    assert_eq!(fires(&date, at("2024-01-01T00:00:00Z"), 1), [at("2024-01-01T00:00:00.500Z")]);
    let interval = build(Interval::new().hours(1).start_date("2024-01-01 00:00:00.25"));
    assert_eq!(fires(&interval, at("2024-01-01T00:00:00Z"), 1), [at("2024-01-01T00:00:00.250Z")]);
}

/// There a negative interval runs backwards without end.
#[test]
fn not_reproduced_09_negative_interval() {
    assert_eq!(
        refusal(Interval::new().seconds(-1)),
        "interval: must be at least a microsecond long"
    );
    assert_eq!(
        refusal(Interval::new().hours(1).minutes(-61)),
        "interval: must be at least a microsecond long"
    );
}

/// There a negative jitter makes fires early.
#[test]
fn not_reproduced_09_negative_jitter() {
    let defaults = defaults("UTC");
    let args = json!({"hours": 1, "jitter": -5});
    let built = TriggerRegistry::new().build("interval", args.as_object().unwrap(), &defaults);
    let message = "jitter: must be a number of seconds, 0 or more, not -5";
    assert_eq!(built.unwrap_err().to_string(), message);
}

/// There the delayed fire is what the next one is counted from.
#[test]
fn not_reproduced_10_jitter_accumulates() {
    let every = Interval::new().seconds(10).start_date("2024-01-01");
    let trigger = build(every.jitter(Duration::from_secs(4)));
    let nominal = fires(&trigger, at("2024-01-01T00:00:00Z"), 1000);
    let last = nominal[999];
    assert_eq!(last, at("2024-01-01T00:00:00Z") + Duration::from_secs(9990));
    assert!(trigger.jittered(1, last, None) <= last + Duration::from_secs(4));
}

/// There a date without an offset in a gap or a fold cannot be used at all.
#[test]
fn not_reproduced_27_dates_in_gap_and_fold() {
    let date = |text: &str| {
        let trigger = build_in("Europe/Berlin", Date::at(text));
        shown(&trigger, "2024-01-01T00:00:00Z", 1).remove(0)
    };
    assert_eq!(date("2024-03-31 02:30:00"), "2024-03-31T03:30:00+02:00");
    assert_eq!(date("2024-10-27 02:30:00"), "2024-10-27T02:30:00+02:00");
    let start = Interval::new().hours(1).start_date("2024-03-31 02:30:00");
    let trigger = build_in("Europe/Berlin", start.end_date("2024-10-27 02:30:00"));
    assert_eq!(trigger.end_date(), Some(at("2024-10-27T02:30:00+02:00")));
}
