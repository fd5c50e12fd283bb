//! Moments and spans of time as people write them, to the last digit.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Datelike, SecondsFormat};
use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::time::Timestamp;
use crate::zone::Zone;

/// A moment, and the zone to write it in. When read it is in UTC.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment(pub(super) Timestamp, pub(super) Zone);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // RFC 3339 has four digits for the year.
        match self.1.date_at(self.0).filter(|date| (0..=9999).contains(&date.year())) {
            Some(date) => {
                serializer.serialize_str(&date.to_rfc3339_opts(SecondsFormat::AutoSi, true))
            }
            None => serializer.serialize_i64(self.0.as_micros()),
        }
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl Visitor<'_> for Read {
            type Value = Moment;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a moment such as 2026-01-01T09:00:00+01:00")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Moment, E> {
                let date = DateTime::parse_from_rfc3339(text);
                let date = date.map_err(|error| E::custom(format!("moment {text:?}: {error}")))?;
                Ok(Moment(date.into(), Zone::UTC))
            }

            fn visit_i64<E: serde::de::Error>(self, micros: i64) -> Result<Moment, E> {
                Ok(Moment(Timestamp::from_micros(micros), Zone::UTC))
            }

            fn visit_u64<E: serde::de::Error>(self, micros: u64) -> Result<Moment, E> {
                self.visit_i64(i64::try_from(micros).map_err(E::custom)?)
            }
        }

        deserializer.deserialize_any(Read)
    }
}

/// A span of time: `1d 2h 3m 4.5s`, or any of these parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span(pub(super) Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanos) = (self.0.as_secs(), self.0.subsec_nanos());
        let parts =
            [(seconds / 86_400, 'd'), (seconds / 3_600 % 24, 'h'), (seconds / 60 % 60, 'm')];
        let mut between = "";
        for (count, unit) in parts {
            if count > 0 {
                write!(f, "{between}{count}{unit}")?;
                between = " ";
            }
        }
        let seconds = seconds % 60;
        match (seconds, nanos) {
            (0, 0) if !between.is_empty() => Ok(()),
            (_, 0) => write!(f, "{between}{seconds}s"),
            _ => {
                let fraction = format!("{nanos:09}");
                write!(f, "{between}{seconds}.{}s", fraction.trim_end_matches('0'))
            }
        }
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || format!("{text:?} is no span of time such as 1d 2h 3m 4.5s");
        let mut sum = Duration::ZERO;
        let mut parts = text.split_whitespace().peekable();
        parts.peek().ok_or_else(refused)?;
        for part in parts {
            let (number, unit) =
                part.split_at(part.len() - part.chars().last().map_or(0, char::len_utf8));
            let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
            let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
            if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > 9 {
                return Err(refused());
            }
            let seconds = match unit {
                "d" => 86_400,
                "h" => 3_600,
                "m" => 60,
                "s" => 1,
                _ => return Err(refused()),
            };
            if number.contains('.') && (unit != "s" || fraction.is_empty()) {
                return Err(refused());
            }
            let whole: u64 = whole.parse().map_err(|_| refused())?;
            let whole = whole.checked_mul(seconds).ok_or_else(refused)?;
            let nanos: u32 = format!("{fraction:0<9}").parse().map_err(|_| refused())?;
            sum = sum.checked_add(Duration::new(whole, nanos)).ok_or_else(refused)?;
        }
        Ok(Span(sum))
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
