//! What schedulers that share a store let each other know.

use std::fmt;

use crate::time::Timestamp;

/// What another process did, as far as it matters to whoever waits for jobs to be due.
///
/// Written out with [`Display`](fmt::Display) and read back with [`Hint::from`], for stores that
/// pass it on as text.
///
/// ```
/// use sched_core::Timestamp;
/// use sched_core::store::Hint;
///
/// let hint = Hint::Due(Timestamp::from_secs(1_900_000_000));
/// assert_eq!(Hint::from(&*hint.to_string()), hint);
/// assert_eq!(Hint::from("what a later version says"), Hint::Anything);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hint {
    /// It may have written anything.
    Anything,
    /// It has written records, none of which is due before this moment.
    Due(Timestamp),
    /// It has looked, and found nothing due: whoever serves the same lanes need not look as well.
    Quiet {
        /// Which lanes it serves, as a number.
        lanes: u64,
        /// When the next record in any of them is due.
        due: Option<Timestamp>,
    },
}

impl Hint {
    /// The hint for a write of records with these due times; none if nobody waits for any of them.
    pub fn of(dues: impl IntoIterator<Item = Option<Timestamp>>) -> Option<Self> {
        dues.into_iter().flatten().min().map(Hint::Due)
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Hint::Anything => f.write_str("anything"),
            Hint::Due(at) => write!(f, "due {}", at.as_micros()),
            Hint::Quiet { lanes, due: None } => write!(f, "quiet {lanes}"),
            Hint::Quiet { lanes, due: Some(due) } => write!(f, "quiet {lanes} {}", due.as_micros()),
        }
    }
}

impl From<&str> for Hint {
    /// What is not understood may be anything.
    fn from(text: &str) -> Self {
        let moment = |text: &str| text.parse().ok().map(Timestamp::from_micros);
        let words: Vec<&str> = text.split(' ').collect();
        let read = match *words {
            ["due", at] => moment(at).map(Hint::Due),
            ["quiet", lanes] => lanes.parse().ok().map(|lanes| Hint::Quiet { lanes, due: None }),
            ["quiet", lanes, due] => lanes
                .parse()
                .ok()
                .zip(moment(due))
                .map(|(lanes, due)| Hint::Quiet { lanes, due: Some(due) }),
            _ => None,
        };
        read.unwrap_or(Hint::Anything)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_is_read_as_it_was_written_and_anything_else_is_anything() {
        let at = Timestamp::from_micros(-5);
        for hint in [
            Hint::Anything,
            Hint::Due(at),
            Hint::Quiet { lanes: u64::MAX, due: None },
            Hint::Quiet { lanes: 0, due: Some(at) },
        ] {
            assert_eq!(Hint::from(&*hint.to_string()), hint);
        }
        for text in ["", "due", "due soon", "quiet", "quiet -1", "quiet 1 2 3", "quiet 1 soon"] {
            assert_eq!(Hint::from(text), Hint::Anything, "{text:?}");
        }
    }

    #[test]
    fn records_that_nobody_waits_for_are_no_news() {
        let at = Timestamp::from_micros;
        assert_eq!(Hint::of([None, None]), None);
        assert_eq!(Hint::of([None, Some(at(7)), Some(at(3))]), Some(Hint::Due(at(3))));
    }
}
