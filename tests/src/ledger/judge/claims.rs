//! Whether anybody claimed anything.

use crate::ledger::history::History;
use crate::ledger::line::Micros;
use crate::ledger::trouble::{Kind, Span};

use super::{CLAIMING, MS};

/// What every fresh run says: somebody claimed a job with this due time, and had begun it then.
#[derive(Debug)]
pub(super) struct Claims {
    /// By due time.
    fresh: Vec<(Micros, Micros)>,
    /// When claims may have hung: a scheduler stood still in the midst of one, or the server did.
    hung: Vec<Span>,
}

impl Claims {
    pub(super) fn of(history: &History) -> Self {
        let runs = history.jobs.values().flat_map(|story| &story.runs);
        let first = runs.filter(|run| run.mark.attempt == 1);
        let mut fresh: Vec<_> = first.map(|run| (run.mark.scheduled, run.start)).collect();
        fresh.sort_unstable();
        let troubles = history.troubles.all().filter(|trouble| trouble.kind != Kind::Killed);
        let hung = troubles.map(|trouble| trouble.span).collect();
        Claims { fresh, hung }
    }

    /// Whether somebody claimed jobs that became due after `from`, and before `until` did so: who
    /// was that busy had to find a job that was due at `from`, as the earliest come first.
    ///
    /// Lenient where less than half a second lies between the two, and while a scheduler is frozen
    /// or cut off, which may keep one record locked, or the server is away.
    pub(super) fn went_on(&self, from: Micros, until: Micros) -> bool {
        if self.hung.iter().any(|span| span.meets(Span::new(from - CLAIMING, until))) {
            return false;
        }
        let start = self.fresh.partition_point(|(due, _)| *due < from + 300 * MS);
        let later = self.fresh[start..].iter().take_while(|(due, _)| *due < until - 200 * MS);
        later.into_iter().any(|(_, begun)| *begun < until - 200 * MS)
    }
}
