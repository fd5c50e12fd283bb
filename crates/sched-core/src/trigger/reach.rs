//! How far a search may go before it is given up.

use super::LAST_FIRE;
use crate::time::Timestamp;

/// How far a search inside `and` may go: to a moment, and for a number of questions to its
/// triggers. One reach is shared by all that is nested, so nesting does not multiply it.
pub(super) struct Reach {
    until: Timestamp,
    questions: u32,
}

/// Enough to follow two daily schedules for over a century, and a matter of some ten milliseconds.
const MOST_QUESTIONS: u32 = 100_000;

impl Reach {
    pub(super) fn far() -> Reach {
        Reach::until(LAST_FIRE)
    }

    /// Fires after `until` need not be found.
    pub(super) fn until(until: Timestamp) -> Reach {
        Reach { until, questions: MOST_QUESTIONS }
    }

    /// Lets `search` go no further than `until`, with the questions that are left.
    pub(super) fn no_further<T>(
        &mut self,
        until: Timestamp,
        search: impl FnOnce(&mut Reach) -> T,
    ) -> T {
        let outer = self.until;
        self.until = outer.min(until);
        let found = search(self);
        self.until = outer;
        found
    }

    /// Notes that a trigger is about to be asked for its first fire from `candidate` on; none if
    /// that is too much.
    pub(super) fn ask(&mut self, candidate: Timestamp) -> Option<()> {
        self.questions = self.questions.checked_sub(1)?;
        (candidate <= self.until).then_some(())
    }
}
