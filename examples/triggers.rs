//! Every kind of trigger, and when it fires next.

use std::time::Duration;

use sched_core::trigger::{
    And, CalendarInterval, Cron, Date, Defaults, Gap, Interval, IntoTrigger, Or, Trigger,
    TriggerError, TriggerRegistry,
};
use sched_core::{Clock, SystemClock, Zone};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let zone: Zone = "Europe/Berlin".parse()?;
    let defaults = Defaults { zone, now: SystemClock::new().now() };
    println!("now: {}\n", defaults.now);
    for (what, trigger) in triggers(&defaults)? {
        println!("{what}\n  {trigger}");
        let mut last = None;
        for _ in 0..3 {
            let Some(fire) = trigger.next_fire_time(last, last.unwrap_or(defaults.now)) else {
                break;
            };
            let shown = zone.date_at(fire).map(|date| date.format("%a %Y-%m-%d %H:%M:%S %z"));
            println!("    {}", shown.map_or_else(|| fire.to_string(), |date| date.to_string()));
            last = Some(fire);
        }
    }
    Ok(())
}

type Named = (&'static str, Trigger);

fn triggers(at: &Defaults) -> Result<Vec<Named>, TriggerError> {
    let soon = at.now + Duration::from_secs(90);
    let by_name = serde_json::json!({"hour": "9-17", "day_of_week": "mon-fri", "minute": 30});
    let by_name = by_name.as_object().cloned().unwrap_or_default();
    Ok(vec![
        ("once, in a minute and a half", Date::at(soon).into_trigger(at)?),
        ("every hour and a half, from now on", {
            Interval::new().hours(1.5).starting_now().into_trigger(at)?
        }),
        ("every ten minutes, on the ten minutes", {
            Interval::new().minutes(10).start_date("2020-01-01").into_trigger(at)?
        }),
        ("five minutes after the last run ended", {
            Interval::new().minutes(5).fixed_delay().into_trigger(at)?
        }),
        ("weekdays at nine: a line of a crontab", {
            Cron::standard("0 9 * * mon-fri").into_trigger(at)?
        }),
        ("the last workday of the month at six in the evening", {
            Cron::standard("0 18 LW * *").into_trigger(at)?
        }),
        ("Friday the 13th, in fields", {
            Cron::new().day(13).day_of_week("fri").hour(9).into_trigger(at)?
        }),
        ("the reference's crontab, where 0 is Monday", {
            Cron::from_crontab("0 9 * * 0").into_trigger(at)?
        }),
        ("daily at half past two, but not on the night that has no such time", {
            Cron::standard("30 2 * * *").gap(Gap::Skip).into_trigger(at)?
        }),
        ("every third month, at nine", {
            let quarterly = CalendarInterval::new().months(3).hour(9);
            quarterly.start_date("2026-01-15").into_trigger(at)?
        }),
        ("every two hours, at weekends only", {
            let even_hours = Interval::new().hours(2).start_date("2026-01-01 00:00:00");
            let weekends = Cron::new().day_of_week("sat,sun").hour("*").minute(0);
            And::new().with(even_hours).with(weekends).into_trigger(at)?
        }),
        ("mornings on workdays, noon at weekends", {
            let workdays = Cron::standard("0 7 * * mon-fri");
            Or::new().with(workdays).with(Cron::standard("0 12 * * sat,sun")).into_trigger(at)?
        }),
        ("at nine, each job up to five minutes later: jitter, which only the scheduler adds", {
            Cron::standard("0 9 * * *").jitter(Duration::from_secs(300)).into_trigger(at)?
        }),
        ("by name and arguments, as from a file", {
            TriggerRegistry::new().build("cron", &by_name, at)?
        }),
    ])
}
