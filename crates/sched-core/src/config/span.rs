//! Spans of time in a configuration.

use std::fmt;
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer, Unexpected, Visitor};

/// A span of time in options: a number of seconds, 0 or more, with or without a fraction.
///
/// ```
/// use sched_core::config::{Options, Seconds};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// #[serde(deny_unknown_fields)]
/// struct Server {
///     timeout: Option<Seconds>,
/// }
///
/// let options: Options = [("timeout", "2.5")].into_iter().collect();
/// let server: Server = options.parse()?;
/// assert_eq!(server.timeout.map(|span| span.0.as_millis()), Some(2_500));
/// # Ok::<(), sched_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seconds(
    /// The span.
    pub Duration,
);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_f64(SecondsVisitor).map(Seconds)
    }
}

struct SecondsVisitor;

impl Visitor<'_> for SecondsVisitor {
    type Value = Duration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of seconds, 0 or more")
    }

    fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Duration, E> {
        Duration::try_from_secs_f64(seconds)
            .map_err(|_| E::invalid_value(Unexpected::Float(seconds), &self))
    }

    fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Duration, E> {
        Ok(Duration::from_secs(seconds))
    }

    fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Duration, E> {
        u64::try_from(seconds)
            .map(Duration::from_secs)
            .map_err(|_| E::invalid_value(Unexpected::Signed(seconds), &self))
    }
}

/// How late a run may begin: more than no seconds, or none for however late.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Grace(pub(super) Option<Duration>);

impl<'de> Deserialize<'de> for Grace {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(GraceVisitor).map(Grace)
    }
}

struct GraceVisitor;

impl GraceVisitor {
    fn positive<E: de::Error>(self, span: Result<Duration, E>) -> Result<Option<Duration>, E> {
        match span {
            Ok(span) if !span.is_zero() => Ok(Some(span)),
            _ => Err(E::invalid_value(Unexpected::Float(0.0), &self)),
        }
    }
}

impl Visitor<'_> for GraceVisitor {
    type Value = Option<Duration>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of seconds, more than 0, or none for however late")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Option<Duration>, E> {
        Ok(None)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Option<Duration>, E> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("none") {
            return Ok(None);
        }
        let seconds = text.parse::<f64>();
        let seconds = seconds.map_err(|_| E::invalid_value(Unexpected::Str(text), &self))?;
        self.visit_f64(seconds)
    }

    fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Option<Duration>, E> {
        self.positive(SecondsVisitor.visit_f64::<E>(seconds))
    }

    fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Option<Duration>, E> {
        self.positive(Ok(Duration::from_secs(seconds)))
    }

    fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Option<Duration>, E> {
        self.positive(SecondsVisitor.visit_i64::<E>(seconds))
    }
}
