//! What has happened so far, and whether it keeps the promises.

use std::collections::{BTreeMap, HashMap};

use sched_core::RunId;

use crate::asked::Asked;
use crate::node::{LEASE, POLL};
use crate::promise::{Broken, Promise};
use crate::record::{Body, Fire, Live, Micros, Phase, Schedule, Since};
use crate::server::Write;
use crate::transition::{self, Transition};

/// How long a scheduler may take to find its feet after a mishap: the longest wait before it tries
/// a store again that failed, a look after that, and a second.
const RECOVERY: Micros = 16_000_000;
const SECOND: Micros = 1_000_000;

/// How a scheduler is.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Health {
    pub(crate) dead: bool,
    pub(crate) frozen: bool,
    /// When it was last kept from doing what it should.
    pub(crate) troubled_at: Micros,
}

/// A scheduler that writes, and what it was asked to do.
pub(crate) struct Writer<'a> {
    pub(crate) member: usize,
    pub(crate) asked: &'a [Asked],
}

/// A job under its id, from one insertion to the removal and beyond.
#[derive(Debug, Default)]
struct Chart {
    /// How often a job of this id has been inserted.
    life: u32,
    revision: u64,
    body: Option<Body>,
    /// The most instances that it may have had in this life.
    max_instances: usize,
    due_at: Option<Micros>,
    written_at: Micros,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Live,
    /// Its owner wrote down that it ended.
    Ended,
    /// Somebody else runs it again, or has reported it as lost.
    TakenOver,
}

#[derive(Debug)]
struct Claim {
    job: String,
    life: u32,
    member: usize,
    fires: Vec<Fire>,
    token: u64,
    fate: Fate,
    claimed_at: Micros,
    /// Whether its owner knows of it.
    known: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    Active,
    /// At the moment.
    Ended { at: Micros, succeeded: bool },
    Stopped,
}

/// A call of a task.
#[derive(Debug)]
struct Performance {
    claim: RunId,
    member: usize,
    course: Course,
}

/// Everything that has happened.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    charts: BTreeMap<String, Chart>,
    claims: BTreeMap<RunId, Claim>,
    performances: BTreeMap<RunId, Performance>,
    /// As whom each scheduler starts runs.
    pub(crate) owners: HashMap<usize, u64>,
    pub(crate) starts: usize,
    pub(crate) writes: usize,
}

impl Ledger {
    /// Notes a write that took effect.
    pub(crate) fn write(
        &mut self,
        writer: &Writer<'_>,
        write: &Write,
        health: &[Health],
        now: Micros,
    ) -> Result<(), Broken> {
        self.writes += 1;
        let id = write.id.to_string();
        let after = write.after.as_ref().map(Body::of);
        if let Some(record) = &write.after {
            let revision = write.before.map_or(1, |revision| revision + 1);
            let seen = || format!("{:?} became {}", write.before, record.revision);
            Promise::SoundRecord.holds(record.revision == revision, seen)?;
        }
        if let Some(body) = &after {
            transition::sound(body)?;
        }
        let before = self.charts.entry(id.clone()).or_default().body.take();
        match (before, after) {
            (None, Some(after)) => self.inserted(writer, &id, after, now)?,
            (Some(before), Some(after)) => self.changed(writer, &id, &before, after, health, now)?,
            (Some(before), None) => self.deleted(writer, &id, &before, health, now)?,
            (None, None) => {}
        }
        let chart = self.charts.entry(id).or_default();
        chart.due_at = write.after.as_ref().and_then(|record| record.due_at).map(|at| at.as_micros());
        chart.written_at = now;
        chart.revision = write.after.as_ref().map_or(0, |record| record.revision);
        Ok(())
    }

    fn inserted(
        &mut self,
        writer: &Writer<'_>,
        id: &str,
        after: Body,
        now: Micros,
    ) -> Result<(), Broken> {
        let asked = writer.asked.iter().any(|asked| asked.inserts(&after, now));
        Promise::AsAsked.holds(asked, || format!("inserted: {after:?}"))?;
        let chart = self.charts.entry(id.to_owned()).or_default();
        chart.life += 1;
        chart.max_instances = after.job.max_instances;
        chart.body = Some(after);
        Ok(())
    }

    fn changed(
        &mut self,
        writer: &Writer<'_>,
        id: &str,
        before: &Body,
        after: Body,
        health: &[Health],
        now: Micros,
    ) -> Result<(), Broken> {
        let owner = self.owner(writer.member, before, &after);
        match transition::judge(before, &after, owner, |run| self.has_ended(run), now) {
            Ok(transition) => self.carried(writer, id, before, &after, &transition, health, now)?,
            Err(broken) => {
                let asked = writer.asked.iter().any(|asked| asked.explains(before, &after, now));
                if !asked {
                    return Err(broken);
                }
            }
        }
        let chart = self.charts.entry(id.to_owned()).or_default();
        chart.max_instances = chart.max_instances.max(after.job.max_instances);
        chart.body = Some(after);
        Ok(())
    }

    fn deleted(
        &mut self,
        writer: &Writer<'_>,
        id: &str,
        before: &Body,
        health: &[Health],
        now: Micros,
    ) -> Result<(), Broken> {
        if writer.asked.iter().any(Asked::removes) {
            return Ok(());
        }
        // What it would be, if there were still a reason to keep it.
        let last = before.schedule.next.map(|fire| fire.scheduled).or(before.schedule.last);
        let schedule =
            Schedule { phase: Phase::Finished, next: None, last, extras: vec![], live: vec![] };
        let after = Body { job: before.job.clone(), schedule };
        let owner = self.owner(writer.member, before, &after);
        let has_ended = |run| self.has_ended(run);
        let transition = transition::judge(before, &after, owner, has_ended, now)?;
        self.carried(writer, id, before, &after, &transition, health, now)
    }

    fn has_ended(&self, run: RunId) -> bool {
        let course = self.performances.get(&run).map(|performance| performance.course);
        matches!(course, Some(Course::Ended { .. }))
    }

    /// As whom a scheduler starts runs: seen when it first does.
    fn owner(&mut self, member: usize, before: &Body, after: &Body) -> u64 {
        let came = after.schedule.live.iter().find(|live| before.schedule.run(live.run).is_none());
        match (self.owners.get(&member), came) {
            (Some(owner), _) => *owner,
            (None, Some(live)) => *self.owners.entry(member).or_insert(live.run.scheduler),
            (None, None) => 0,
        }
    }

    /// Notes what a driver did.
    fn carried(
        &mut self,
        writer: &Writer<'_>,
        id: &str,
        before: &Body,
        after: &Body,
        transition: &Transition<'_>,
        health: &[Health],
        now: Micros,
    ) -> Result<(), Broken> {
        for dead in transition.recovers.iter().chain(&transition.given_up) {
            let Some(claim) = self.claims.get_mut(&dead.run) else { continue };
            claim.fate = Fate::TakenOver;
            let owner = health[claim.member];
            // Whoever is in trouble cannot renew.
            let excused = owner.dead || owner.troubled_at >= dead.lease_until - LEASE;
            Promise::OnCrash.holds(excused, || {
                format!("taken over from a scheduler that was well: {dead:?}")
            })?;
        }
        for run in &transition.ended {
            self.ended(before, after, run)?;
        }
        let Some(run) = transition.claimed else { return Ok(()) };
        let chart = self.charts.entry(id.to_owned()).or_default();
        let claim = Claim {
            job: id.to_owned(),
            life: chart.life,
            member: writer.member,
            fires: run.fires(),
            token: chart.revision + 1,
            fate: Fate::Live,
            claimed_at: now,
            known: false,
        };
        let before = self.claims.insert(run.run, claim);
        Promise::ClaimedOnce.holds(before.is_none(), || format!("claimed again: {run:?}"))
    }

    /// Judges that a run has really ended, and that what must follow does.
    fn ended(
        &mut self,
        before: &Body,
        after: &Body,
        run: &Live,
    ) -> Result<(), Broken> {
        let Some(claim) = self.claims.get_mut(&run.run) else {
            return Err(Promise::ClaimedOnce.broken(format!("nobody claimed {run:?}")));
        };
        claim.fate = Fate::Ended;
        for (number, fire) in (run.run.number..).zip(run.fires()) {
            let id = RunId { number, ..run.run };
            let course = self.performances.get(&id).map(|performance| performance.course);
            let seen = || format!("{run:?} was ended with {course:?}");
            match course {
                // Too late, by its own account.
                None => Promise::NothingLost.holds(before.job.grace().is_some(), seen)?,
                Some(Course::Ended { at, succeeded }) => {
                    self.followed(before, after, run, fire, at, succeeded)?;
                }
                Some(Course::Active | Course::Stopped) => {
                    return Err(Promise::NothingLost.broken(seen()));
                }
            }
        }
        Ok(())
    }

    fn followed(
        &self,
        before: &Body,
        after: &Body,
        run: &Live,
        fire: Fire,
        ended: Micros,
        succeeded: bool,
    ) -> Result<(), Broken> {
        let seen = || format!("{before:?} became {after:?}; the run ended at {}", Since(ended));
        let attempts = before.job.retry.map_or(1, |retry| retry.max_attempts);
        let alone = run.fires().len() == 1;
        if !succeeded && run.attempt < attempts && alone {
            let retry = after.schedule.extras.iter().find(|extra| {
                extra.fire.scheduled == fire.scheduled && extra.attempt == run.attempt + 1
            });
            let Some(retry) = retry else { return Err(Promise::NothingLost.broken(seen())) };
            Promise::NeverEarly.holds(retry.fire.at >= ended, seen)?;
            return Promise::Prompt.holds(retry.fire.at <= ended + 60 * SECOND, seen);
        }
        let waited = before.schedule.phase == Phase::Waiting && after.job.is_fixed_delay();
        match after.schedule.next.filter(|_| waited && alone) {
            Some(next) => {
                transition::delayed(after, next, ended)?;
                Promise::Prompt.holds(next.at <= ended + after.job.delay() + SECOND, seen)
            }
            None => Ok(()),
        }
    }

    /// Notes that a scheduler knows how its calls so far have gone.
    pub(crate) fn answered(&mut self, member: usize) {
        let ours = self.claims.values_mut().filter(|claim| claim.member == member);
        ours.for_each(|claim| claim.known = true);
    }

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
        Promise::NeverEarly.holds(fire.at <= now, || seen())?;
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

    /// Notes that a task was dropped.
    pub(crate) fn stopped(&mut self, run: RunId) {
        if let Some(performance) = self.performances.get_mut(&run) {
            performance.course = Course::Stopped;
        }
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

impl Ledger {
    /// Where a job stands, in a line.
    pub(crate) fn told(&self, job: &str) -> String {
        match self.charts.get(job).and_then(|chart| chart.body.as_ref()) {
            Some(body) => format!("{:?}", body.schedule),
            None => "is gone".to_owned(),
        }
    }
}
