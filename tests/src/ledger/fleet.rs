//! The schedulers: processes that are started, killed, frozen and cut off.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use clap::ValueEnum;
use fastrand::Rng;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, ChildStdin, Command};

use super::Error;
use super::address::Address;
use super::journal::Journal;
use super::line::{Fault, What};
use super::options::{FaultKind, Terms};
use super::proxy::{Gate, Proxy};

/// The most that a clock is wrong when its process starts, in milliseconds: two may be ten minutes
/// apart.
const SKEW_MS: i64 = 300_000;
/// How long a scheduler may take to end in order.
const DISMISSAL: Duration = Duration::from_secs(20);

/// What every scheduler is told.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) url: String,
    pub(crate) place: String,
    pub(crate) folder: PathBuf,
    pub(crate) terms: Terms,
}

/// All schedulers. They are killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Fleet {
    setup: Setup,
    journal: Arc<Journal>,
    berths: Vec<Berth>,
}

/// The place of one scheduler, in which one process follows another.
#[derive(Debug)]
struct Berth {
    proxy: Option<Proxy>,
    starts: u32,
    node: Option<Node>,
    /// How far the clock of this machine is ahead, in milliseconds.
    skew_ms: i64,
}

#[derive(Debug)]
struct Node {
    name: String,
    child: Child,
    /// It ends when this does. Kept apart: to wait for the child would close it.
    _leash: Option<ChildStdin>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Well,
    Frozen,
    CutOff,
}

impl Fleet {
    /// Places for as many schedulers as the terms say, all still empty.
    pub(crate) async fn new(
        setup: Setup,
        journal: Arc<Journal>,
        rng: &mut Rng,
    ) -> Result<Self, Error> {
        let skewed = setup.terms.has(FaultKind::Skew);
        let mut berths = Vec::new();
        for n in 0..setup.terms.schedulers {
            let proxy = if setup.terms.has(FaultKind::Partition) {
                let cannot = || {
                    Error::Unsuitable(
                        "partition: the url names no one server with its port".to_owned(),
                    )
                };
                let address = Address::of(&setup.url).ok_or_else(cannot)?;
                let started = Proxy::start(address.server).await;
                Some(started.map_err(|source| Error::Process { action: "a proxy", source })?)
            } else {
                None
            };
            // The first two as far apart as can be.
            let skew_ms = match n {
                _ if !skewed => 0,
                0 => SKEW_MS,
                1 => -SKEW_MS,
                _ => rng.i64(-SKEW_MS..=SKEW_MS),
            };
            berths.push(Berth { proxy, starts: 0, node: None, skew_ms });
        }
        Ok(Fleet { setup, journal, berths })
    }

    /// Starts a scheduler in every place that has none.
    pub(crate) fn fill(&mut self, rng: &mut Rng) -> Result<(), Error> {
        for at in 0..self.berths.len() {
            self.start(at, rng)?;
        }
        Ok(())
    }

    /// Starts a scheduler in a place, unless there is one.
    pub(crate) fn start(&mut self, at: usize, rng: &mut Rng) -> Result<(), Error> {
        let Setup { url, place, folder, terms } = &self.setup;
        let berth = &mut self.berths[at];
        if berth.node.is_some() {
            return Ok(());
        }
        let url = match (&berth.proxy, Address::of(url)) {
            (Some(proxy), Some(address)) => address.at_local_port(proxy.port()),
            _ => url.clone(),
        };
        berth.starts += 1;
        let name = format!("node-{}.{}", at + 1, berth.starts);
        let program = std::env::current_exe()
            .map_err(|source| Error::Process { action: "finding this program", source })?;
        let mut command = Command::new(program);
        command.arg("worker").args(["--store", &url, "--place", place, "--node", &name]);
        command.arg("--folder").arg(folder).arg("--lease-ms").arg(terms.lease_ms.to_string());
        if let Some(broken) = terms.broken.and_then(|broken| broken.to_possible_value()) {
            command.args(["--broken", broken.get_name()]);
        }
        if terms.has(FaultKind::Skew) {
            let jump = rng.i64(-SKEW_MS..=SKEW_MS);
            let jumps_after = rng.u64(1_000..8_000);
            command.arg("--skew-ms").arg(berth.skew_ms.to_string());
            command.arg("--jump-ms").arg(jump.to_string());
            command.arg("--jump-after-ms").arg(jumps_after.to_string());
            let (by_ms, jumps_by_ms) = (berth.skew_ms, jump);
            self.journal.write(What::Fault(Fault::Skewed {
                node: name.clone(),
                by_ms,
                jumps_by_ms,
            }));
        }
        command.stdin(Stdio::piped()).stdout(Stdio::null()).kill_on_drop(true);
        self.journal.write(What::Fault(Fault::Born { node: name.clone() }));
        let mut child = command
            .spawn()
            .map_err(|source| Error::Process { action: "starting a scheduler", source })?;
        let _leash = child.stdin.take();
        berth.node = Some(Node { name, child, _leash, state: State::Well });
        Ok(())
    }

    /// One of the schedulers that nothing has been done to, if there are more than one.
    pub(crate) fn victim(&self, rng: &mut Rng) -> Option<usize> {
        let well =
            |berth: &Berth| berth.node.as_ref().is_some_and(|node| node.state == State::Well);
        let all: Vec<usize> = (0..self.berths.len()).filter(|at| well(&self.berths[*at])).collect();
        (all.len() > 1).then(|| all[rng.usize(..all.len())])
    }

    /// Kills the scheduler in a place. Returns once it is gone.
    pub(crate) async fn kill(&mut self, at: usize) -> Result<(), Error> {
        let Some(mut node) = self.berths[at].node.take() else { return Ok(()) };
        // An error says that it has ended already, which is looked for elsewhere.
        let gone = node.child.kill().await;
        gone.map_err(|source| Error::Process { action: "killing a scheduler", source })?;
        self.journal.write(What::Fault(Fault::Killed { node: node.name }));
        Ok(())
    }

    pub(crate) fn freeze(&mut self, at: usize) {
        if let Some(node) = &mut self.berths[at].node {
            node.signal(Signal::STOP);
            node.state = State::Frozen;
            self.journal.write(What::Fault(Fault::Frozen { node: node.name.clone() }));
        }
    }

    pub(crate) fn thaw(&mut self, at: usize) {
        if let Some(node) = self.berths[at].in_state(State::Frozen) {
            self.journal.write(What::Fault(Fault::Thawed { node: node.name.clone() }));
            node.signal(Signal::CONT);
            node.state = State::Well;
        }
    }

    pub(crate) fn cut_off(&mut self, at: usize, how: Gate) {
        let berth = &mut self.berths[at];
        if let (Some(node), Some(proxy)) = (&mut berth.node, &berth.proxy) {
            proxy.set(how);
            node.state = State::CutOff;
            let (node, how) = (node.name.clone(), format!("{how:?}"));
            self.journal.write(What::Fault(Fault::CutOff { node, how }));
        }
    }

    pub(crate) fn rejoin(&mut self, at: usize) {
        let berth = &mut self.berths[at];
        if let Some(proxy) = &berth.proxy {
            proxy.set(Gate::Open);
        }
        if let Some(node) = berth.in_state(State::CutOff) {
            node.state = State::Well;
            self.journal.write(What::Fault(Fault::Rejoined { node: node.name.clone() }));
        }
    }

    /// Ends every fault, and fills every place.
    pub(crate) fn heal(&mut self, rng: &mut Rng) -> Result<(), Error> {
        for at in 0..self.berths.len() {
            self.thaw(at);
            self.rejoin(at);
        }
        self.look()?;
        self.fill(rng)
    }

    /// Notes the schedulers that have ended although nobody asked them to.
    pub(crate) fn look(&mut self) -> Result<(), Error> {
        for berth in &mut self.berths {
            let Some(node) = &mut berth.node else { continue };
            let ended = node.child.try_wait();
            let ended =
                ended.map_err(|source| Error::Process { action: "asking a scheduler", source })?;
            if ended.is_some() {
                self.journal.write(What::Fault(Fault::Died { node: node.name.clone() }));
                berth.node = None;
            }
        }
        Ok(())
    }

    /// Asks all to end, and waits until they have. One that does not is killed, and noted.
    pub(crate) async fn dismiss(mut self) -> Result<(), Error> {
        self.look()?;
        for node in self.berths.iter().filter_map(|berth| berth.node.as_ref()) {
            self.journal.write(What::Fault(Fault::Dismissed { node: node.name.clone() }));
            node.signal(Signal::TERM);
        }
        for node in self.berths.iter_mut().filter_map(|berth| berth.node.as_mut()) {
            let ended = tokio::time::timeout(DISMISSAL, node.child.wait()).await;
            if !matches!(ended, Ok(Ok(status)) if status.success()) {
                self.journal.write(What::Fault(Fault::Died { node: node.name.clone() }));
            }
        }
        Ok(())
    }
}

impl Berth {
    fn in_state(&mut self, state: State) -> Option<&mut Node> {
        self.node.as_mut().filter(|node| node.state == state)
    }
}

impl Node {
    fn signal(&self, signal: Signal) {
        let pid = self.child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // One that has ended is noticed elsewhere.
            let _ = kill_process(pid, signal);
        }
    }
}
