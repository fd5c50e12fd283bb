//! The times of day of a schedule.

use super::item::Expression;

/// Sets of hours, minutes and seconds; a time of day matches when all three of its parts do.
#[derive(Debug, Clone)]
pub(super) struct TimesOfDay {
    hours: u64,
    minutes: u64,
    seconds: u64,
    /// The earliest, in seconds from midnight.
    first: u32,
}

impl TimesOfDay {
    pub(super) fn new(hour: &Expression, minute: &Expression, second: &Expression) -> Self {
        let (hours, minutes, seconds) = (hour.bits(), minute.bits(), second.bits());
        let lowest = |bits: u64| bits.trailing_zeros();
        let first = lowest(hours) * 3600 + lowest(minutes) * 60 + lowest(seconds);
        TimesOfDay { hours, minutes, seconds, first }
    }

    /// The earliest.
    pub(super) fn first(&self) -> u32 {
        self.first
    }

    /// The earliest that is not before `time`.
    pub(super) fn from(&self, time: u32) -> Option<u32> {
        let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
        if self.hours >> hour & 1 == 1 {
            let this_hour = hour * 3600;
            if self.minutes >> minute & 1 == 1
                && let Some(second) = lowest_from(self.seconds, second)
            {
                return Some(this_hour + minute * 60 + second);
            }
            if let Some(minute) = lowest_from(self.minutes, minute + 1) {
                return Some(this_hour + minute * 60 + self.first % 60);
            }
        }
        let hour = lowest_from(self.hours, hour + 1)?;
        Some(hour * 3600 + self.first % 3600)
    }
}

/// The lowest bit that is set, `from` or above it.
fn lowest_from(bits: u64, from: u32) -> Option<u32> {
    let rest = bits & (u64::MAX << from);
    (rest != 0).then(|| rest.trailing_zeros())
}

#[cfg(test)]
mod tests {
    use super::super::field::Name;
    use super::super::reference::expression;
    use super::*;

    #[test]
    fn each_second_of_the_day_finds_the_first_that_matches() {
        let cases =
            [("*", "*", "*"), ("0", "0", "0"), ("23", "59", "59"), ("8-20/4", "*/25", "7,50")];
        for (hour, minute, second) in cases {
            let hour = expression(Name::Hour, hour).unwrap();
            let minute = expression(Name::Minute, minute).unwrap();
            let second = expression(Name::Second, second).unwrap();
            let times = TimesOfDay::new(&hour, &minute, &second);
            let mut expected = None;
            for time in (0..86_400).rev() {
                if hour.bits() >> (time / 3600) & 1 == 1
                    && minute.bits() >> (time / 60 % 60) & 1 == 1
                    && second.bits() >> (time % 60) & 1 == 1
                {
                    expected = Some(time);
                }
                assert_eq!(times.from(time), expected);
            }
            assert_eq!(Some(times.first()), expected);
        }
    }
}
