//! Properties, mostly against the [model](crate::model).
//!
//! More cases: `PROPTEST_CASES=10000 cargo test -p sched-core --test cron properties`.

use chrono::{DateTime, NaiveDate};
use chrono_tz::{TZ_VARIANTS, Tz};
use proptest::prelude::*;
use proptest::sample::select;
use sched_core::Timestamp;
use sched_core::trigger::{Cron, Fold, Gap};

use crate::model::{next_change, schedule};
use crate::{build, fires_until};

/// Zones that change their clocks in unusual ways, and all others.
fn zone() -> impl Strategy<Value = Tz> {
    const UNUSUAL: [Tz; 16] = [
        Tz::Australia__Lord_Howe,
        Tz::Pacific__Apia,
        Tz::Pacific__Kwajalein,
        Tz::America__Sao_Paulo,
        Tz::Africa__Cairo,
        Tz::Asia__Beirut,
        Tz::Asia__Gaza,
        Tz::Antarctica__Troll,
        Tz::Antarctica__Casey,
        Tz::America__Nuuk,
        Tz::America__Caracas,
        Tz::Africa__Casablanca,
        Tz::Asia__Pyongyang,
        Tz::Europe__Dublin,
        Tz::Europe__Istanbul,
        Tz::UTC,
    ];
    prop_oneof![select(&UNUSUAL[..]).boxed(), select(&TZ_VARIANTS[..]).boxed()]
}

fn options() -> impl Strategy<Value = (Option<Gap>, Option<Fold>)> {
    let gap = select(vec![None, Some(Gap::Shift), Some(Gap::Skip)]);
    let fold = select(vec![None, Some(Fold::First), Some(Fold::Both)]);
    (gap, fold)
}

fn with_options(mut cron: Cron, (gap, fold): (Option<Gap>, Option<Fold>)) -> Cron {
    if let Some(gap) = gap {
        cron = cron.gap(gap);
    }
    if let Some(fold) = fold {
        cron = cron.fold(fold);
    }
    cron
}

const HOUR: i64 = 3600;
/// 1971 to 2098.
const MOMENTS: std::ops::Range<i64> = 31_536_000..4_039_372_800;

proptest! {
    /// Second by second, in the hours around a change of the clock where there is one.
    #[test]
    fn fires_when_a_search_second_by_second_finds_a_match(
        schedule in schedule(0.1),
        tz in zone(),
        options in options(),
        moment in MOMENTS,
        before in 0..3 * HOUR,
        length in 0..3 * HOUR,
        start in proptest::option::weighted(0.2, 0..3 * HOUR),
        end in proptest::option::weighted(0.2, 0..6 * HOUR),
    ) {
        let from = next_change(tz, moment, moment + 250 * 24 * HOUR).unwrap_or(moment) - before;
        let to = from + before + length;
        let mut cron = with_options(schedule.cron(), options);
        let (mut first, mut last) = (from, to);
        if let Some(start) = start {
            first = from + start;
            cron = cron.start_date(Timestamp::from_secs(first));
        }
        if let Some(end) = end {
            last = to.min(from + end);
            cron = cron.end_date(Timestamp::from_secs(from + end));
        }
        let trigger = build(cron, tz.name());
        let expected = if first <= last { schedule.fires(tz, options, first, last) } else { vec![] };
        let found = fires_until(&trigger, Timestamp::from_secs(from), Timestamp::from_secs(to));
        prop_assert_eq!(found, expected, "{} in {}", trigger, tz);
    }

    /// Date by date, for four years.
    #[test]
    fn fires_on_the_dates_that_a_search_day_by_day_finds(
        schedule in schedule(0.5),
        // 1970 to 2094; the model's years end with 2100.
        first_day in 719_163..764_500_i32,
    ) {
        let schedule = schedule.at_noon();
        let first = NaiveDate::from_num_days_from_ce_opt(first_day).unwrap();
        let expected = schedule.noons(first, 1461);
        let from: DateTime<_> = first.and_hms_opt(0, 0, 0).unwrap().and_utc();
        let from = Timestamp::from(from);
        let to = from + std::time::Duration::from_secs(1461 * 86_400 - 1);
        let trigger = build(schedule.cron(), "UTC");
        prop_assert_eq!(fires_until(&trigger, from, to), expected, "{}", trigger);
    }

    /// Whatever is asked: strictly increasing, on whole seconds, and from any moment in between the
    /// same next fire.
    #[test]
    fn fire_times_strictly_increase_and_do_not_depend_on_who_asks(
        schedule in schedule(0.2),
        tz in zone(),
        options in options(),
        moment in MOMENTS,
        between in 0.0..1.0_f64,
    ) {
        let trigger = build(with_options(schedule.cron(), options), tz.name());
        let mut previous = Timestamp::from_secs(moment);
        for _ in 0..50 {
            let Some(fire) = trigger.next_fire_time(Some(previous), previous) else { break };
            prop_assert!(fire > previous);
            prop_assert_eq!(fire.as_micros() % 1_000_000, 0);
            let span = (fire.as_micros() - previous.as_micros()) as f64;
            let asked = Timestamp::from_micros(previous.as_micros() + 1 + (between * span) as i64).min(fire);
            prop_assert_eq!(trigger.next_fire_time(None, asked), Some(fire));
            previous = fire;
        }
    }

    /// What is shown can be read again, whatever was written.
    #[test]
    fn stored_and_shown_forms_lead_back_to_the_same_trigger(
        schedule in schedule(0.5),
        tz in zone(),
        options in options(),
    ) {
        let trigger = build(with_options(schedule.cron(), options), tz.name());
        let config = bincode::config::standard();
        let bytes = bincode::serde::encode_to_vec(&trigger, config).unwrap();
        let (back, _): (sched_core::trigger::CronTrigger, usize) =
            bincode::serde::decode_from_slice(&bytes, config).unwrap();
        prop_assert_eq!(&back, &trigger);
        prop_assert_eq!(back.to_string(), trigger.to_string());
    }

    /// No text makes the parsers panic, and a refusal points into the text.
    #[test]
    fn any_text_is_read_or_refused(text in "[ 0-9a-zA-Z*/,#?@ä\t-]{0,24}") {
        for cron in [Cron::new().day(text.as_str()), Cron::new().month(text.as_str()),
            Cron::new().hour(text.as_str()), Cron::from_crontab(text.as_str()),
            Cron::standard(text.as_str()), Cron::standard(format!("0 0 {text} * *")),
            Cron::standard(format!("0 0 * * {text}"))] {
            if let Err(error) = crate::try_build(cron, sched_core::Zone::UTC) {
                match error {
                    sched_core::trigger::TriggerError::Text { text, position, .. } => {
                        prop_assert!(position <= text.chars().count());
                    }
                    other => prop_assert!(false, "{other}"),
                }
            }
        }
    }
}
