//! What both cron languages are read into.

/// One alternative of an expression; the alternatives of a field are a union.
///
/// Weekdays count from 0 = Monday here, whatever the language that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item {
    /// Values of the field.
    Values(Steps),
    /// The `nth` such weekday of the month, `nth` from 1 to 5.
    NthWeekday { nth: u32, weekday: u32 },
    /// The last such weekday of the month.
    LastWeekday { weekday: u32 },
    /// The last day of the month, less so many.
    LastDay { less: u32 },
    /// Monday to Friday, whichever is nearest to the day but in the same month.
    NearestWorkday { day: u32 },
    /// The last day of the month from Monday to Friday.
    LastWorkday,
}

/// `first`, `first + step` and so on, up to and with `last`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Steps {
    pub(super) first: u32,
    /// Not before `first`.
    pub(super) last: u32,
    /// Not zero.
    pub(super) step: u32,
}

impl Steps {
    pub(super) fn one(value: u32) -> Self {
        Steps { first: value, last: value, step: 1 }
    }

    pub(super) fn values(self) -> impl Iterator<Item = u32> {
        (self.first..=self.last).step_by(self.step as usize)
    }

    /// The first of the values that is not below `value`.
    pub(super) fn from(self, value: u32) -> Option<u32> {
        if value <= self.first {
            return Some(self.first);
        }
        let found = self.first + (value - self.first).div_ceil(self.step) * self.step;
        (found <= self.last).then_some(found)
    }
}

/// An expression that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expression {
    pub(super) items: Vec<Item>,
    /// The same in canonical form: no blanks, no leading zeros, names in lower case.
    pub(super) text: String,
}

impl Expression {
    /// The values of a field that knows nothing else, as bits.
    pub(super) fn bits(&self) -> u64 {
        self.steps().flat_map(Steps::values).fold(0, |bits, value| bits | 1 << value)
    }

    /// The values among the items.
    pub(super) fn steps(&self) -> impl Iterator<Item = Steps> {
        self.items.iter().filter_map(|item| match item {
            Item::Values(steps) => Some(*steps),
            _ => None,
        })
    }

    /// Whether a `*` is in it.
    pub(super) fn holds_star(&self) -> bool {
        self.text.contains('*')
    }
}
