//! Whether more ran at once than was allowed.

use crate::ledger::history::{Run, Story};
use crate::ledger::line::Micros;
use crate::ledger::trouble::{Kind, Span, Troubles};

use super::MS;

/// How long a scheduler that was frozen may take to notice that its runs are no longer its own.
/// While it stood still it could not be told.
const WAKING: Micros = 3_000 * MS;

/// When a run did something, for which its scheduler answers.
///
/// It ends with its last line, or when its process is killed. What a frozen process has begun does
/// nothing until it is thawed, and a moment later it must have stopped, if others have gone on
/// without it.
#[derive(Debug, Clone, Copy)]
struct Activity<'a> {
    run: &'a Run,
    span: Span,
}

fn activities<'a>(run: &'a Run, troubles: &Troubles) -> Vec<Activity<'a>> {
    let mut rest = Span::new(run.start, run.ended_at());
    let mut spans = Vec::new();
    for trouble in troubles.of(&run.node) {
        let Span { from, until } = trouble.span;
        match trouble.kind {
            Kind::Killed => rest.until = rest.until.min(from),
            Kind::Frozen if rest.meets(trouble.span) => {
                if from > rest.from {
                    spans.push(Span::new(rest.from, from.min(rest.until)));
                }
                rest.from = rest.from.max(until.saturating_add(WAKING));
            }
            Kind::Frozen | Kind::CutOff | Kind::NoStore | Kind::LockedOut => {}
        }
    }
    spans.push(rest);
    let real = spans.into_iter().filter(|span| span.from < span.until);
    real.map(|span| Activity { run, span }).collect()
}

/// Where a job ran in more instances than it may, or one fire of it twice at once: when, and what
/// is wrong.
pub(super) fn overlaps(story: &Story, troubles: &Troubles) -> Vec<(Micros, String)> {
    let mut all: Vec<Activity<'_>> =
        story.runs.iter().flat_map(|run| activities(run, troubles)).collect();
    all.sort_by_key(|activity| activity.span.from);
    let limit = story.duty.max_instances as usize;
    let mut found = Vec::new();
    let mut going_on: Vec<Activity<'_>> = Vec::new();
    for begun in all {
        let at = begun.span.from;
        going_on.retain(|other| other.span.until > at);
        let same = |other: &&Activity<'_>| other.run.mark.scheduled == begun.run.mark.scheduled;
        if let Some(other) = going_on.iter().find(same) {
            let text = format!("one fire run by {} and {} at once", other.run.node, begun.run.node);
            found.push((at, text));
        } else if going_on.len() >= limit {
            let others: Vec<&str> = going_on.iter().map(|other| &*other.run.node).collect();
            let text =
                format!("run by {} beside {}, at most {limit}", begun.run.node, others.join(", "));
            found.push((at, text));
        }
        going_on.push(begun);
    }
    found
}
