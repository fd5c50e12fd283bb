//! A ledger read back: each job, what it was told and how it ran.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::Error;
use super::duty::Duty;
use super::line::{Change, Line, Mark, Micros, To, What};
use super::options::Terms;
use super::trouble::Troubles;

/// All that happened.
#[derive(Debug)]
pub(crate) struct History {
    pub(crate) terms: Terms,
    pub(crate) jobs: BTreeMap<String, Story>,
    pub(crate) troubles: Troubles,
    /// The jobs that were in the store when it should have been empty.
    pub(crate) left: Vec<String>,
    /// By time.
    pub(crate) lines: Vec<Line>,
}

/// What happened to one job.
#[derive(Debug)]
pub(crate) struct Story {
    pub(crate) duty: Duty,
    /// By time; the first added it.
    pub(crate) changes: Vec<Change>,
    /// By their beginning.
    pub(crate) runs: Vec<Run>,
}

/// One run: a task was called.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) mark: Mark,
    pub(crate) node: String,
    pub(crate) start: Micros,
    /// None: its process was killed.
    pub(crate) end: Option<(Micros, Ending)>,
}

/// How the task itself ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Well,
    Failed,
    /// It was told to stop.
    Stopped,
}

impl Run {
    /// When it stopped on its own; `Micros::MAX` if it did not.
    pub(crate) fn ended_at(&self) -> Micros {
        self.end.map_or(Micros::MAX, |(at, _)| at)
    }

    pub(crate) fn ending(&self) -> Option<Ending> {
        self.end.map(|(_, ending)| ending)
    }
}

impl History {
    /// Reads the files of a ledger.
    pub(crate) fn read(folder: &Path) -> Result<Self, Error> {
        let file = |path: &Path| {
            let path = path.to_owned();
            move |source| Error::File { path, source }
        };
        let mut lines = Vec::new();
        for entry in fs::read_dir(folder).map_err(file(folder))? {
            let path = entry.map_err(file(folder))?.path();
            if path.extension().is_none_or(|extension| extension != "jsonl") {
                continue;
            }
            let text = fs::read_to_string(&path).map_err(file(&path))?;
            for (index, line) in text.lines().enumerate() {
                let wrong = |source| Error::Line { path: path.clone(), number: index + 1, source };
                lines.push(serde_json::from_str(line).map_err(wrong)?);
            }
        }
        History::of(lines).ok_or_else(|| Error::NoLedger(folder.to_owned()))
    }

    /// Puts lines in order. None if they do not say what the terms were.
    pub(crate) fn of(mut lines: Vec<Line>) -> Option<Self> {
        lines.sort_by_key(|line| line.at);
        let terms = lines.iter().find_map(|line| match &line.what {
            What::Opened(terms) => Some(terms.clone()),
            _ => None,
        })?;
        let mut jobs: BTreeMap<String, Story> = BTreeMap::new();
        let mut left = Vec::new();
        for line in &lines {
            match &line.what {
                What::Changed(change) => {
                    if let To::Added(duty) = &change.to {
                        let story =
                            Story { duty: duty.clone(), changes: Vec::new(), runs: Vec::new() };
                        jobs.insert(change.job.clone(), story);
                    }
                    if let Some(story) = jobs.get_mut(&change.job) {
                        story.changes.push(change.clone());
                    }
                }
                What::Left { jobs } => left.clone_from(jobs),
                _ => {}
            }
        }
        // Only now: a run may have begun before the call that added its job came back.
        let mut ends: BTreeMap<&str, (Micros, Ending)> = BTreeMap::new();
        for line in &lines {
            let (mark, ending) = match &line.what {
                What::Ended { well: true, mark } => (mark, Ending::Well),
                What::Ended { well: false, mark } => (mark, Ending::Failed),
                What::Stopped { mark, .. } => (mark, Ending::Stopped),
                _ => continue,
            };
            ends.insert(&mark.run, (line.at, ending));
        }
        for line in &lines {
            if let What::Begun(mark) = &line.what
                && let Some(story) = jobs.get_mut(&mark.job)
            {
                let end = ends.get(&*mark.run).copied();
                let (mark, node) = (mark.clone(), line.by.clone());
                story.runs.push(Run { mark, node, start: line.at, end });
            }
        }
        let troubles = Troubles::read(&lines);
        Some(History { terms, jobs, troubles, left, lines })
    }

    /// The lines about one job, and the faults, within some seconds of a moment: for people.
    pub(crate) fn excerpt(&self, job: &str, around: Micros) -> Vec<String> {
        const BEFORE: Micros = 12_000_000;
        const AFTER: Micros = 25_000_000;
        let about = |line: &&Line| match &line.what {
            What::Begun(mark) | What::Ended { mark, .. } | What::Stopped { mark, .. } => {
                mark.job == job
            }
            What::Told { job: Some(told), .. } => told == job,
            What::Changed(change) => change.job == job,
            What::Told { job: None, .. } | What::Fault(_) => true,
            What::Opened(_) | What::Left { .. } => false,
        };
        let near = |line: &&Line| (around - BEFORE..around + AFTER).contains(&line.at);
        let show = |line: &Line| {
            #[allow(clippy::cast_precision_loss, reason = "shown to the millisecond")]
            let seconds = (line.at - around) as f64 / 1e6;
            let what = serde_json::to_string(&line.what).unwrap_or_default();
            format!("{seconds:+9.3} s  {:<12} {what}", line.by)
        };
        self.lines.iter().filter(about).filter(near).map(show).collect()
    }
}
