//! The trigger that jobs hold: one of the kinds, perhaps with jitter.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::latest::latest_fire;
use super::reach::Reach;
use super::{
    AndTrigger, CalendarIntervalTrigger, Cron, CronTrigger, Custom, CustomTrigger, DateTrigger,
    Defaults, IntervalTrigger, IntoTrigger, Jitter, OrTrigger, TriggerError, TriggerRegistry,
};
use crate::time::Timestamp;
use crate::zone::Zone;

/// When a job runs.
///
/// A trigger holds its configuration and nothing else: each answer depends only on the arguments.
/// It is cheap to clone. Its text form is the reference's, such as `interval[0:01:00]`; its serde
/// form carries a version for each kind and works with self-describing formats and others.
///
/// Build one from a description with [`IntoTrigger::into_trigger`], or by name with
/// [`TriggerRegistry::build`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trigger {
    kind: TriggerKind,
    jitter: Option<Jitter>,
}

// Jobs are held by the million.
const _: () = assert!(size_of::<Trigger>() <= 64);

/// The kinds of triggers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum TriggerKind {
    /// Fires once.
    Date(DateTrigger),
    /// Fires at equal distances of elapsed time.
    Interval(IntervalTrigger),
    /// Fires where the wall clock matches an expression.
    Cron(Arc<CronTrigger>),
    /// Fires at a time of day, every so many years, months, weeks and days.
    CalendarInterval(Arc<CalendarIntervalTrigger>),
    /// Fires where all of its triggers do.
    And(Arc<AndTrigger>),
    /// Fires where any of its triggers does.
    Or(Arc<OrTrigger>),
    /// A kind of the user's own.
    Custom(Custom),
}

impl Trigger {
    /// A trigger of the user's own.
    pub fn custom(trigger: impl CustomTrigger + 'static) -> Trigger {
        Trigger::from(TriggerKind::Custom(Custom::new(trigger)))
    }

    /// What kind of trigger it is, with all its settings but the jitter.
    pub fn kind(&self) -> &TriggerKind {
        &self.kind
    }

    /// The jitter, if it has one.
    pub fn jitter_settings(&self) -> Option<&Jitter> {
        self.jitter.as_ref()
    }

    pub(super) fn with_jitter(self, jitter: Option<Jitter>) -> Trigger {
        Trigger { jitter, ..self }
    }

    /// The fire after `previous`, or the first one from `now` on when there is no previous one;
    /// none when the schedule has ended. Without jitter, see [`jittered`](Self::jittered).
    ///
    /// With `previous` the answer may lie before `now`, so that fires missed meanwhile can be
    /// listed one by one. If the clock was set back, so that `now` is before `previous`, the answer
    /// may lie before `previous` too: whoever must not fire twice has to drop those.
    ///
    /// ```
    /// use sched_core::trigger::{Defaults, Interval, IntoTrigger};
    /// use sched_core::{Timestamp, Zone};
    ///
    /// let now = Timestamp::from_secs(0);
    /// let defaults = Defaults { zone: Zone::UTC, now };
    /// let trigger = Interval::new().minutes(1).into_trigger(&defaults).unwrap();
    /// let first = trigger.next_fire_time(None, now);
    /// assert_eq!(first, Some(Timestamp::from_secs(60)));
    /// assert_eq!(trigger.next_fire_time(first, now), Some(Timestamp::from_secs(120)));
    /// ```
    pub fn next_fire_time(&self, previous: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        match &self.kind {
            TriggerKind::Date(date) => previous.is_none().then_some(date.run_date()),
            TriggerKind::Interval(interval) => interval.next_fire_time(previous, now),
            TriggerKind::Cron(cron) => cron.next_fire_time(previous, now),
            TriggerKind::CalendarInterval(calendar) => calendar.next_fire_time(previous, now),
            TriggerKind::And(_) | TriggerKind::Or(_) => match previous {
                None => self.kind.opening(now, &mut Reach::far()),
                Some(previous) if now < previous => self.kind.first_from(now, &mut Reach::far()),
                Some(previous) => {
                    let later = previous + Duration::from_micros(1);
                    self.kind.first_from(later, &mut Reach::far())
                }
            },
            TriggerKind::Custom(custom) => custom.next_fire_time(previous, now),
        }
    }

    /// The last fire that is not after `now`, of those that follow `due`, a fire that is not after
    /// `now` either; `due` itself if no other has come since.
    ///
    /// This is what many missed fires coalesce into. It is not found by listing them: a month of
    /// missed seconds takes microseconds. A trigger with a fixed delay has no other fire before the
    /// run of `due` has ended. Only a trigger of the user's own is asked time after
    /// time, at most 10,000 times.
    pub fn latest_fire_time(&self, due: Timestamp, now: Timestamp) -> Timestamp {
        match &self.kind {
            TriggerKind::Date(_) => due,
            TriggerKind::Interval(interval) => interval.latest_fire_time(due, now),
            TriggerKind::CalendarInterval(calendar) => calendar.latest_fire_time(due, now),
            TriggerKind::Custom(custom) => custom.latest_fire_time(due, now),
            TriggerKind::Cron(_) | TriggerKind::And(_) | TriggerKind::Or(_) => {
                latest_fire(due, now, |from| self.kind.first_from(from, &mut Reach::until(now)))
            }
        }
    }

    /// `nominal`, a fire time that this trigger named, with its jitter added.
    ///
    /// A pure function of the seed, `salt` (a job's own) and `nominal`. The result is never before
    /// `nominal`, never after the end date, and always before `next`, the fire after `nominal`.
    pub fn jittered(&self, salt: u64, nominal: Timestamp, next: Option<Timestamp>) -> Timestamp {
        let Some(jitter) = &self.jitter else {
            return nominal;
        };
        let room =
            |until: Timestamp| u64::try_from(until.since(nominal).as_micros()).unwrap_or(u64::MAX);
        let before_end = self.end_date().map_or(u64::MAX, room);
        let before_next = next.map_or(u64::MAX, |next| room(next).saturating_sub(1));
        jitter.delay(salt, nominal, before_end.min(before_next))
    }

    /// Whether the next fire is counted from the end of a run: see
    /// [`Interval::fixed_delay`](super::Interval::fixed_delay).
    pub fn is_fixed_delay(&self) -> bool {
        matches!(&self.kind, TriggerKind::Interval(interval) if interval.is_fixed_delay())
    }

    /// The fire after a run that ended at `ended`, for a trigger that counts from there; none if it
    /// does not, or has ended.
    pub fn after_run(&self, ended: Timestamp) -> Option<Timestamp> {
        match &self.kind {
            TriggerKind::Interval(interval) if interval.is_fixed_delay() => {
                interval.one_after(ended)
            }
            _ => None,
        }
    }

    /// The last moment at which it may fire, if an end was set.
    pub fn end_date(&self) -> Option<Timestamp> {
        match &self.kind {
            TriggerKind::Date(_) => None,
            TriggerKind::Interval(interval) => interval.end_date(),
            TriggerKind::Cron(cron) => cron.end_date(),
            TriggerKind::CalendarInterval(calendar) => calendar.end(),
            TriggerKind::And(and) => and.triggers().iter().filter_map(Trigger::end_date).min(),
            // Only when all of them end does the whole.
            TriggerKind::Or(or) => {
                let ends = or.triggers().iter().map(Trigger::end_date);
                ends.collect::<Option<Vec<_>>>()?.into_iter().max()
            }
            TriggerKind::Custom(custom) => custom.end_date(),
        }
    }

    /// The zone to show `fire` in: the trigger's, of `and` that of its first trigger, of `or` that
    /// of the one which fires then. A trigger of the user's own has none.
    pub fn zone_at(&self, fire: Timestamp) -> Option<Zone> {
        match &self.kind {
            TriggerKind::Date(date) => Some(date.zone()),
            TriggerKind::Interval(interval) => Some(interval.zone()),
            TriggerKind::Cron(cron) => Some(cron.zone()),
            TriggerKind::CalendarInterval(calendar) => Some(calendar.zone()),
            TriggerKind::And(and) => and.triggers().first()?.zone_at(fire),
            TriggerKind::Or(or) => {
                let fires_then = |part: &&Trigger| {
                    part.kind.first_from(fire, &mut Reach::until(fire)) == Some(fire)
                };
                or.triggers().iter().find(fires_then)?.zone_at(fire)
            }
            TriggerKind::Custom(_) => None,
        }
    }

    /// The plugin name of the first trigger in it that was stored and is not
    /// [resolved](Self::resolve) yet. Such a trigger never fires.
    pub fn unresolved(&self) -> Option<&str> {
        match &self.kind {
            TriggerKind::Custom(custom) => custom.unresolved(),
            TriggerKind::And(and) => and.triggers().iter().find_map(Trigger::unresolved),
            TriggerKind::Or(or) => or.triggers().iter().find_map(Trigger::unresolved),
            _ => None,
        }
    }

    /// Brings triggers of the user's own back to life after they were stored, inside `and` and `or`
    /// too. Other triggers stay as they are.
    ///
    /// # Errors
    /// - [`TriggerError::UnknownTrigger`] when nothing is registered under a name.
    /// - [`TriggerError::Factory`] when a factory refuses the stored state.
    pub fn resolve(self, registry: &TriggerRegistry) -> Result<Trigger, TriggerError> {
        if self.unresolved().is_none() {
            return Ok(self);
        }
        let kind = match self.kind {
            TriggerKind::Custom(custom) => TriggerKind::Custom(custom.resolve(registry)?),
            TriggerKind::And(and) => TriggerKind::And(Arc::new(and.resolve(registry)?)),
            TriggerKind::Or(or) => TriggerKind::Or(Arc::new(or.resolve(registry)?)),
            other => other,
        };
        Ok(Trigger { kind, ..self })
    }
}

impl TriggerKind {
    /// The first fire from `from` on of the set of moments that the trigger stands for: those at
    /// which it would fire if it were left alone, counted from its own start.
    ///
    /// None also where the search was given up: see [`Reach`].
    pub(super) fn first_from(&self, from: Timestamp, reach: &mut Reach) -> Option<Timestamp> {
        match self {
            TriggerKind::Date(date) => Some(date.run_date()).filter(|date| *date >= from),
            TriggerKind::Interval(interval) => interval.grid().first_from(from),
            TriggerKind::Cron(cron) => cron.first_from(from),
            TriggerKind::CalendarInterval(calendar) => calendar.first_from(from),
            TriggerKind::And(and) => and.first_from(from, reach),
            TriggerKind::Or(or) => or.earliest(reach, |part, reach| part.first_from(from, reach)),
            TriggerKind::Custom(custom) => {
                custom.next_fire_time(None, from).filter(|fire| *fire >= from)
            }
        }
    }

    /// The first fire of a trigger that starts at `now`. A date fires even when it is past.
    fn opening(&self, now: Timestamp, reach: &mut Reach) -> Option<Timestamp> {
        match self {
            TriggerKind::Date(date) => Some(date.run_date()),
            TriggerKind::Or(or) => or.earliest(reach, |part, reach| part.opening(now, reach)),
            TriggerKind::Custom(custom) => custom.next_fire_time(None, now),
            _ => self.first_from(now, reach),
        }
    }
}

impl From<TriggerKind> for Trigger {
    fn from(kind: TriggerKind) -> Self {
        Trigger { kind, jitter: None }
    }
}

impl IntoTrigger for Trigger {
    fn into_trigger(self, _: &Defaults) -> Result<Trigger, TriggerError> {
        Ok(self)
    }
}

impl IntoTrigger for Cron {
    fn into_trigger(self, defaults: &Defaults) -> Result<Trigger, TriggerError> {
        self.build(defaults)?.into_trigger(defaults)
    }
}

impl IntoTrigger for CronTrigger {
    fn into_trigger(self, _: &Defaults) -> Result<Trigger, TriggerError> {
        Ok(Trigger::from(TriggerKind::Cron(Arc::new(self))))
    }
}

/// The reference's text form; jitter is not part of it.
impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            TriggerKind::Date(date) => date.fmt(f),
            TriggerKind::Interval(interval) => interval.fmt(f),
            TriggerKind::Cron(cron) => cron.fmt(f),
            TriggerKind::CalendarInterval(calendar) => calendar.fmt(f),
            TriggerKind::And(and) => and.fmt(f),
            TriggerKind::Or(or) => or.fmt(f),
            TriggerKind::Custom(custom) => custom.fmt(f),
        }
    }
}
