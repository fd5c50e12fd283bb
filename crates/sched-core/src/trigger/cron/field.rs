//! The eight fields of a cron schedule, and what a user may write into one.

/// What is given for one field of a [`Cron`](super::Cron): an expression, or a number.
///
/// It is kept as text and read when the trigger is built, so that an error can show all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field(String);

impl Field {
    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Field {
    fn from(text: &str) -> Self {
        Field(text.to_owned())
    }
}

impl From<String> for Field {
    fn from(text: String) -> Self {
        Field(text)
    }
}

macro_rules! from_integers {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Field {
            fn from(number: $integer) -> Self {
                Field(number.to_string())
            }
        }
    )*};
}

from_integers!(i8, i16, i32, i64, u8, u16, u32, u64, usize);

/// Which field. The order is the reference's, from the most significant to the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Name {
    Year,
    Month,
    Day,
    Week,
    DayOfWeek,
    Hour,
    Minute,
    Second,
}

impl Name {
    pub(super) const ALL: [Name; 8] = [
        Name::Year,
        Name::Month,
        Name::Day,
        Name::Week,
        Name::DayOfWeek,
        Name::Hour,
        Name::Minute,
        Name::Second,
    ];

    /// The reference's name of the argument.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Name::Year => "year",
            Name::Month => "month",
            Name::Day => "day",
            Name::Week => "week",
            Name::DayOfWeek => "day_of_week",
            Name::Hour => "hour",
            Name::Minute => "minute",
            Name::Second => "second",
        }
    }

    /// The expression of a field that is not given. Behind the last one that is, a field rests at
    /// its lowest value; before it, and for what is derived from the date, every value will do.
    pub(super) const fn default(self, behind_the_last_given: bool) -> &'static str {
        match self {
            Name::Month | Name::Day if behind_the_last_given => "1",
            Name::Hour | Name::Minute | Name::Second if behind_the_last_given => "0",
            _ => "*",
        }
    }
}
