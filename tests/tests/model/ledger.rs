//! What has happened so far, and whether it keeps the promises.

use std::collections::{BTreeMap, HashMap};

use sched_core::RunId;

use crate::asked::Asked;
use crate::node::LEASE;
use crate::promise::{Broken, Promise};
use crate::record::{Body, Extra, Fire, Live, Micros, OnCrash, Phase, Schedule, Since};
use crate::server::Write;
use crate::transition::{self, Transition};

/// Microseconds.
const SECOND: Micros = 1_000_000;

/// How a scheduler is.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Health {
    pub(crate) dead: bool,
    pub(crate) frozen: bool,
    /// When it was last kept from doing what it should.
    pub(crate) troubled_at: Micros,
}

/// A scheduler that writes, what it was asked to do, and how things are meanwhile.
#[derive(Clone, Copy)]
pub(crate) struct Writer<'a> {
    pub(crate) member: usize,
    pub(crate) asked: &'a [Asked],
    /// How all schedulers are.
    pub(crate) health: &'a [Health],
    pub(crate) now: Micros,
}

/// A job under its id, from one insertion to the removal and beyond.
#[derive(Debug, Default)]
pub(crate) struct Chart {
    /// How often a job of this id has been inserted.
    pub(crate) life: u32,
    pub(crate) revision: u64,
    pub(crate) body: Option<Body>,
    /// The most instances that it may have had in this life.
    pub(crate) max_instances: usize,
    pub(crate) due_at: Option<Micros>,
    pub(crate) written_at: Micros,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Live,
    /// Its owner wrote down that it ended.
    Ended,
    /// Somebody else runs it again, or has reported it as lost.
    TakenOver,
}

#[derive(Debug)]
pub(crate) struct Claim {
    pub(crate) job: String,
    pub(crate) life: u32,
    pub(crate) member: usize,
    pub(crate) fires: Vec<Fire>,
    pub(crate) token: u64,
    pub(crate) fate: Fate,
    pub(crate) claimed_at: Micros,
    /// Whether it is not to begin when it is late.
    pub(crate) has_grace: bool,
    /// Whether its owner knows of it.
    pub(crate) known: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Course {
    Active,
    /// At the moment.
    Ended {
        at: Micros,
        succeeded: bool,
    },
    Stopped,
}

/// A call of a task.
#[derive(Debug)]
pub(crate) struct Performance {
    pub(crate) claim: RunId,
    pub(crate) member: usize,
    pub(crate) course: Course,
}

/// Everything that has happened.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) charts: BTreeMap<String, Chart>,
    pub(crate) claims: BTreeMap<RunId, Claim>,
    pub(crate) performances: BTreeMap<RunId, Performance>,
    /// As whom each scheduler starts runs.
    pub(crate) owners: HashMap<usize, u64>,
    pub(crate) starts: usize,
}

impl Ledger {
    /// Notes a write that took effect.
    pub(crate) fn write(&mut self, writer: Writer<'_>, write: &Write) -> Result<(), Broken> {
        let id = write.id.to_string();
        let after = write.after.as_ref().map(Body::of);
        if let (Some(before), Some(record)) = (write.before, &write.after) {
            let seen = || format!("revision {before} became {}", record.revision);
            Promise::SoundRecord.holds(record.revision == before + 1, seen)?;
        }
        if let Some(body) = &after {
            transition::sound(body)?;
        }
        let before = self.charts.entry(id.clone()).or_default().body.take();
        match (before, after) {
            (None, Some(after)) => self.inserted(writer, &id, after)?,
            (Some(before), Some(after)) => self.changed(writer, &id, &before, after)?,
            (Some(before), None) => self.deleted(writer, &id, &before)?,
            (None, None) => {}
        }
        let chart = self.charts.entry(id).or_default();
        chart.due_at =
            write.after.as_ref().and_then(|record| record.due_at).map(|at| at.as_micros());
        chart.written_at = writer.now;
        chart.revision = write.after.as_ref().map_or(0, |record| record.revision);
        Ok(())
    }

    fn inserted(&mut self, writer: Writer<'_>, id: &str, after: Body) -> Result<(), Broken> {
        let asked = writer.asked.iter().any(|asked| asked.inserts(id, &after, writer.now));
        Promise::AsAsked.holds(asked, || format!("inserted: {after:?}"))?;
        let chart = self.charts.entry(id.to_owned()).or_default();
        chart.life += 1;
        chart.max_instances = after.job.max_instances;
        chart.body = Some(after);
        Ok(())
    }

    fn changed(
        &mut self,
        writer: Writer<'_>,
        id: &str,
        before: &Body,
        after: Body,
    ) -> Result<(), Broken> {
        let owner = self.owner(writer.member, before, &after);
        match transition::judge(before, &after, owner, writer.now) {
            Ok(transition) => self.carried(writer, id, before, &after, &transition)?,
            Err(broken) => {
                let asked =
                    writer.asked.iter().any(|asked| asked.explains(before, &after, writer.now));
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

    fn deleted(&mut self, writer: Writer<'_>, id: &str, before: &Body) -> Result<(), Broken> {
        if writer.asked.iter().any(|asked| asked.removes(before, writer.now)) {
            return Ok(());
        }
        // What it would be, if there were still a reason to keep it.
        let mut last = before.schedule.last;
        let mut due = before.schedule.next.map(|fire| fire.scheduled);
        while let Some(fire) = due {
            last = Some(fire);
            due = before.job.fire_after(fire).filter(|next| *next <= writer.now);
        }
        let schedule =
            Schedule { phase: Phase::Finished, next: None, last, extras: vec![], live: vec![] };
        let after = Body { job: before.job.clone(), schedule };
        let owner = self.owner(writer.member, before, &after);
        let transition = transition::judge(before, &after, owner, writer.now)?;
        self.carried(writer, id, before, &after, &transition)
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
        writer: Writer<'_>,
        id: &str,
        before: &Body,
        after: &Body,
        transition: &Transition<'_>,
    ) -> Result<(), Broken> {
        for dead in transition.recovers.iter().chain(&transition.given_up) {
            let Some(claim) = self.claims.get_mut(&dead.run) else { continue };
            claim.fate = Fate::TakenOver;
            let owner = writer.health[claim.member];
            // Whoever is in trouble cannot renew.
            let excused = owner.dead || owner.troubled_at >= dead.lease_until - LEASE;
            Promise::OnCrash.holds(excused, || {
                format!("taken over from a scheduler that was well: {dead:?}")
            })?;
        }
        for run in &transition.ended {
            self.ended(before, after, run, writer.health)?;
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
            claimed_at: writer.now,
            has_grace: before.job.grace().is_some(),
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
        health: &[Health],
    ) -> Result<(), Broken> {
        let Some(claim) = self.claims.get_mut(&run.run) else {
            return Err(Promise::ClaimedOnce.broken(format!("nobody claimed {run:?}")));
        };
        claim.fate = Fate::Ended;
        let has_grace = claim.has_grace;
        let owner = health[claim.member];
        let well = !owner.dead && owner.troubled_at < run.lease_until - LEASE;
        for (number, fire) in (run.run.number..).zip(run.fires()) {
            let id = RunId { number, ..run.run };
            let course = self.performances.get(&id).map(|performance| performance.course);
            let seen = || format!("{run:?} was ended with {course:?}, and then {after:?}");
            let again = |attempt| {
                let same = |extra: &&Extra| extra.fire.scheduled == fire.scheduled;
                let mut retries = after.schedule.extras.iter().filter(same);
                retries.any(|extra| extra.attempt == attempt)
            };
            let repeated = before.job.on_crash == OnCrash::Skip || again(run.attempt + 1);
            match course {
                _ if run.is_of_earlier_job() => {
                    let goes_on = course == Some(Course::Active);
                    Promise::Fenced.holds(!goes_on, seen)?;
                }
                // Too late by its own account, given back, or stopped before it began.
                None => {
                    let accounted = has_grace || again(run.attempt) || (repeated && !well);
                    Promise::NothingLost.holds(accounted, seen)?;
                }
                // It may have been told to stop, since its lease was over: a failure is no more than
                // the answer to that.
                Some(Course::Ended { succeeded: false, .. }) if !well && repeated => {}
                Some(Course::Ended { at, succeeded }) => {
                    self.followed(before, after, run, fire, at, succeeded)?;
                }
                Some(Course::Stopped) => Promise::NothingLost.holds(repeated, seen)?,
                Some(Course::Active) => return Err(Promise::Fenced.broken(seen())),
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
