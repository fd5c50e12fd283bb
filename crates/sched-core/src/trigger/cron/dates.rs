//! The dates of a schedule, and the search for the next one.

use super::civil::{Date, Day, FIRST_YEAR, LAST_DAY, LAST_YEAR, Month, YearShape, date_of};
use super::item::{Expression, Item, Steps};

/// The expressions of a schedule that speak of dates.
pub(super) struct DateFields<'a> {
    pub(super) year: &'a Expression,
    pub(super) month: &'a Expression,
    pub(super) day: &'a Expression,
    pub(super) week: &'a Expression,
    pub(super) day_of_week: &'a Expression,
    /// A day needs to match only one of `day` and `day_of_week`.
    pub(super) either_day: bool,
}

/// A set of dates from 1970 to 9999.
#[derive(Debug, Clone)]
pub(super) enum Dates {
    /// All of them.
    All,
    /// Those that match.
    Matching(Box<Matching>),
}

/// Dates that match some expressions.
///
/// All about the days of a month that depends on nothing but its length and its first weekday is
/// worked out beforehand; so is, for each year of the 400 after which the calendar repeats itself,
/// whether it has a date in the set. A search therefore looks at the months of at most two years,
/// however rare the dates are, and a set that turns out to be empty is known to be.
#[derive(Debug, Clone)]
pub(super) struct Matching {
    years: Years,
    /// Years modulo 400 with a matching date.
    cycle: Cycle,
    /// The last year that has a date in the set; 0 when there is none.
    last_year: u32,
    /// Bits 1 to 12.
    months: u64,
    /// Bits 1 to 53.
    weeks: u64,
    days: MonthTable,
}

/// The matching days of a month, day 1 as bit 0, by its length less 28 and its first weekday.
type MonthTable = [[u32; 7]; 4];

const ALL_MONTHS: u64 = (1 << 13) - 2;
const ALL_WEEKS: u64 = (1 << 54) - 2;

impl Dates {
    pub(super) fn new(fields: &DateFields<'_>) -> Self {
        let years = Years::new(fields.year);
        let months = fields.month.bits();
        let weeks = fields.week.bits();
        let days = month_table(fields);
        let every_year_alike = months == ALL_MONTHS && weeks == ALL_WEEKS && every_day(&days);
        if every_year_alike && matches!(years, Years::All) {
            return Dates::All;
        }
        let (cycle, last_year) = (Cycle::FULL, LAST_YEAR);
        let mut matching = Matching { years, cycle, last_year, months, weeks, days };
        if !every_year_alike {
            matching.cycle = matching.matching_cycle();
        }
        matching.last_year = matching.find_last_year();
        Dates::Matching(Box::new(matching))
    }

    pub(super) fn contains(&self, day: Day) -> bool {
        match self {
            _ if day > LAST_DAY => false,
            Dates::All => true,
            Dates::Matching(matching) => matching.contains(date_of(day)),
        }
    }

    /// The earliest date that is not before `day`.
    pub(super) fn from(&self, day: Day) -> Option<Day> {
        match self {
            _ if day > LAST_DAY => None,
            Dates::All => Some(day),
            Dates::Matching(matching) => matching.from(date_of(day)),
        }
    }
}

impl Matching {
    fn contains(&self, date: Date) -> bool {
        self.year_matches(date.year)
            && self.in_month(YearShape::of(date.year).0, date.month) >> (date.day - 1) & 1 == 1
    }

    fn from(&self, date: Date) -> Option<Day> {
        if date.year > self.last_year {
            return None;
        }
        if self.year_matches(date.year)
            && let Some(found) = self.in_year(date.year, date.month, date.day)
        {
            return Some(found);
        }
        let year = self.next_year(date.year + 1)?;
        self.in_year(year, 1, 1)
    }

    fn in_year(&self, year: u32, from_month: u32, from_day: u32) -> Option<Day> {
        let (shape, first_day) = YearShape::of(year);
        // A month of which some days are over comes first.
        let days = self.in_month(shape, from_month) & (u32::MAX << (from_day - 1));
        if days != 0 {
            return Some(first_day + shape.month(from_month).start + days.trailing_zeros());
        }
        let mut months = self.months & (u64::MAX << (from_month + 1));
        while months != 0 {
            let month = months.trailing_zeros();
            let days = self.in_month(shape, month);
            if days != 0 {
                return Some(first_day + shape.month(month).start + days.trailing_zeros());
            }
            months &= months - 1;
        }
        None
    }

    /// The matching days of a month, day 1 as bit 0.
    fn in_month(&self, shape: YearShape, month: u32) -> u32 {
        if self.months >> month & 1 == 0 {
            return 0;
        }
        let number = month;
        let month = shape.month(number);
        let days = self.days[month.length as usize - 28][month.starts_on as usize];
        if self.weeks == ALL_WEEKS { days } else { days & self.in_weeks(shape, month) }
    }

    /// The days of a month whose ISO week matches.
    fn in_weeks(&self, shape: YearShape, month: Month) -> u32 {
        let week = shape.week(month.start);
        let last_week = shape.week(month.start + month.length - 1);
        // Weeks run on within a month, but not in January and December.
        if week <= last_week && self.weeks >> week << (week + 63 - last_week) == 0 {
            return 0;
        }
        let mut days = 0;
        let mut from = 0;
        while from < month.length {
            let next_monday = from + 7 - (month.starts_on + from) % 7;
            if self.weeks >> shape.week(month.start + from) & 1 == 1 {
                days |= all_days(next_monday.min(month.length)) & (u32::MAX << from);
            }
            from = next_monday;
        }
        days
    }

    fn year_matches(&self, year: u32) -> bool {
        self.cycle.contains(year) && self.years.from(year) == Some(year)
    }

    /// The first year with a matching date, `from` or later.
    fn next_year(&self, from: u32) -> Option<u32> {
        let mut year = from;
        while year <= self.last_year {
            year = self.years.from(year)?;
            let matching = self.cycle.from(year)?;
            if matching == year {
                return Some(year);
            }
            year = matching;
        }
        None
    }

    fn find_last_year(&self) -> u32 {
        (FIRST_YEAR..=self.years.last()).rev().find(|year| self.year_matches(*year)).unwrap_or(0)
    }

    /// Which years of the cycle have a matching date. Only 28 kinds of year need a look.
    fn matching_cycle(&self) -> Cycle {
        let mut known = [None; YearShape::COUNT];
        let mut cycle = Cycle::EMPTY;
        for year in 2000..2400 {
            let (shape, _) = YearShape::of(year);
            let matches = *known[shape.index()]
                .get_or_insert_with(|| (1..=12).any(|month| self.in_month(shape, month) != 0));
            if matches {
                cycle.insert(year);
            }
        }
        cycle
    }
}

/// The years that the year field allows.
#[derive(Debug, Clone)]
enum Years {
    All,
    Some(Box<[Steps]>),
}

impl Years {
    fn new(year: &Expression) -> Self {
        let all = Steps { first: FIRST_YEAR, last: LAST_YEAR, step: 1 };
        if year.steps().any(|steps| steps == all) {
            return Years::All;
        }
        Years::Some(year.steps().collect())
    }

    fn from(&self, year: u32) -> Option<u32> {
        match self {
            Years::All => (year <= LAST_YEAR).then_some(year.max(FIRST_YEAR)),
            Years::Some(steps) => steps.iter().filter_map(|steps| steps.from(year)).min(),
        }
    }

    fn last(&self) -> u32 {
        match self {
            Years::All => LAST_YEAR,
            Years::Some(steps) => steps.iter().map(|steps| steps.last).max().unwrap_or(0),
        }
    }
}

/// A set of years modulo 400.
#[derive(Debug, Clone, Copy)]
struct Cycle([u64; 7]);

impl Cycle {
    const EMPTY: Cycle = Cycle([0; 7]);
    const FULL: Cycle = Cycle([u64::MAX; 7]);

    fn insert(&mut self, year: u32) {
        let place = year % 400;
        self.0[place as usize / 64] |= 1 << (place % 64);
    }

    fn contains(&self, year: u32) -> bool {
        let place = year % 400;
        self.0[place as usize / 64] >> (place % 64) & 1 == 1
    }

    /// The first year in the set, `year` or later.
    fn from(&self, year: u32) -> Option<u32> {
        let place = year % 400;
        let this_cycle = year - place;
        self.place_from(place)
            .map(|place| this_cycle + place)
            .or_else(|| self.place_from(0).map(|place| this_cycle + 400 + place))
    }

    fn place_from(&self, place: u32) -> Option<u32> {
        let mut rest = self.0[place as usize / 64] & (u64::MAX << (place % 64));
        let mut start = place / 64 * 64;
        while rest == 0 {
            start += 64;
            rest = *self.0.get(start as usize / 64)?;
        }
        let found = start + rest.trailing_zeros();
        (found < 400).then_some(found)
    }
}

fn month_table(fields: &DateFields<'_>) -> MonthTable {
    let numbers = fields.day.bits() >> 1;
    let weekdays = fields.day_of_week.bits();
    let mut table = [[0; 7]; 4];
    for (length, by_first_weekday) in (28..).zip(&mut table) {
        for (starts_on, days) in (0..).zip(by_first_weekday) {
            // Five weeks and more, beginning on the first weekday.
            let weeks = (weekdays * 0x0102_0408_1020_4081) >> starts_on;
            let in_month = |bits: u64| (bits & u64::from(all_days(length))) as u32;
            let by_number = in_month(numbers) | by_rules(&fields.day.items, length, starts_on);
            let by_weekday =
                in_month(weeks) | by_rules(&fields.day_of_week.items, length, starts_on);
            *days = if fields.either_day { by_number | by_weekday } else { by_number & by_weekday };
        }
    }
    table
}

fn every_day(days: &MonthTable) -> bool {
    (28..).zip(days).all(|(length, row)| row.iter().all(|days| *days == all_days(length)))
}

/// The days of a month that are named by rules rather than by values.
fn by_rules(items: &[Item], length: u32, starts_on: u32) -> u32 {
    items.iter().fold(0, |days, item| {
        days | match *item {
            Item::Values(_) => 0,
            Item::NthWeekday { nth, weekday } => {
                let place = (weekday + 7 - starts_on) % 7 + 7 * (nth - 1);
                if place < length { 1 << place } else { 0 }
            }
            Item::LastWeekday { weekday } => {
                let last_weekday = (starts_on + length - 1) % 7;
                1 << (length - 1 - (last_weekday + 7 - weekday) % 7)
            }
            Item::LastDay { less } => (1 << (length - 1)) >> less,
            Item::NearestWorkday { day } if day > length => 0,
            Item::NearestWorkday { day } => 1 << nearest_workday(day - 1, length, starts_on),
            Item::LastWorkday => 1 << nearest_workday(length - 1, length, starts_on),
        }
    })
}

/// `day` counts from 0 here.
fn nearest_workday(day: u32, length: u32, starts_on: u32) -> u32 {
    match (starts_on + day) % 7 {
        5 if day == 0 => 2,
        5 => day - 1,
        6 if day == length - 1 => day - 2,
        6 => day + 1,
        _ => day,
    }
}

/// The first `length` days, 1 to 31.
fn all_days(length: u32) -> u32 {
    u32::MAX >> (32 - length)
}
