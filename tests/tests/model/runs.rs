//! What tasks do, and what must be true when nobody has anything to do.

use std::collections::BTreeMap;

use sched_core::RunId;

use crate::ledger::{Claim, Course, Fate, Health, Ledger, Performance};
use crate::node::{LEASE, POLL};
use crate::promise::{Broken, Promise};
use crate::record::{Live, Micros, Since};

/// How long a scheduler may take to find its feet after a mishap: the longest wait before it tries
/// a store again that failed, a look after that, and a second.
const RECOVERY: Micros = 16_000_000;

impl Ledger {
    /// Notes that a task was called.
    pub(crate) fn started(
        &mut self,
        member: usize,
        job: &str,
        run: RunId,
        scheduled: Micros,
        token: u64,
        now: Micros,
    ) -> Result<(), Broken> {
        self.starts += 1;
        let seen = || format!("{run:?} of {job} for {} with token {token}", Since(scheduled));
        let of_run = |(id, claim): &(&RunId, &Claim)| {
            id.scheduler == run.scheduler && run.number < id.number + claim.fires.len() as u64
        };
        let claim = self.claims.range(..=run).next_back().filter(of_run);
        let Some((id, claim)) = claim else {
            return Err(Promise::ClaimedOnce.broken(format!("without a claim: {}", seen())));
        };
        let at = usize::try_from(run.number - id.number).expect("a place among few fires");
        let fire = claim.fires[at];
        let same = claim.job == job && claim.member == member && fire.scheduled == scheduled;
        Promise::ClaimedOnce.holds(same && claim.token == token, seen)?;
        Promise::NeverEarly.holds(fire.at <= now, seen)?;
        let expired = self.live(id).is_some_and(|live| live.lease_until <= now);
        Promise::Fenced.holds(!expired && claim.fate != Fate::TakenOver, || {
            format!("began without a lease: {}", seen())
        })?;
        let performance = Performance { claim: *id, member, course: Course::Active };
        let before = self.performances.insert(run, performance);
        Promise::ClaimedOnce.holds(before.is_none(), || format!("began twice: {}", seen()))
    }

    /// Notes that a task returned.
    pub(crate) fn finished(&mut self, run: RunId, succeeded: bool, now: Micros) {
        if let Some(performance) = self.performances.get_mut(&run) {
            performance.course = Course::Ended { at: now, succeeded };
        }
    }

    /// Notes that a task was dropped, which nobody but its own scheduler does.
    pub(crate) fn stopped(&mut self, run: RunId, health: &[Health]) -> Result<(), Broken> {
        let Some(performance) = self.performances.get_mut(&run) else { return Ok(()) };
        performance.course = Course::Stopped;
        let (claim, owner) = (performance.claim, health[performance.member]);
        let live = self.live(&claim);
        let well = live.is_some_and(|live| owner.troubled_at < live.lease_until - LEASE);
        Promise::OnCrash.holds(!well, || format!("stopped by a scheduler that was well: {live:?}"))
    }

    /// What the store holds of a run that was claimed; none if its job was removed meanwhile.
    fn live(&self, run: &RunId) -> Option<&Live> {
        let claim = &self.claims[run];
        let chart = self.charts.get(&claim.job).filter(|chart| chart.life == claim.life)?;
        chart.body.as_ref()?.schedule.run(*run)
    }

    /// Judges a moment at which nobody has anything to do.
    pub(crate) fn at_rest(&self, health: &[Health], now: Micros) -> Result<(), Broken> {
        let mut instances: BTreeMap<(&str, u32), usize> = BTreeMap::new();
        for (run, performance) in &self.performances {
            let owner = health[performance.member];
            if performance.course != Course::Active || owner.dead || owner.frozen {
                continue;
            }
            let claim = &self.claims[&performance.claim];
            Promise::Fenced.holds(claim.fate != Fate::TakenOver, || {
                format!("{run:?} of {} goes on, and was taken over", claim.job)
            })?;
            *instances.entry((&claim.job, claim.life)).or_default() += 1;
        }
        for ((job, life), instances) in instances {
            let chart = &self.charts[job];
            let most = if chart.life == life { chart.max_instances } else { usize::MAX };
            Promise::MaxInstances
                .holds(instances <= most, || format!("{instances} runs of {job} go on"))?;
        }
        for (run, claim) in self.claims.iter().filter(|(_, claim)| claim.fate == Fate::Live) {
            let owner = health[claim.member];
            let well = !owner.dead && owner.troubled_at < claim.claimed_at;
            let begun = self.performances.contains_key(run);
            Promise::NothingLost.holds(begun || !claim.known || !well, || {
                format!("{run:?} of {} was claimed and did not begin", claim.job)
            })?;
        }
        let well = |owner: &Health| !owner.dead && now - owner.troubled_at > RECOVERY;
        if health.iter().any(well) {
            for (id, chart) in &self.charts {
                let since = chart.due_at.map(|due| due.max(chart.written_at));
                let late = since.is_some_and(|since| now - since > POLL);
                Promise::Prompt.holds(!late, || format!("{id} is overdue: {chart:?}"))?;
            }
        }
        Ok(())
    }
}
