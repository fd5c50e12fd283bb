//! The dates that triggers take: as chrono values, as moments, or as text.

use chrono::{DateTime, FixedOffset, Local, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;

use super::TriggerError;
use crate::time::Timestamp;
use crate::zone::Zone;

/// A date as a user gives it: to `start_date`, `end_date` and `run_date`.
///
/// - A [`Timestamp`] or a chrono `DateTime` is a moment.
/// - A chrono `NaiveDateTime` is a wall time in the trigger's zone, a `NaiveDate` its midnight. In
///   a gap of the clock it moves forward by the size of the gap; shown twice, it means the first.
/// - Text is `YYYY-M-D`, or that with a blank or `T` and `H:M:S`, perhaps a fraction of up to six
///   digits, and perhaps `Z` or `±HH:MM`; without an offset it is a wall time like the above.
///   Anything else is refused when the trigger is built.
///
/// ```
/// use sched_core::trigger::{Date, Defaults, IntoTrigger};
/// use sched_core::{Timestamp, Zone};
///
/// let defaults = Defaults { zone: Zone::UTC, now: Timestamp::from_secs(0) };
/// assert!(Date::at("2030-1-2 3:04:05.5").into_trigger(&defaults).is_ok());
/// let error = Date::at("2030-1-2 3:04").into_trigger(&defaults).unwrap_err();
/// assert!(error.to_string().starts_with("run_date: expected ':', at character 13"));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct When(Form);

#[derive(Debug, Clone, PartialEq)]
enum Form {
    Moment(Timestamp, Option<Zone>),
    Wall(NaiveDateTime),
    Day(NaiveDate),
    Text(String),
}

impl When {
    /// The moment meant, where `zone` is the trigger's. `field` is named in errors.
    pub(crate) fn resolve(
        &self,
        field: &'static str,
        zone: Zone,
    ) -> Result<Timestamp, TriggerError> {
        Ok(self.resolve_with_zone(field, zone)?.0)
    }

    /// The moment meant, and the zone to show it in: `zone`, unless the date brings its own.
    pub(crate) fn resolve_with_zone(
        &self,
        field: &'static str,
        zone: Zone,
    ) -> Result<(Timestamp, Zone), TriggerError> {
        Ok(match &self.0 {
            Form::Moment(at, own) => (*at, own.unwrap_or(zone)),
            Form::Wall(wall) => (zone.resolve(*wall).usual(), zone),
            Form::Day(day) => (zone.resolve(day.and_time(NaiveTime::MIN)).usual(), zone),
            Form::Text(text) => {
                let (wall, own) = Reader::new(field, text).date_and_time()?;
                let zone = own.unwrap_or(zone);
                (zone.resolve(wall).usual(), zone)
            }
        })
    }

    /// The zone of a chrono `DateTime`, which a trigger without a zone of its own takes over. An
    /// offset in a text does not count.
    pub(crate) fn own_zone(&self) -> Option<Zone> {
        match self.0 {
            Form::Moment(_, zone) => zone,
            _ => None,
        }
    }

    /// The plain date meant: a `NaiveDate`, or exactly `YYYY-MM-DD`.
    pub(crate) fn plain_date(&self, field: &'static str) -> Result<NaiveDate, TriggerError> {
        match &self.0 {
            Form::Day(day) => Ok(*day),
            Form::Text(text) => Reader::new(field, text).plain_date(),
            Form::Moment(..) | Form::Wall(_) => {
                Err(TriggerError::value(field, "must be a plain date, without a time of day"))
            }
        }
    }
}

impl From<Timestamp> for When {
    fn from(at: Timestamp) -> Self {
        When(Form::Moment(at, None))
    }
}

impl From<DateTime<Tz>> for When {
    fn from(date: DateTime<Tz>) -> Self {
        When(Form::Moment(date.into(), Some(date.timezone().into())))
    }
}

impl From<DateTime<Utc>> for When {
    fn from(date: DateTime<Utc>) -> Self {
        When(Form::Moment(date.into(), Some(Zone::UTC)))
    }
}

impl From<DateTime<FixedOffset>> for When {
    fn from(date: DateTime<FixedOffset>) -> Self {
        When(Form::Moment(date.into(), Some(date.timezone().into())))
    }
}

/// A moment without a zone: chrono does not know the name of the machine's.
impl From<DateTime<Local>> for When {
    fn from(date: DateTime<Local>) -> Self {
        When(Form::Moment(date.into(), None))
    }
}

impl From<NaiveDateTime> for When {
    fn from(wall: NaiveDateTime) -> Self {
        When(Form::Wall(wall))
    }
}

impl From<NaiveDate> for When {
    fn from(day: NaiveDate) -> Self {
        When(Form::Day(day))
    }
}

impl From<&str> for When {
    fn from(text: &str) -> Self {
        When(Form::Text(text.to_owned()))
    }
}

impl From<String> for When {
    fn from(text: String) -> Self {
        When(Form::Text(text))
    }
}

/// Reads a date from left to right.
struct Reader<'a> {
    field: &'static str,
    text: &'a str,
    /// A byte index into `text`, always between two characters: only ASCII is ever stepped over.
    at: usize,
}

impl<'a> Reader<'a> {
    fn new(field: &'static str, text: &'a str) -> Self {
        Reader { field, text, at: 0 }
    }

    /// `YYYY-M-D`, perhaps with a time, perhaps with an offset behind that.
    fn date_and_time(mut self) -> Result<(NaiveDateTime, Option<Zone>), TriggerError> {
        let date = self.date(1)?;
        if self.at_end() {
            return Ok((date.and_time(NaiveTime::MIN), None));
        }
        if !self.skip(b' ') && !self.skip(b'T') {
            return Err(self.error("expected a blank or 'T' before the time of day"));
        }
        let hour = self.number("hour", 1, 2, 0, 23)?;
        self.expect(b':')?;
        let minute = self.number("minute", 1, 2, 0, 59)?;
        self.expect(b':')?;
        let second = self.number("second", 1, 2, 0, 59)?;
        let micros = if self.skip(b'.') { self.fraction()? } else { 0 };
        let offset = self.offset()?;
        if !self.at_end() {
            return Err(self.error("expected nothing more"));
        }
        let time = NaiveTime::from_hms_micro_opt(hour, minute, second, micros)
            .expect("each part was read within its bounds");
        Ok((date.and_time(time), offset))
    }

    /// `YYYY-MM-DD` and nothing else.
    fn plain_date(mut self) -> Result<NaiveDate, TriggerError> {
        let date = self.date(2)?;
        if self.at_end() { Ok(date) } else { Err(self.error("expected nothing more")) }
    }

    fn date(&mut self, least_digits: usize) -> Result<NaiveDate, TriggerError> {
        let year = self.number("year", 4, 4, 1, 9999)?;
        self.expect(b'-')?;
        let month = self.number("month", least_digits, 2, 1, 12)?;
        self.expect(b'-')?;
        let start = self.at;
        let day = self.number("day", least_digits, 2, 1, 31)?;
        let year = i32::try_from(year).expect("a year has four digits");
        NaiveDate::from_ymd_opt(year, month, day).ok_or_else(|| {
            self.at = start;
            self.error("the month has no such day")
        })
    }

    /// A fraction of a second, in microseconds: the digits are decimals, so `.5` is half a second.
    fn fraction(&mut self) -> Result<u32, TriggerError> {
        let start = self.at;
        let digits = self.number("fraction", 1, 6, 0, 999_999)?;
        Ok((self.at - start..6).fold(digits, |micros, _| micros * 10))
    }

    fn offset(&mut self) -> Result<Option<Zone>, TriggerError> {
        if self.skip(b'Z') {
            return Ok(Some(Zone::UTC));
        }
        let sign = if self.skip(b'+') {
            1
        } else if self.skip(b'-') {
            -1
        } else {
            return Ok(None);
        };
        let hours = self.number("offset", 2, 2, 0, 23)?;
        self.expect(b':')?;
        let minutes = self.number("offset", 2, 2, 0, 59)?;
        let seconds = i32::try_from(hours * 3600 + minutes * 60).expect("less than a day");
        let offset = FixedOffset::east_opt(sign * seconds).expect("less than a day");
        Ok(Some(Zone::from(offset)))
    }

    /// A number of `least` to `most` digits, and within bounds.
    fn number(
        &mut self,
        what: &str,
        least: usize,
        most: usize,
        low: u32,
        high: u32,
    ) -> Result<u32, TriggerError> {
        let start = self.at;
        let digits = self.text.as_bytes()[start..].iter().take(most);
        let digits = digits.take_while(|byte| byte.is_ascii_digit()).count();
        if digits < least {
            let plural = if least == 1 { "a digit" } else { &format!("{least} digits") };
            self.at += digits;
            return Err(self.error(&format!("expected {plural} of the {what}")));
        }
        self.at += digits;
        let value = self.text[start..self.at].parse().expect("at most six digits");
        if (low..=high).contains(&value) {
            return Ok(value);
        }
        self.at = start;
        Err(self.error(&format!("the {what} must lie in {low} to {high}")))
    }

    fn at_end(&self) -> bool {
        self.at == self.text.len()
    }

    fn skip(&mut self, byte: u8) -> bool {
        let there = self.text.as_bytes().get(self.at) == Some(&byte);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, byte: u8) -> Result<(), TriggerError> {
        if self.skip(byte) {
            return Ok(());
        }
        Err(self.error(&format!("expected '{}'", char::from(byte))))
    }

    fn error(&self, reason: &str) -> TriggerError {
        TriggerError::Text {
            field: self.field,
            text: self.text.to_owned(),
            position: self.text[..self.at].chars().count(),
            reason: reason.to_owned(),
        }
    }
}
