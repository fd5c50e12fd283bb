//! The history of a zone as a table: which offset from UTC was in force from when on.
//!
//! chrono-tz answers only for one moment at a time and keeps the moments of change to itself. A
//! trigger that maps wall times to moments needs those, so they are found once for each zone by
//! asking and halving, and kept as long as the program runs: at most twenty kilobytes and a
//! millisecond for each zone in use.

use std::sync::OnceLock;

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};

use super::rules::{self, CYCLE};

/// Seconds since the epoch, of UTC or of a wall clock.
pub(crate) type Seconds = i64;

/// More than any offset, and more than any change of an offset.
const DAY: Seconds = 86_400;

/// A time span during which one offset is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// The first second in it, UTC.
    pub(crate) start: Seconds,
    /// The first second behind it, UTC.
    pub(crate) end: Seconds,
    /// What the wall clock is ahead of UTC.
    pub(crate) offset: Seconds,
}

impl Span {
    /// What the wall clock shows when the span begins.
    pub(crate) fn wall_start(&self) -> Seconds {
        self.start.saturating_add(self.offset)
    }

    /// What the wall clock would show when the span ends.
    pub(crate) fn wall_end(&self) -> Seconds {
        self.end.saturating_add(self.offset)
    }
}

/// All spans of a zone, in order and without holes.
///
/// A span is far longer than a day, and a change of offset at most a day (the whole-day skips of
/// Samoa and Kwajalein), so a wall time is in question in at most two spans, and these are
/// neighbours. A test holds the data of every zone to that.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spans {
    first_offset: Seconds,
    changes: &'static [Change],
    /// How many of the changes, the last ones, come again every 400 years; may be none.
    repeated: usize,
    /// The number of changes with all that come again up to the year 10,000.
    count: usize,
}

/// A change of the offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) at: Seconds,
    /// In force from `at` on.
    pub(super) offset: Seconds,
}

/// What the wall clock makes of a wall time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    Once(Seconds),
    /// Never; this is the moment that the offset from before the gap gives.
    Never(Seconds),
    Twice(Seconds, Seconds),
}

impl Spans {
    /// One span without end.
    pub(crate) const fn fixed(offset: Seconds) -> Self {
        Spans { first_offset: offset, changes: &[], repeated: 0, count: 0 }
    }

    /// The spans of a zone of the database.
    pub(crate) fn of(tz: Tz) -> Self {
        static FOUND: [OnceLock<Spans>; TZ_VARIANTS.len()] =
            [const { OnceLock::new() }; TZ_VARIANTS.len()];
        // The variants are numbered in the order of the table.
        *FOUND[tz as usize].get_or_init(|| find(tz))
    }

    /// The number of spans; at least one.
    pub(crate) fn len(&self) -> usize {
        self.count + 1
    }

    /// # Panics
    /// When there are no more than `index` spans.
    pub(crate) fn get(&self, index: usize) -> Span {
        let (start, offset) = match index.checked_sub(1) {
            None => (Seconds::MIN, self.first_offset),
            Some(before) => {
                let change = self.change(before);
                (change.at, change.offset)
            }
        };
        let end = if index < self.count { self.change(index).at } else { Seconds::MAX };
        Span { start, end, offset }
    }

    /// Which span the moment `at` is in.
    pub(crate) fn index_at(&self, at: Seconds) -> usize {
        let Some(last) = self.changes.last() else {
            return 0;
        };
        if at < last.at || self.repeated == 0 {
            return self.changes.partition_point(|change| change.at <= at);
        }
        // The same moment in the 400 years that end with the last change in the table.
        let cycles = (at - last.at) / CYCLE + 1;
        let in_table = at.saturating_sub(cycles.saturating_mul(CYCLE));
        let index = self.changes.partition_point(|change| change.at <= in_table);
        let ahead = usize::try_from(cycles).expect("it is positive").saturating_mul(self.repeated);
        index.saturating_add(ahead).min(self.count)
    }

    fn change(&self, place: usize) -> Change {
        if let Some(change) = self.changes.get(place) {
            return *change;
        }
        let cycles = (place - self.changes.len()) / self.repeated + 1;
        let change = self.changes[place - cycles * self.repeated];
        let ahead = Seconds::try_from(cycles).expect("it is below twenty") * CYCLE;
        Change { at: change.at + ahead, offset: change.offset }
    }

    /// The offset in force at the moment `at`.
    pub(crate) fn offset_at(&self, at: Seconds) -> Seconds {
        self.get(self.index_at(at)).offset
    }

    /// When the wall clock shows `wall`.
    pub(crate) fn shown(&self, wall: Seconds) -> Shown {
        // No span that has ended by then can show it, and none that begins two days later.
        let mut index = self.index_at(wall.saturating_sub(DAY));
        let mut span = self.get(index);
        while span.wall_end() <= wall {
            index += 1;
            let next = self.get(index);
            if wall < next.wall_start() {
                return Shown::Never(wall - span.offset);
            }
            span = next;
        }
        let first = wall - span.offset;
        if index + 1 < self.len() {
            let next = self.get(index + 1);
            if next.wall_start() <= wall {
                return Shown::Twice(first, wall - next.offset);
            }
        }
        Shown::Once(first)
    }
}

/// Walks through the history of `tz` in steps shorter than any span.
fn find(tz: Tz) -> Spans {
    /// The database holds nothing before 1844, and chrono-tz has no rules after 2100.
    const FROM: Seconds = -130 * 365 * DAY;
    const TO: Seconds = 132 * 365 * DAY;
    const STEP: Seconds = 3 * DAY;

    let first_offset = ask(tz, FROM);
    let mut changes = Vec::new();
    let mut offset = first_offset;
    let mut at = FROM;
    while at < TO {
        let next = at + STEP;
        let offset_then = ask(tz, next);
        if offset_then != offset {
            let (mut before, mut after) = (at, next);
            while after - before > 1 {
                let middle = before + (after - before) / 2;
                if ask(tz, middle) == offset { before = middle } else { after = middle }
            }
            changes.push(Change { at: after, offset: offset_then });
            offset = offset_then;
        }
        at = next;
    }
    let continued = rules::continued(&changes);
    let repeated = continued.len();
    changes.extend(continued);
    // To the year 10,000 there are 19 more cycles of 400 years and 100 years.
    let count = changes.len() + 19 * repeated + repeated / 4;
    Spans { first_offset, changes: changes.leak(), repeated, count }
}

fn ask(tz: Tz, at: Seconds) -> Seconds {
    let utc = DateTime::from_timestamp(at, 0).expect("the walk stays between 1840 and 2110");
    tz.offset_from_utc_datetime(&utc.naive_utc()).fix().local_minus_utc().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The end of 2099, up to which chrono-tz lists changes.
    const LISTED_UNTIL: Seconds = 4_102_444_800;

    #[test]
    fn every_zone_has_its_own_place_in_the_table() {
        for (place, tz) in TZ_VARIANTS.iter().enumerate() {
            assert_eq!(*tz as usize, place, "{tz}");
        }
    }

    #[test]
    fn spans_of_every_zone_are_longer_than_two_steps_and_changes_no_more_than_a_day() {
        for tz in TZ_VARIANTS {
            let spans = Spans::of(tz);
            for index in 1..spans.len() {
                let (before, span) = (spans.get(index - 1), spans.get(index));
                assert!((span.offset - before.offset).abs() <= DAY, "{tz} at {}", span.start);
                if index + 1 < spans.len() {
                    assert!(span.end - span.start > 6 * DAY, "{tz} at {}", span.start);
                }
                assert!(span.offset.abs() < DAY, "{tz} at {}", span.start);
            }
        }
    }

    /// The steps here are finer than those of the walk and keep no time with them.
    #[test]
    fn offsets_of_every_zone_are_those_of_the_database() {
        for tz in TZ_VARIANTS {
            let spans = Spans::of(tz);
            let mut at = 0;
            while at < LISTED_UNTIL {
                assert_eq!(spans.offset_at(at), ask(tz, at), "{tz} at {at}");
                at += 200_003;
            }
        }
    }

    #[test]
    fn both_sides_of_every_change_are_those_of_the_database() {
        for tz in TZ_VARIANTS {
            let spans = Spans::of(tz);
            let listed = spans.index_at(LISTED_UNTIL);
            for index in 1..=listed {
                let span = spans.get(index);
                assert_eq!(ask(tz, span.start), span.offset, "{tz} at {}", span.start);
                let before = spans.get(index - 1);
                assert_eq!(ask(tz, span.start - 1), before.offset, "{tz} at {}", span.start);
            }
        }
    }

    /// Seconds from the epoch to a wall time written out.
    fn wall(text: &str) -> Seconds {
        chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S")
            .unwrap()
            .and_utc()
            .timestamp()
    }

    #[test]
    fn wall_times_around_unusual_changes() {
        let cases = [
            // Half an hour.
            (Tz::Australia__Lord_Howe, "2024-10-06 02:15:00", Never(10 * 3600 + 1800)),
            (Tz::Australia__Lord_Howe, "2024-04-07 01:45:00", Twice(11 * 3600, 10 * 3600 + 1800)),
            // A whole day.
            (Tz::Pacific__Apia, "2011-12-30 12:00:00", Never(-10 * 3600)),
            (Tz::Pacific__Apia, "2011-12-31 00:00:00", Once(14 * 3600)),
            (Tz::Pacific__Kwajalein, "1993-08-21 00:00:00", Never(-12 * 3600)),
            // Midnight.
            (Tz::America__Sao_Paulo, "2018-11-04 00:00:00", Never(-3 * 3600)),
            (Tz::Africa__Cairo, "2024-04-26 00:59:59", Never(2 * 3600)),
            (Tz::Asia__Beirut, "2024-03-31 00:00:00", Never(2 * 3600)),
            // Two hours.
            (Tz::Antarctica__Troll, "2024-03-31 02:59:59", Never(0)),
            (Tz::Antarctica__Troll, "2024-10-27 01:00:00", Twice(2 * 3600, 0)),
            // The database calls winter time the deviation.
            (Tz::Europe__Dublin, "2024-10-27 01:30:00", Twice(3600, 0)),
            (Tz::Africa__Casablanca, "2024-03-10 02:30:00", Twice(3600, 0)),
            // Before midnight.
            (Tz::America__Nuuk, "2024-03-30 23:30:00", Never(-2 * 3600)),
            // A change of the standard offset.
            (Tz::Asia__Pyongyang, "2018-05-04 23:45:00", Never(8 * 3600 + 1800)),
            // Nothing at all.
            (Tz::Europe__Berlin, "2024-03-31 01:59:59", Once(3600)),
            (Tz::Europe__Berlin, "2024-03-31 03:00:00", Once(7200)),
        ];
        use Shown::{Never, Once, Twice};
        for (tz, text, offsets) in cases {
            let at = wall(text);
            let expected = match offsets {
                Once(offset) => Once(at - offset),
                Never(offset) => Never(at - offset),
                Twice(first, second) => Twice(at - first, at - second),
            };
            assert_eq!(Spans::of(tz).shown(at), expected, "{tz} {text}");
        }
    }
}
