//! Schedulers on one store, and the hand that decides what goes on next.

use std::fmt::Arguments;
use std::time::Duration;

use fastrand::Rng;
use sched_core::Clock;
use sched_testkit::ManualClock;

use crate::START;
use crate::asked::Asked;
use crate::connection::Call;
use crate::ledger::{Health, Ledger};
use crate::node::Node;
use crate::promise::{Broken, Promise};
use crate::record::Micros;
use crate::request::Request;
use crate::script::{Link, Script, Step, Trap, World};
use crate::server::{Flaw, Server};

/// What is left to do after a script takes less.
const AFTERMATH: Duration = Duration::from_secs(60);

/// A process that is or was.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    /// None: it was killed.
    pub(crate) node: Option<Node>,
    pub(crate) link: Link,
    pub(crate) trap: Option<Trap>,
    pub(crate) asked: Vec<Asked>,
    /// Whether it has been started and not been told to stop.
    pub(crate) serves: bool,
    /// Whether there may be something to do for it at this moment.
    pub(crate) stirred: bool,
    /// Calls of a process that was killed, which the store may get all the same.
    pub(crate) strays: Vec<Call>,
}

/// Schedulers on one store.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) world: World,
    pub(crate) clock: ManualClock,
    pub(crate) server: Server,
    /// Everybody who ever was there.
    pub(crate) members: Vec<Member>,
    pub(crate) health: Vec<Health>,
    /// Who is in which place.
    pub(crate) places: Vec<usize>,
    pub(crate) ledger: Ledger,
    /// What happened, if it is to be told.
    pub(crate) story: Option<Vec<String>>,
    pub(crate) requests: usize,
}

/// How a script ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) broken: Option<Broken>,
    pub(crate) story: Vec<String>,
    /// How many tasks were called.
    pub(crate) starts: usize,
}

/// Plays a script.
pub(crate) fn play(script: &Script, flaw: Option<Flaw>, tell: bool) -> Outcome {
    let mut cluster = Cluster::new(&script.world, flaw, tell);
    let broken = cluster.play(&script.steps).err();
    let broken = broken.map(|broken| Broken { seen: cluster.by_name(broken.seen), ..broken });
    let story = cluster.story.take().unwrap_or_default();
    let story = story.into_iter().map(|line| cluster.by_name(line)).collect();
    Outcome { broken, story, starts: cluster.ledger.starts }
}

impl Cluster {
    fn new(world: &World, flaw: Option<Flaw>, tell: bool) -> Self {
        let clock = ManualClock::at(START);
        let server = Server::new(clock.clone(), world.hints, flaw);
        let mut cluster = Cluster {
            world: world.clone(),
            clock,
            server,
            members: Vec::new(),
            health: Vec::new(),
            places: Vec::new(),
            ledger: Ledger::default(),
            story: tell.then(Vec::new),
            requests: 0,
        };
        for place in 0..world.skews.len() {
            let member = cluster.join(place);
            cluster.places.push(member);
        }
        cluster
    }

    fn play(&mut self, steps: &[Step]) -> Result<(), Broken> {
        self.settle(&mut Rng::with_seed(0), false)?;
        for step in steps {
            self.tell(format_args!("* {step:?}"));
            self.step(step)?;
        }
        self.tell(format_args!("* everything is well again"));
        for place in 0..self.places.len() {
            self.step(&Step::Thaw(place))?;
            self.step(&Step::Link(place, Link::Up))?;
            self.members[self.places[place]].trap = None;
            self.step(&Step::Start(place))?;
        }
        self.step(&Step::Release)?;
        self.pass(AFTERMATH, 0)
    }

    pub(crate) fn now(&self) -> Micros {
        self.clock.now().as_micros()
    }

    pub(crate) fn tell(&mut self, what: Arguments<'_>) {
        let at = self.clock.steady().as_secs_f64();
        if let Some(story) = &mut self.story {
            story.push(format!("{at:>8.3} {what}"));
        }
    }

    /// A new scheduler in a place. It starts as soon as it is let.
    fn join(&mut self, place: usize) -> usize {
        let member = self.members.len();
        let skew = self.world.skews[place] * 1_000_000;
        let now = sched_core::Timestamp::from_micros(self.now() + skew);
        let before = self.members.iter().filter(|m| m.name.starts_with(letter(place))).count();
        self.members.push(Member {
            name: format!("{}{}", letter(place), before + 1),
            node: Some(Node::new(now)),
            link: Link::Up,
            trap: None,
            asked: Vec::new(),
            serves: true,
            stirred: true,
            strays: Vec::new(),
        });
        self.health.push(Health { troubled_at: self.now(), ..Health::default() });
        self.ask(member, Request::Start);
        member
    }

    fn ask(&mut self, member: usize, request: Request) {
        let Some(node) = &self.members[member].node else { return };
        self.requests += 1;
        node.ask(self.requests, request.clone());
        let asked =
            Asked { number: self.requests, request, at: self.now(), inserted: false.into() };
        self.members[member].asked.push(asked);
        self.members[member].stirred = true;
    }

    fn step(&mut self, step: &Step) -> Result<(), Broken> {
        let places = self.places.len();
        let at = |place: &usize| place % places;
        match step {
            Step::Pass(span, mix) => return self.pass(*span, *mix),
            Step::Ask(place, request) => {
                let member = self.places[at(place)];
                let starts = |asked: &Asked| asked.request == Request::Start;
                if self.members[member].asked.iter().any(starts) {
                    // What is added before the start is kept back, which is not what this is about.
                    return Ok(());
                }
                if *request == Request::ShutDown {
                    self.members[member].serves = false;
                }
                self.ask(member, request.clone());
            }
            Step::Trap(place, trap) => {
                self.members[self.places[at(place)]].trap = Some(*trap);
            }
            Step::Crash(place) => self.crash(self.places[at(place)]),
            Step::Start(place) => {
                let member = &self.members[self.places[at(place)]];
                if member.node.is_none() || !member.serves {
                    let left = self.places[at(place)];
                    self.crash(left);
                    self.places[at(place)] = self.join(at(place));
                }
            }
            Step::Freeze(place) => self.health[self.places[at(place)]].frozen = true,
            Step::Thaw(place) => self.health[self.places[at(place)]].frozen = false,
            Step::Link(place, link) => {
                let member = &mut self.members[self.places[at(place)]];
                member.link = *link;
                if *link == Link::Up
                    && let Some(node) = &member.node
                {
                    node.connection.calls().iter_mut().for_each(|call| call.held = false);
                }
            }
            Step::Jump(place, seconds) => {
                if let Some(node) = &self.members[self.places[at(place)]].node {
                    let by = seconds * 1_000_000;
                    let wall = node.clock.now().as_micros() + by;
                    node.clock.set_wall(sched_core::Timestamp::from_micros(wall));
                    self.members[self.places[at(place)]].stirred = true;
                }
            }
            Step::Release => return self.release(),
        }
        Ok(())
    }

    /// The end of a process: whatever it did stops where it is.
    pub(crate) fn crash(&mut self, member: usize) {
        self.health[member].dead = true;
        let dead = &mut self.members[member];
        if let Some(node) = dead.node.take() {
            let mut calls = node.connection.calls();
            // Those that nobody holds up are lost.
            dead.strays = calls.drain(..).filter(|call| call.held && !call.is_done()).collect();
        }
    }

    fn release(&mut self) -> Result<(), Broken> {
        for member in 0..self.members.len() {
            for mut stray in std::mem::take(&mut self.members[member].strays) {
                self.carry_out(member, &mut stray)?;
            }
            let member = &self.members[member];
            if let Some(node) = member.node.as_ref().filter(|_| member.link != Link::Hangs) {
                node.connection.calls().iter_mut().for_each(|call| call.held = false);
            }
        }
        Ok(())
    }

    /// Lets time pass, from one moment at which somebody wakes to the next.
    fn pass(&mut self, span: Duration, mix: u64) -> Result<(), Broken> {
        let mut rng = Rng::with_seed(mix);
        let mut left = span;
        loop {
            self.settle(&mut rng, mix != 0)?;
            let awake = self.members.iter().zip(&self.health).filter(|(_, health)| !health.frozen);
            let sleepers =
                awake.filter_map(|(member, _)| member.node.as_ref()?.clock.until_next_sleeper());
            let next = sleepers.min().unwrap_or(left);
            Promise::ComesToRest.holds(!next.is_zero(), || "a sleeper is overslept".into())?;
            let step = next.min(left);
            self.clock.advance(step);
            for member in &mut self.members {
                if let Some(node) = &member.node {
                    node.clock.advance(step);
                    member.stirred = true;
                }
            }
            left -= step;
            if left.is_zero() {
                return self.settle(&mut rng, mix != 0);
            }
        }
    }
}

impl Cluster {
    /// A text with the names of schedulers in place of their random ids.
    fn by_name(&self, mut text: String) -> String {
        for (member, owner) in &self.ledger.owners {
            text = text
                .replace(&format!("{owner:016x}-"), &format!("{}#", self.members[*member].name));
        }
        text
    }
}

fn letter(place: usize) -> &'static str {
    ["A", "B", "C", "D"][place]
}
