//! Jitter: where a fire may be moved to.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use sched_core::Timestamp;
use sched_core::trigger::{CalendarInterval, Cron, Interval, IntoTrigger, Trigger};

use crate::{at, build};

fn hourly(jitter: Duration) -> Trigger {
    build(Interval::new().hours(1).end_date("2024-01-02").jitter(jitter).jitter_seed(42))
}

#[test]
fn the_same_question_has_the_same_answer() {
    let trigger = hourly(Duration::from_secs(600));
    let fire = at("2024-01-01T05:00:00Z");
    assert_eq!(trigger.jittered(7, fire, None), trigger.jittered(7, fire, None));
    // The order of zones or salts plays no part, so that any scheduler comes to the same moment.
    let restored: Trigger =
        serde_json::from_str(&serde_json::to_string(&trigger).unwrap()).unwrap();
    assert_eq!(restored.jittered(7, fire, None), trigger.jittered(7, fire, None));
}

#[test]
fn seed_salt_and_fire_each_matter() {
    let delays = |delay: &dyn Fn(u64) -> Timestamp| (0..100).map(delay).collect::<BTreeSet<_>>();
    let fire = at("2024-01-01T05:00:00Z");
    let jitter = Duration::from_secs(600);
    let trigger = hourly(jitter);
    let by_salt = delays(&|salt| trigger.jittered(salt, fire, None));
    let by_seed =
        delays(&|seed| build(Cron::new().jitter(jitter).jitter_seed(seed)).jittered(0, fire, None));
    let by_fire = delays(&|micros| {
        let fire = fire + Duration::from_micros(micros);
        Timestamp::from_secs(0) + trigger.jittered(0, fire, None).since(fire)
    });
    // 600 million places for 100 delays: hardly two are equal.
    for distinct in [by_salt, by_seed, by_fire] {
        assert!(distinct.len() > 95, "only {} of 100 differ", distinct.len());
    }
}

#[test]
fn delays_fill_the_whole_range() {
    let trigger = hourly(Duration::from_secs(600));
    let fire = at("2024-01-01T05:00:00Z");
    let delays: Vec<_> =
        (0..1000).map(|salt| trigger.jittered(salt, fire, None).since(fire).as_secs()).collect();
    for tenth in 0..10 {
        let within = delays.iter().filter(|delay| **delay / 60 == tenth).count();
        assert!((50..150).contains(&within), "{within} of 1000 in the {tenth}th minute");
    }
}

#[test]
fn without_jitter_fires_stay_where_they_are() {
    let fire = at("2024-01-01T05:00:00Z");
    assert_eq!(build(Cron::new()).jittered(1, fire, None), fire);
    assert_eq!(build(Cron::new().jitter(Duration::ZERO)).jittered(1, fire, None), fire);
}

#[test]
fn there_is_no_room_at_the_end_date() {
    let trigger = hourly(Duration::from_secs(600));
    let end = trigger.end_date().unwrap();
    assert_eq!(trigger.jittered(1, end, None), end);
    let daily = CalendarInterval::new().days(1).hour(23).minute(59).end_date("2024-01-05");
    let daily = build(daily.jitter(Duration::from_secs(7200)));
    let last = at("2024-01-05T23:59:00Z");
    assert!(daily.jittered(1, last, None) < at("2024-01-06T00:00:00Z"));
}

proptest! {
    #[test]
    fn stays_within_its_bounds(
        most in 0_u64..20_000_000_000,
        salt: u64,
        seed: u64,
        hour in 0_i64..=24,
        next in proptest::option::of(1_u64..8_000_000_000),
    ) {
        let most = Duration::from_micros(most);
        let interval = Interval::new().hours(1).end_date("2024-01-02").jitter(most);
        let trigger = build(interval.jitter_seed(seed));
        let fire = Timestamp::from_secs(at("2024-01-01T00:00:00Z").as_micros() / 1_000_000 + hour * 3600);
        let next = next.map(|micros| fire + Duration::from_micros(micros));
        let moved = trigger.jittered(salt, fire, next);
        prop_assert!(moved >= fire);
        prop_assert!(moved <= fire + most);
        prop_assert!(moved <= trigger.end_date().unwrap());
        prop_assert!(next.is_none_or(|next| moved < next));
    }
}
