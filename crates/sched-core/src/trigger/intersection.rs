//! The search for a moment at which several triggers fire.

use super::grid::Grid;
use super::reach::Reach;
use super::{Trigger, TriggerKind};
use crate::time::Timestamp;

/// Several triggers, prepared for that search: nested `and`s are flattened, and all intervals are
/// merged into one grid.
#[derive(Debug, Clone)]
pub(super) struct Intersection {
    /// Empty if the intervals never meet.
    members: Vec<Member>,
}

#[derive(Debug, Clone)]
enum Member {
    Grid(Grid),
    Other(Trigger),
}

impl Intersection {
    pub(super) fn new(triggers: &[Trigger]) -> Self {
        let mut leaves = Vec::new();
        flatten(triggers, &mut leaves);
        let grids = leaves.iter().filter_map(|leaf| grid_around(leaf));
        // Wall clocks show whole seconds: what fires by one never meets an interval between them.
        let mut merged = None;
        for grid in grids {
            merged = match merged {
                None => Some(grid),
                Some(before) => match grid.meet(&before) {
                    Some(both) => Some(both),
                    None => {
                        return Intersection { members: Vec::new() };
                    }
                },
            };
        }
        let (intervals, others): (Vec<_>, Vec<_>) =
            leaves.into_iter().partition(|leaf| matches!(leaf.kind(), TriggerKind::Interval(_)));
        let grid = merged.filter(|_| !intervals.is_empty()).map(Member::Grid);
        let others = others.into_iter().cloned().map(Member::Other);
        Intersection { members: grid.into_iter().chain(others).collect() }
    }

    /// The first moment from `from` on at which all fire.
    ///
    /// Each is asked in turn for its first fire from the candidate on. A later answer is the new
    /// candidate, since nothing before it can be common; when all in a row agree it is found.
    pub(super) fn first_from(&self, from: Timestamp, reach: &mut Reach) -> Option<Timestamp> {
        let mut candidate = from;
        let mut agreed = 0;
        for member in self.members.iter().cycle() {
            reach.ask(candidate)?;
            let fire = match member {
                Member::Grid(grid) => grid.first_from(candidate),
                Member::Other(trigger) => trigger.kind().first_from(candidate, reach),
            }?;
            agreed = if fire == candidate { agreed + 1 } else { 1 };
            candidate = fire;
            if agreed == self.members.len() {
                return Some(candidate);
            }
        }
        None
    }
}

fn flatten<'a>(triggers: &'a [Trigger], leaves: &mut Vec<&'a Trigger>) {
    for trigger in triggers {
        match trigger.kind() {
            TriggerKind::And(and) => flatten(and.triggers(), leaves),
            _ => leaves.push(trigger),
        }
    }
}

/// A grid that holds every fire of the trigger, where there is one.
fn grid_around(trigger: &Trigger) -> Option<Grid> {
    match trigger.kind() {
        TriggerKind::Interval(interval) => Some(interval.grid()),
        TriggerKind::Cron(_) | TriggerKind::CalendarInterval(_) => Some(Grid::whole_seconds()),
        _ => None,
    }
}
