//! Time zones: an IANA zone or a fixed offset, and the two questions that triggers ask of one.

mod rules;
mod spans;

pub(crate) use spans::{Seconds, Spans};

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, FixedOffset, NaiveDateTime};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::time::Timestamp;
use spans::Shown;

/// A time zone: one of the IANA database, with all its rules, or a fixed offset from UTC.
///
/// Zone data are those that chrono-tz carries, which end with 2099; the rules that are in force then
/// go on for ever.
/// The text form is the IANA name, or `+HH:MM`.
///
/// ```
/// use sched_core::Zone;
///
/// let berlin: Zone = "Europe/Berlin".parse().unwrap();
/// assert_eq!(berlin.to_string(), "Europe/Berlin");
/// assert_eq!("+05:30".parse::<Zone>().unwrap().to_string(), "+05:30");
/// assert!("Mars/Olympus".parse::<Zone>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(Kind);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Named(Tz),
    Fixed(FixedOffset),
}

/// A text that names no time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown time zone {text:?}: expected an IANA name such as \"Europe/Berlin\", or \"+HH:MM\""
)]
pub struct UnknownZone {
    /// What was given.
    pub text: String,
}

/// What the wall clock of a zone makes of a local date and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wall {
    /// It shows it once.
    Once(Timestamp),
    /// It is put forward over it: the moment with the offset in force before the gap, which is
    /// the wall time moved forward by the size of the gap.
    Gap(Timestamp),
    /// It shows it twice.
    Fold(Timestamp, Timestamp),
}

impl Wall {
    /// The one moment the reference takes for a date that a person wrote: the earlier of two,
    /// and in a gap the one moved forward.
    pub(crate) fn usual(self) -> Timestamp {
        match self {
            Wall::Once(t) | Wall::Gap(t) | Wall::Fold(t, _) => t,
        }
    }
}

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Zone = Zone(Kind::Named(Tz::UTC));

    /// The zone that this machine is set to.
    ///
    /// # Errors
    /// [`UnknownZone`] when the machine does not say, or names a zone that chrono-tz lacks.
    pub fn local() -> Result<Zone, UnknownZone> {
        let name = iana_time_zone::get_timezone()
            .map_err(|e| UnknownZone { text: format!("of this machine: {e}") })?;
        name.parse()
    }

    /// The offset from UTC in force at `at`.
    pub fn offset_at(self, at: Timestamp) -> FixedOffset {
        match self.0 {
            Kind::Fixed(offset) => offset,
            Kind::Named(tz) => {
                let seconds = Spans::of(tz).offset_at(at.as_micros().div_euclid(1_000_000));
                i32::try_from(seconds)
                    .ok()
                    .and_then(FixedOffset::east_opt)
                    .expect("it was a FixedOffset when the table was made")
            }
        }
    }

    /// `at` as a date with the offset in force, or none outside chrono's range of years.
    pub fn date_at(self, at: Timestamp) -> Option<DateTime<FixedOffset>> {
        Some(at.to_utc()?.with_timezone(&self.offset_at(at)))
    }

    /// The abbreviation that the zone uses at `at`, such as `CEST`; `UTC+02:00` for an offset.
    pub fn abbreviation_at(self, at: Timestamp) -> String {
        match (self.0, at.to_utc()) {
            (Kind::Named(tz), Some(utc)) => utc.with_timezone(&tz).format("%Z").to_string(),
            (Kind::Named(tz), None) => tz.name().to_owned(),
            (Kind::Fixed(offset), _) => format!("UTC{offset}"),
        }
    }

    /// What the wall clock makes of `wall`.
    pub(crate) fn resolve(self, wall: NaiveDateTime) -> Wall {
        let wall = wall.and_utc().timestamp_micros();
        let micros = wall.rem_euclid(1_000_000);
        let at = |secs: Seconds| Timestamp::from_micros(secs * 1_000_000 + micros);
        match self.spans().shown(wall.div_euclid(1_000_000)) {
            Shown::Once(t) => Wall::Once(at(t)),
            Shown::Never(t) => Wall::Gap(at(t)),
            Shown::Twice(first, second) => Wall::Fold(at(first), at(second)),
        }
    }

    /// The time spans between its changes of offset.
    pub(crate) fn spans(self) -> Spans {
        match self.0 {
            Kind::Named(tz) => Spans::of(tz),
            Kind::Fixed(offset) => Spans::fixed(offset.local_minus_utc().into()),
        }
    }
}

impl From<Tz> for Zone {
    fn from(tz: Tz) -> Self {
        Zone(Kind::Named(tz))
    }
}

impl From<FixedOffset> for Zone {
    fn from(offset: FixedOffset) -> Self {
        Zone(Kind::Fixed(offset))
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.to_string()
    }
}

impl TryFrom<String> for Zone {
    type Error = UnknownZone;

    fn try_from(text: String) -> Result<Self, UnknownZone> {
        text.parse()
    }
}

/// IANA names in any case, or `+HH:MM` and `-HH:MM` up to 23:59.
impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(text: &str) -> Result<Self, UnknownZone> {
        if let Ok(tz) = Tz::from_str_insensitive(text) {
            return Ok(tz.into());
        }
        fixed_offset(text).map(Zone::from).ok_or_else(|| UnknownZone { text: text.to_owned() })
    }
}

fn fixed_offset(text: &str) -> Option<FixedOffset> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    let (hours, minutes) = digits.split_once(':')?;
    let two_digits = |s: &str| -> Option<i32> {
        (s.len() == 2 && s.bytes().all(|b| b.is_ascii_digit())).then(|| s.parse().ok())?
    };
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    FixedOffset::east_opt(sign * (hours * 3600 + minutes * 60))
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Named(tz) => f.write_str(tz.name()),
            Kind::Fixed(offset) => fmt::Display::fmt(&offset, f),
        }
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({self})")
    }
}
