//! What holds whatever the job, the schedule and the time.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::job::OnCrash;
use crate::trigger::{Cron, IntoTrigger, Or};

fn trigger() -> impl Strategy<Value = Trigger> {
    let build = |trigger: Result<Trigger, _>| trigger.unwrap();
    let defaults = Defaults { zone: Zone::UTC, now: at(0) };
    let kind = prop_oneof![
        (1_u64..90, prop::option::of(60_u32..3_000)).prop_map(move |(span, end)| {
            let interval = Interval::every(secs(span));
            let ended = |second| interval.clone().end_date(format_second(second));
            build(end.map_or(interval.clone(), ended).into_trigger(&defaults))
        }),
        (1_u64..90).prop_map(move |span| {
            build(Interval::every(secs(span)).fixed_delay().into_trigger(&defaults))
        }),
        (1_u32..59).prop_map(move |step| {
            build(Cron::new().second(format!("*/{step}")).into_trigger(&defaults))
        }),
        (2_u64..90, 1_u32..60).prop_map(move |(span, minute)| {
            let cron = Cron::new().minute(minute % 60);
            build(Or::new().with(Interval::every(secs(span))).with(cron).into_trigger(&defaults))
        }),
    ];
    (kind, 0_u64..20).prop_map(move |(trigger, jitter)| {
        build(trigger.jitter(secs(jitter)).into_trigger(&defaults))
    })
}

fn format_second(second: u32) -> String {
    at(second.into()).to_utc().unwrap().format("%Y-%m-%d %H:%M:%S").to_string()
}

prop_compose! {
    fn job()(
        trigger in trigger(),
        coalesce: bool,
        grace in prop::option::of(1_u64..300),
        limit in 1_u32..4,
        skips: bool,
    ) -> JobSpec {
        let on_crash = if skips { OnCrash::Skip } else { OnCrash::Rerun };
        spec(|job| {
            let job = job.trigger(trigger).coalesce(coalesce).misfire_grace_time(grace.map(secs));
            job.max_instances(limit).on_crash(on_crash)
        })
    }
}

prop_compose! {
    /// Runs of others, some of them dead at the moment `now`, none of them once too often.
    fn runs(now: i64)(
        leases in prop::collection::vec((-9_i64..9, 1_u32..4), 0..4),
    ) -> Vec<LiveRun> {
        let numbered = (1..).zip(leases);
        numbered.map(|(number, (left, attempt))| live(number, &[0], attempt, now + left)).collect()
    }
}

#[derive(Debug)]
struct Case {
    spec: JobSpec,
    schedule: Schedule,
    facts: Facts,
}

fn case() -> impl Strategy<Value = Case> {
    let parts = (job(), 0_i64..2_000, 0_i64..1_500, any::<bool>(), 0_usize..4);
    parts.prop_flat_map(|(spec, added, late, shared, running)| {
        let now = added + late;
        let extras = prop::collection::vec(
            (-50_i64..50, 1_u32..4, any::<bool>()).prop_map(move |(due, attempt, retry)| {
                let kind = if retry { ExtraKind::Retry } else { ExtraKind::RunNow };
                extra(kind, now + due, 0, attempt)
            }),
            0..3,
        );
        (extras, runs(now)).prop_map(move |(extras, live)| {
            let next = first(&spec, None, at(added));
            let phase = if next.is_some() { Phase::Scheduled } else { Phase::Finished };
            let live = if shared { live } else { Vec::new() };
            let last = next.map(|fire| fire.scheduled - secs(1));
            let facts = if shared { claiming(now) } else { Facts { running, ..at_time(now) } };
            let schedule = Schedule { phase, next, last, extras, live, ..Schedule::new(None) };
            Case { spec: spec.clone(), schedule, facts }
        })
    })
}

/// The trigger's fires from the schedule's next one to now, one by one.
fn due(case: &Case) -> Vec<Timestamp> {
    let now = case.facts.now;
    let next = case.schedule.next.filter(|fire| fire.at <= now);
    if case.spec.trigger.is_fixed_delay() {
        return next.map(|fire| fire.scheduled).into_iter().collect();
    }
    let after = |fire: &Fire| {
        let next = case.spec.trigger.next_fire_time(Some(fire.scheduled), now);
        next.map(|next| jittered(&case.spec, next)).filter(|fire| fire.at <= now)
    };
    std::iter::successors(next, after).map(|fire| fire.scheduled).collect()
}

/// Plans until nothing is due any more.
fn plans(case: &Case) -> Vec<Plan> {
    let mut plans: Vec<Plan> = Vec::new();
    let mut facts = case.facts.clone();
    loop {
        let schedule = plans.last().map_or(&case.schedule, |plan| &plan.schedule);
        let Some(plan) = plan(&case.spec, schedule, facts.clone()) else { return plans };
        if let Some(claim) = &mut facts.claim {
            claim.run.number += 1;
        }
        facts.running += usize::from(plan.start.is_some());
        plans.push(plan);
        // One for each thing that can be due; an attempt may have to wait once.
        let most = 1 + 2 * case.schedule.extras.len() + case.schedule.live.len();
        assert!(plans.len() <= most, "{plans:#?}");
    }
}

proptest! {
    #[test]
    fn each_due_fire_is_started_missed_or_refused_once(case in case()) {
        let due = due(&case);
        let by_trigger = |plan: &Plan| plan.schedule.last != case.schedule.last;
        let plan = plans(&case).into_iter().find(by_trigger);
        let mut met = Vec::new();
        if let Some(plan) = plan {
            met.extend(started(&plan));
            met.extend(&plan.missed);
            met.extend(&plan.refused);
        }
        met.sort();
        match due.last() {
            Some(last) if case.spec.coalesce => prop_assert_eq!(met, [*last]),
            _ => prop_assert_eq!(met, due),
        }
    }

    #[test]
    fn the_next_fire_is_later_than_every_one_before(case in case()) {
        let mut last = case.schedule.last;
        for plan in plans(&case) {
            prop_assert!(plan.schedule.last >= last);
            last = plan.schedule.last;
            if let Some(next) = plan.schedule.next {
                prop_assert!(Some(next.scheduled) > last);
                prop_assert!(next.at >= next.scheduled);
            }
            prop_assert_eq!(plan.schedule.phase == Phase::Scheduled, plan.schedule.next.is_some());
        }
    }

    #[test]
    fn afterwards_nothing_is_due(case in case()) {
        if let Some(plan) = plans(&case).last() {
            prop_assert!(plan.schedule.due_at().is_none_or(|due| due > case.facts.now));
        }
    }

    #[test]
    fn no_fire_begins_early_or_too_late(case in case()) {
        let now = case.facts.now;
        for plan in plans(&case) {
            let Some(start) = plan.start else { continue };
            for fire in start.fires.iter() {
                prop_assert!(fire.at <= now);
            }
            let fresh = start.attempt == 1 && plan.schedule.last == Some(start.fires.first.scheduled);
            if let Some(grace) = case.spec.misfire_grace_time.filter(|_| fresh) {
                prop_assert!(start.fires.iter().all(|fire| now.since(fire.at) <= grace));
            }
        }
    }

    #[test]
    fn no_more_runs_than_may_be(case in case()) {
        let limit = case.spec.max_instances as usize;
        let mut running = case.facts.running.max(case.schedule.live.len());
        for plan in plans(&case) {
            if case.facts.claim.is_some() {
                prop_assert!(plan.schedule.live.len() <= running.max(limit));
                running = plan.schedule.live.len();
            } else if plan.start.is_some() {
                prop_assert!(running < limit);
                running += 1;
            }
        }
    }

    #[test]
    fn every_dead_run_is_recovered_or_lost_once_and_no_other(case in case()) {
        let now = case.facts.now;
        let is_dead = |run: &&LiveRun| run.lease_until <= now;
        let dead: BTreeSet<RunId> =
            case.schedule.live.iter().filter(is_dead).map(|run| run.run).collect();
        let plans = plans(&case);
        let recovered = plans.iter().filter_map(|plan| plan.start.as_ref()?.recovers);
        let lost = plans.iter().filter_map(|plan| Some(plan.lost.as_ref()?.run));
        let dealt_with: Vec<RunId> = recovered.chain(lost).collect();
        prop_assert_eq!(dealt_with.len(), dead.len());
        prop_assert_eq!(dealt_with.into_iter().collect::<BTreeSet<_>>(), dead);
        if let Some(plan) = plans.last() {
            for run in case.schedule.live.iter().filter(|run| !is_dead(run)) {
                prop_assert!(plan.schedule.live.contains(run));
            }
        }
    }
}
