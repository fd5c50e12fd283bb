//! Dates, times and zones of Python.

use chrono::{DateTime, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset};
use chrono::{TimeDelta, TimeZone};
use chrono_tz::Tz;
use sched_core::{Timestamp, Zone};

use super::unexpected;
use crate::job::Refusal;
use crate::pickle::{Class, Object, Value};

/// A time zone of any of Python's libraries.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum StoredZone {
    Named(Tz),
    Fixed(FixedOffset),
    /// One of pytz stands for a zone at a time when this offset is in force.
    NamedAt(Tz, FixedOffset),
}

impl StoredZone {
    pub(super) fn zone(self) -> Zone {
        match self {
            StoredZone::Named(tz) | StoredZone::NamedAt(tz, _) => Zone::from(tz),
            StoredZone::Fixed(offset) => Zone::from(offset),
        }
    }
}

/// A `datetime`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct StoredDate {
    pub(super) wall: NaiveDateTime,
    /// Whether, of two moments with this wall time, it is the second.
    pub(super) fold: bool,
    pub(super) zone: Option<StoredZone>,
}

impl StoredDate {
    /// The moment, with the offset in force. None without a zone.
    pub(super) fn with_offset(&self) -> Option<DateTime<FixedOffset>> {
        match self.zone? {
            StoredZone::Fixed(offset) | StoredZone::NamedAt(_, offset) => {
                offset.from_local_datetime(&self.wall).single()
            }
            StoredZone::Named(tz) => {
                let found = tz.from_local_datetime(&self.wall).map(|date| date.fixed_offset());
                match found {
                    LocalResult::Single(date) => Some(date),
                    LocalResult::Ambiguous(first, second) => {
                        Some(if self.fold { second } else { first })
                    }
                    // As Python: by the offset before the gap, or with fold by the one after it.
                    LocalResult::None => {
                        let day = TimeDelta::days(if self.fold { 1 } else { -1 });
                        let near = tz.offset_from_utc_datetime(&self.wall.checked_add_signed(day)?);
                        near.fix().from_local_datetime(&self.wall).single()
                    }
                }
            }
        }
    }

    /// The moment. None without a zone.
    pub(super) fn timestamp(&self) -> Option<Timestamp> {
        self.with_offset().map(Timestamp::from)
    }
}

/// A moment in an attribute of a job or a trigger, where there may be none.
pub(super) fn optional_moment(
    value: Option<&Value>,
    what: &'static str,
) -> Result<Option<Timestamp>, Refusal> {
    match value {
        None | Some(Value::None) => Ok(None),
        Some(value) => {
            let date = value.as_object().map(date_time).transpose()?.flatten();
            let moment = date.and_then(|date| date.timestamp());
            moment.map(Some).ok_or_else(|| unexpected(what, "a datetime with a time zone"))
        }
    }
}

/// A `datetime`; none if the object is something else.
pub(super) fn date_time(object: &Object) -> Result<Option<StoredDate>, Refusal> {
    if object.class != Class::DateTime {
        return Ok(None);
    }
    let wrong = || unexpected("a datetime", "ten bytes and perhaps a time zone");
    let (bytes, zone) = match object.arguments.as_slice() {
        [bytes] => (bytes, None),
        [bytes, zone_of] => (bytes, Some(zone(zone_of)?)),
        _ => return Err(wrong()),
    };
    let bytes: &[u8; 10] = bytes.as_bytes().and_then(|b| b.try_into().ok()).ok_or_else(wrong)?;
    let [year_high, year_low, month, day, time @ ..] = bytes;
    // The month has a bit to spare.
    let (fold, month) = (month & 0x80 != 0, month & 0x7f);
    let date = civil([*year_high, *year_low, month, *day]).ok_or_else(wrong)?;
    let time = time_of_day(*time).ok_or_else(wrong)?;
    Ok(Some(StoredDate { wall: date.and_time(time), fold, zone }))
}

/// A `date`; none if the object is something else.
pub(super) fn plain_date(object: &Object) -> Option<NaiveDate> {
    match (object.class, object.arguments.as_slice()) {
        (Class::Date, [bytes]) => civil(bytes.as_bytes()?.try_into().ok()?),
        _ => None,
    }
}

/// A `time` without a zone; none if the object is something else.
pub(super) fn plain_time(object: &Object) -> Option<NaiveTime> {
    match (object.class, object.arguments.as_slice()) {
        (Class::Time, [bytes]) => {
            let [hour, rest @ ..]: [u8; 6] = bytes.as_bytes()?.try_into().ok()?;
            // The hour has a bit to spare.
            let [minute, second, micros @ ..] = rest;
            let [a, b, c] = micros;
            time_of_day([hour & 0x7f, minute, second, a, b, c])
        }
        _ => None,
    }
}

fn civil([year_high, year_low, month, day]: [u8; 4]) -> Option<NaiveDate> {
    let year = i32::from(year_high) << 8 | i32::from(year_low);
    NaiveDate::from_ymd_opt(year, month.into(), day.into())
}

fn time_of_day([hour, minute, second, high, middle, low]: [u8; 6]) -> Option<NaiveTime> {
    let micros = u32::from_be_bytes([0, high, middle, low]);
    NaiveTime::from_hms_micro_opt(hour.into(), minute.into(), second.into(), micros)
}

/// The microseconds of a `timedelta`; none if the value is something else.
pub(super) fn time_delta(value: &Value) -> Option<i64> {
    time_delta_of(value.as_object()?)
}

/// The microseconds of a `timedelta`; none if the object is something else.
pub(super) fn time_delta_of(object: &Object) -> Option<i64> {
    let mut parts = [0_i64; 3];
    if object.class != Class::TimeDelta || object.arguments.len() > parts.len() {
        return None;
    }
    for (part, value) in parts.iter_mut().zip(&object.arguments) {
        *part = i64::try_from(value.as_integer()?).ok()?;
    }
    let [days, seconds, micros] = parts;
    let seconds = days.checked_mul(86_400)?.checked_add(seconds)?;
    seconds.checked_mul(1_000_000)?.checked_add(micros)
}

/// A time zone.
pub(super) fn zone(value: &Value) -> Result<StoredZone, Refusal> {
    let wrong = || unexpected("a time zone", "one of pytz, zoneinfo, dateutil or datetime");
    let object = value.as_object().ok_or_else(wrong)?;
    match (object.class, object.arguments.as_slice()) {
        (Class::PytzUtc | Class::DateutilUtc, []) => Ok(StoredZone::Named(Tz::UTC)),
        (Class::PytzZone, [Value::Text(name)]) => named(name).map(StoredZone::Named),
        (Class::PytzZone, [Value::Text(name), offset, _dst, _abbreviation]) => {
            let offset = offset.as_integer().and_then(east).ok_or_else(wrong)?;
            Ok(StoredZone::NamedAt(named(name)?, offset))
        }
        (Class::PytzOffset, [minutes]) => {
            let minutes = minutes.as_integer().ok_or_else(wrong)?;
            minutes.checked_mul(60).and_then(east).map(StoredZone::Fixed).ok_or_else(wrong)
        }
        (
            Class::ZoneInfo,
            [Value::Text(name)] | [Value::Text(name), Value::Bool(_) | Value::Integer(_)],
        )
        | (Class::PytzShim, [_, Value::Text(name)]) => named(name).map(StoredZone::Named),
        (Class::TimeZone, [offset] | [offset, Value::Text(_)]) => {
            fixed(time_delta(offset)).ok_or_else(wrong)
        }
        (Class::DateutilOffset, [_name, offset]) => {
            let seconds = offset.as_integer().and_then(|s| i64::try_from(s).ok());
            let micros = time_delta(offset).or_else(|| seconds?.checked_mul(1_000_000));
            fixed(micros).ok_or_else(wrong)
        }
        _ => Err(wrong()),
    }
}

/// No offset at all is how later versions write UTC.
fn fixed(micros: Option<i64>) -> Option<StoredZone> {
    match micros.filter(|micros| micros % 1_000_000 == 0)? / 1_000_000 {
        0 => Some(StoredZone::Named(Tz::UTC)),
        seconds => east(i128::from(seconds)).map(StoredZone::Fixed),
    }
}

fn named(name: &str) -> Result<Tz, Refusal> {
    name.parse().map_err(|_| Refusal::Zone { name: name.to_owned() })
}

/// None from a day on.
fn east(seconds: i128) -> Option<FixedOffset> {
    FixedOffset::east_opt(i32::try_from(seconds).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(class: Class, arguments: Vec<Value>) -> Value {
        Value::Object(Box::new(Object { class, arguments, state: None }))
    }

    /// Half past two in the year 2035 on this day, in UTC.
    fn half_past_two([month, day]: [u8; 2], zone: Value) -> String {
        let bytes = vec![7, 0xf3, month, day, 2, 30, 0, 0, 0, 0];
        let date = object(Class::DateTime, vec![Value::Bytes(bytes), zone]);
        let date = date_time(date.as_object().unwrap()).unwrap().unwrap();
        date.timestamp().unwrap().to_string()
    }

    const FOLD: u8 = 0x80;

    #[test]
    fn of_two_moments_the_one_that_is_meant() {
        let berlin = || object(Class::ZoneInfo, vec![Value::Text("Europe/Berlin".to_owned())]);
        assert_eq!(half_past_two([10, 28], berlin()), "2035-10-28T00:30:00Z");
        assert_eq!(half_past_two([10 | FOLD, 28], berlin()), "2035-10-28T01:30:00Z");
        // What the clock skips: Python answers 02:30 by the offset before, or by the one behind.
        assert_eq!(half_past_two([3, 25], berlin()), "2035-03-25T01:30:00Z");
        assert_eq!(half_past_two([3 | FOLD, 25], berlin()), "2035-03-25T00:30:00Z");
    }

    #[test]
    fn a_zone_of_pytz_says_which_by_its_offset() {
        let zone = |seconds: i128| {
            let name = Value::Text("Europe/Berlin".to_owned());
            let rest = [seconds, 0].map(Value::Integer);
            object(Class::PytzZone, [name].into_iter().chain(rest).chain([Value::None]).collect())
        };
        assert_eq!(half_past_two([10, 28], zone(7200)), "2035-10-28T00:30:00Z");
        assert_eq!(half_past_two([10, 28], zone(3600)), "2035-10-28T01:30:00Z");
    }

    #[test]
    fn zones_of_every_library() {
        let text = |name: &str| Value::Text(name.to_owned());
        let delta = |seconds| object(Class::TimeDelta, [0, seconds].map(Value::Integer).to_vec());
        let cases = [
            (object(Class::PytzUtc, vec![]), "UTC"),
            (object(Class::DateutilUtc, vec![]), "UTC"),
            (object(Class::TimeZone, vec![delta(0)]), "UTC"),
            (object(Class::TimeZone, vec![delta(-5400), text("here")]), "-01:30"),
            (object(Class::PytzOffset, vec![Value::Integer(330)]), "+05:30"),
            (object(Class::DateutilOffset, vec![Value::None, delta(3600)]), "+01:00"),
            (object(Class::DateutilOffset, vec![text("x"), Value::Integer(3600)]), "+01:00"),
            (object(Class::PytzZone, vec![text("Asia/Tokyo")]), "Asia/Tokyo"),
            (object(Class::ZoneInfo, vec![text("Asia/Tokyo"), Value::Integer(1)]), "Asia/Tokyo"),
            (object(Class::PytzShim, vec![Value::None, text("Asia/Tokyo")]), "Asia/Tokyo"),
        ];
        for (value, name) in cases {
            assert_eq!(zone(&value).unwrap().zone().to_string(), name, "{value:?}");
        }
        let mars = object(Class::ZoneInfo, vec![text("Mars/Olympus")]);
        assert_eq!(zone(&mars).unwrap_err().to_string(), "unknown time zone \"Mars/Olympus\"");
        for value in [Value::None, delta(0), object(Class::PytzOffset, vec![Value::Integer(1440)])]
        {
            assert!(zone(&value).is_err(), "{value:?}");
        }
    }
}
