//! When which scheduler could not do its duty, as the conductor saw to it.

use std::collections::BTreeMap;

use super::line::{Fault, Line, Micros, What};

/// A time, its end not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: Micros,
    /// `Micros::MAX`: it did not end.
    pub(crate) until: Micros,
}

impl Span {
    pub(crate) fn new(from: Micros, until: Micros) -> Self {
        Span { from, until }
    }

    pub(crate) fn holds(self, at: Micros) -> bool {
        (self.from..self.until).contains(&at)
    }

    /// Whether some moment of it is in `other`, which has both its ends.
    pub(crate) fn meets(self, other: Span) -> bool {
        self.from <= other.until && other.from <= self.until
    }
}

/// Why a scheduler cannot do its duty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Killed,
    Frozen,
    CutOff,
    /// The server is away, for all of them.
    NoStore,
    /// Somebody stands still, and may have locked a record.
    LockedOut,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
}

/// All troubles of a run.
#[derive(Debug, Default)]
pub(crate) struct Troubles {
    nodes: BTreeMap<String, Vec<Trouble>>,
    store: Vec<Trouble>,
    /// Those that ended although nobody had asked them to.
    pub(crate) died: Vec<String>,
    /// How often each fault was injected.
    pub(crate) counts: BTreeMap<&'static str, usize>,
}

impl Troubles {
    /// Reads them from lines in order.
    pub(crate) fn read(lines: &[Line]) -> Self {
        let mut all = Troubles::default();
        for line in lines {
            if let What::Fault(fault) = &line.what {
                all.note(line.at, fault);
            }
        }
        all
    }

    fn note(&mut self, at: Micros, fault: &Fault) {
        let counted = match fault {
            Fault::Killed { node } => {
                self.begin(node, Kind::Killed, at);
                "kill"
            }
            Fault::Died { node } => {
                self.begin(node, Kind::Killed, at);
                self.died.push(node.clone());
                return;
            }
            Fault::Frozen { node } => {
                self.begin(node, Kind::Frozen, at);
                "freeze"
            }
            Fault::CutOff { node, .. } => {
                self.begin(node, Kind::CutOff, at);
                "partition"
            }
            Fault::Thawed { node } | Fault::Rejoined { node } => {
                end(self.nodes.get_mut(node), at);
                return;
            }
            Fault::StoreKilled => {
                let span = Span::new(at, Micros::MAX);
                self.store.push(Trouble { kind: Kind::NoStore, span });
                "restart-store"
            }
            Fault::StoreBack => {
                end(Some(&mut self.store), at);
                return;
            }
            Fault::Skewed { .. } => "skew",
            Fault::Born { .. } | Fault::Dismissed { .. } => return,
        };
        *self.counts.entry(counted).or_default() += 1;
    }

    fn begin(&mut self, node: &str, kind: Kind, at: Micros) {
        let trouble = Trouble { kind, span: Span::new(at, Micros::MAX) };
        self.nodes.entry(node.to_owned()).or_default().push(trouble);
    }

    /// Those of one scheduler, the store's included.
    pub(crate) fn of<'a>(&'a self, node: &str) -> impl Iterator<Item = Trouble> + 'a {
        let own = self.nodes.get(node).into_iter().flatten();
        own.chain(&self.store).copied()
    }

    /// When a scheduler stood still, or could not be reached by the server; `except` is left out.
    pub(crate) fn standstills<'a>(
        &'a self,
        except: Option<&'a str>,
    ) -> impl Iterator<Item = Trouble> + 'a {
        let nodes = self.nodes.iter().filter(move |(node, _)| Some(&***node) != except);
        let still = nodes.flat_map(|(_, troubles)| troubles).filter(|t| t.kind != Kind::Killed);
        still.map(|trouble| Trouble { kind: Kind::LockedOut, ..*trouble })
    }

    /// Those of all.
    pub(crate) fn all(&self) -> impl Iterator<Item = Trouble> + '_ {
        self.nodes.values().flatten().chain(&self.store).copied()
    }
}

/// Ends the trouble that has not ended.
fn end(troubles: Option<&mut Vec<Trouble>>, at: Micros) {
    if let Some(last) = troubles.and_then(|all| all.last_mut()) {
        last.span.until = last.span.until.min(at);
    }
}
