//! The stored form.

use sched_core::Timestamp;
use sched_core::trigger::{Cron, CronTrigger, Fold, Gap};

use crate::{at, build};

fn examples() -> Vec<CronTrigger> {
    vec![
        build(Cron::new(), "UTC"),
        build(Cron::new().month("JAN,mar-may").day("last  fri,3rd wed").hour(7), "+05:30"),
        build(
            Cron::new()
                .year("2020/2")
                .week("*/2")
                .day_of_week("mon-fri")
                .hour("9-17/4")
                .minute(0)
                .second("30,45")
                .gap(Gap::Skip)
                .fold(Fold::Both)
                .start_date(at("2024-01-01T00:00:00.5Z"))
                .end_date(at("2034-01-01T00:00:00Z")),
            "America/New_York",
        ),
        build(Cron::from_crontab("*/5 9-17 * * mon-fri"), "Europe/Berlin"),
        build(Cron::standard("30 0 22-2 15W,L-3 * fri#2,7L"), "Asia/Kathmandu"),
    ]
}

#[test]
fn bincode_gives_back_the_same_trigger() {
    let config = bincode::config::standard();
    for trigger in examples() {
        let bytes = bincode::serde::encode_to_vec(&trigger, config).unwrap();
        let (back, read): (CronTrigger, usize) =
            bincode::serde::decode_from_slice(&bytes, config).unwrap();
        assert_eq!((&back, read), (&trigger, bytes.len()));
        let now = at("2024-02-03T04:05:06Z");
        assert_eq!(back.next_fire_time(None, now), trigger.next_fire_time(None, now));
    }
}

#[test]
fn json_gives_back_the_same_trigger() {
    for trigger in examples() {
        let json = serde_json::to_string(&trigger).unwrap();
        let back: CronTrigger = serde_json::from_str(&json).unwrap();
        assert_eq!(back, trigger, "{json}");
        assert_eq!(back.to_string(), trigger.to_string());
    }
}

#[test]
fn json_says_what_was_given_and_begins_with_the_version() {
    let trigger = build(Cron::new().hour("9-17").minute(30), "Europe/Berlin");
    let json = serde_json::to_string(&trigger).unwrap();
    assert_eq!(
        json,
        "{\"version\":1,\"crontab\":null,\"year\":null,\"month\":null,\"day\":null,\"week\":null,\
         \"day_of_week\":null,\"hour\":\"9-17\",\"minute\":\"30\",\"second\":null,\
         \"timezone\":\"Europe/Berlin\",\"start_date\":null,\"end_date\":null,\"gap\":null,\
         \"fold\":null}"
    );
}

#[test]
fn json_written_by_hand_may_leave_out_what_is_not_given() {
    let json = r#"{"hour": "9", "timezone": "UTC", "end_date": 1767225600000000}"#;
    let trigger: CronTrigger = serde_json::from_str(json).unwrap();
    let end = Timestamp::from_secs(1_767_225_600);
    assert_eq!(trigger, build(Cron::new().hour(9).end_date(end), "UTC"));
}

#[test]
fn what_cannot_be_understood_is_an_error() {
    let cases = [
        (r#"{"version": 2, "hour": "9", "timezone": "UTC"}"#, "version 2"),
        (r#"{"hour": "25", "timezone": "UTC"}"#, "hour must be from 0 to 23"),
        (r#"{"hour": "9", "timezone": "Mars/Olympus"}"#, "Mars/Olympus"),
        (r#"{"crontab": "0 9 * * *", "hour": "9", "timezone": "UTC"}"#, "crontab"),
    ];
    for (json, part) in cases {
        let error = serde_json::from_str::<CronTrigger>(json).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}
