//! Where fires pile up.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::time::Duration;

use sched_core::{JobId, Timestamp, Zone};

use super::Simulation;

/// How many jobs a line of the table names.
const NAMED: usize = 3;

/// A span of time with many fires.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Peak {
    /// Its beginning.
    pub from: Timestamp,
    /// How many fires it has.
    pub fires: usize,
    /// Whose fires they are, and how many of each.
    pub jobs: BTreeMap<JobId, usize>,
}

/// The fullest spans of a [`Simulation`]. Its text is a table.
#[derive(Debug, Clone)]
pub struct Peaks {
    zone: Zone,
    total: usize,
    peaks: Vec<Peak>,
}

impl Peaks {
    pub(super) fn of(simulation: &Simulation, width: Duration, most: usize) -> Self {
        let width = i64::try_from(width.as_micros()).unwrap_or(i64::MAX);
        assert!(width > 0, "a span has a length");
        let span = |at: Timestamp| at.as_micros().div_euclid(width);
        let mut spans: HashMap<i64, usize> = HashMap::new();
        for fire in simulation.fires() {
            *spans.entry(span(fire.at)).or_default() += 1;
        }
        let total = spans.values().sum();
        let mut fullest: Vec<(i64, usize)> = spans.into_iter().collect();
        fullest.sort_unstable_by_key(|&(span, fires)| (Reverse(fires), span));
        fullest.truncate(most);
        // Whose they are is found in a second walk: kept for every span it would be too much.
        let places: HashMap<i64, usize> =
            fullest.iter().enumerate().map(|(place, &(span, _))| (span, place)).collect();
        let empty = |&(span, fires): &(i64, usize)| {
            let from = Timestamp::from_micros(span.saturating_mul(width));
            Peak { from, fires, jobs: BTreeMap::new() }
        };
        let mut peaks: Vec<Peak> = fullest.iter().map(empty).collect();
        for fire in simulation.fires() {
            if let Some(&place) = places.get(&span(fire.at)) {
                *peaks[place].jobs.entry(fire.job_id).or_default() += 1;
            }
        }
        Peaks { zone: simulation.zone, total, peaks }
    }

    /// How many fires there are in all.
    pub fn total(&self) -> usize {
        self.total
    }

    /// The fullest spans, the fullest first.
    pub fn peaks(&self) -> &[Peak] {
        &self.peaks
    }
}

/// One line for each span: its beginning in the simulation's zone, its fires, and whose they are.
impl fmt::Display for Peaks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<26} {:>8}  jobs (of {} fires in all)", "from", "fires", self.total)?;
        for Peak { from, fires, jobs } in &self.peaks {
            let date = match self.zone.date_at(*from) {
                Some(date) => date.format("%a %Y-%m-%d %H:%M:%S").to_string(),
                None => from.to_string(),
            };
            write!(f, "{date:<26} {fires:>8}  ")?;
            for (nth, (job, count)) in jobs.iter().take(NAMED).enumerate() {
                let comma = if nth == 0 { "" } else { ", " };
                write!(f, "{comma}{job}")?;
                if *count > 1 {
                    write!(f, " x{count}")?;
                }
            }
            match jobs.len().saturating_sub(NAMED) {
                0 => writeln!(f)?,
                more => writeln!(f, " and {more} more")?,
            }
        }
        Ok(())
    }
}
