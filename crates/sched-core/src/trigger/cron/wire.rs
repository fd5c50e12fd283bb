//! The stored form of a cron trigger: what was given, never the bit sets.

use serde::{Deserialize, Serialize};

use super::compile::{self, Form};
use super::trigger::{CronTrigger, Settings};
use crate::time::Timestamp;
use crate::trigger::version::Version;
use crate::trigger::{Fold, Gap, TriggerError};
use crate::zone::Zone;

/// Every field is always written, since codecs that do not name fields need that.
#[derive(Serialize, Deserialize)]
pub(super) struct Wire {
    #[serde(default)]
    version: Version<1>,
    /// A standard crontab; then none of the fields is given.
    #[serde(default)]
    crontab: Option<Box<str>>,
    #[serde(default)]
    year: Option<Box<str>>,
    #[serde(default)]
    month: Option<Box<str>>,
    #[serde(default)]
    day: Option<Box<str>>,
    #[serde(default)]
    week: Option<Box<str>>,
    #[serde(default)]
    day_of_week: Option<Box<str>>,
    #[serde(default)]
    hour: Option<Box<str>>,
    #[serde(default)]
    minute: Option<Box<str>>,
    #[serde(default)]
    second: Option<Box<str>>,
    timezone: Zone,
    #[serde(default)]
    start_date: Option<Timestamp>,
    #[serde(default)]
    end_date: Option<Timestamp>,
    #[serde(default)]
    gap: Option<Gap>,
    #[serde(default)]
    fold: Option<Fold>,
}

impl From<CronTrigger> for Wire {
    fn from(trigger: CronTrigger) -> Self {
        let (form, settings) = trigger.into_parts();
        let mut fields = [const { None }; 8];
        let mut crontab = None;
        match form {
            Form::Standard(text) => crontab = Some(text),
            Form::Fields(given) => {
                for (name, expression) in given {
                    fields[name as usize] = Some(expression);
                }
            }
        }
        let [year, month, day, week, day_of_week, hour, minute, second] = fields;
        let Settings { zone: timezone, start_date, end_date, gap, fold } = settings;
        Wire {
            version: Version,
            crontab,
            year,
            month,
            day,
            week,
            day_of_week,
            hour,
            minute,
            second,
            timezone,
            start_date,
            end_date,
            gap,
            fold,
        }
    }
}

impl TryFrom<Wire> for CronTrigger {
    type Error = TriggerError;

    fn try_from(wire: Wire) -> Result<Self, TriggerError> {
        let Wire { year, month, day, week, day_of_week, hour, minute, second, .. } = &wire;
        let fields = [year, month, day, week, day_of_week, hour, minute, second];
        let compiled = match &wire.crontab {
            None => compile::fields(fields.map(|field| field.as_deref()))?,
            Some(crontab) if fields.iter().all(|field| field.is_none()) => {
                compile::standard_crontab(crontab)?
            }
            Some(_) => {
                let reason = "given beside fields, which say the same another way".to_owned();
                return Err(TriggerError::Value { field: "crontab", reason });
            }
        };
        let settings = Settings {
            zone: wire.timezone,
            start_date: wire.start_date,
            end_date: wire.end_date,
            gap: wire.gap,
            fold: wire.fold,
        };
        Ok(CronTrigger::new(compiled, settings))
    }
}
