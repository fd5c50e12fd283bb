//! Schedulers on one store, and the hand that decides what goes on next.

use std::fmt::Arguments;
use std::time::Duration;

use fastrand::Rng;
use sched_core::Clock;
use sched_testkit::ManualClock;

use crate::START;
use crate::asked::Asked;
use crate::connection::Call;
use crate::ledger::{Health, Ledger, Writer};
use crate::node::{Node, Note};
use crate::promise::{Broken, Promise};
use crate::record::Micros;
use crate::request::Request;
use crate::script::{Link, Mishap, Script, Step, Trap, World};
use crate::server::{Flaw, Server};

/// More calls than anybody needs at one moment.
const CALLS: usize = 3_000;
/// What is left to do after a script takes less.
const AFTERMATH: Duration = Duration::from_secs(90);

/// A process that is or was.
#[derive(Debug)]
struct Member {
    name: String,
    /// None: it was killed.
    node: Option<Node>,
    link: Link,
    trap: Option<Trap>,
    asked: Vec<Asked>,
    /// Whether it has been started and not been told to stop.
    serves: bool,
    /// Calls of a process that was killed, which the store may get all the same.
    strays: Vec<Call>,
}

/// Schedulers on one store.
#[derive(Debug)]
pub(crate) struct Cluster {
    world: World,
    clock: ManualClock,
    server: Server,
    /// Everybody who ever was there.
    members: Vec<Member>,
    health: Vec<Health>,
    /// Who is in which place.
    places: Vec<usize>,
    pub(crate) ledger: Ledger,
    /// What happened, if it is to be told.
    story: Option<Vec<String>>,
    requests: usize,
}

/// How a script ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) broken: Option<Broken>,
    pub(crate) story: Vec<String>,
    pub(crate) starts: usize,
    pub(crate) writes: usize,
}

/// Plays a script.
pub(crate) fn play(script: &Script, flaw: Option<Flaw>, tell: bool) -> Outcome {
    let calm = std::env::var("CALM").unwrap_or_default();
    let mut script = script.clone();
    if calm.contains("skew") { script.world.skews.iter_mut().for_each(|s| *s = 0); }
    if calm.contains("jump") { script.steps.retain(|s| !matches!(s, Step::Jump(..))); }
    if calm.contains("freeze") { script.steps.retain(|s| !matches!(s, Step::Freeze(..) | Step::Trap(_, Trap { mishap: Mishap::Freeze, .. }))); }
    if calm.contains("hold") { script.steps.retain(|s| !matches!(s, Step::Trap(_, Trap { mishap: Mishap::Hold, .. }))); }
    if calm.contains("hang") { script.steps.retain(|s| !matches!(s, Step::Link(_, Link::Hangs))); }
    if calm.contains("link") { script.steps.retain(|s| !matches!(s, Step::Link(..))); }
    if calm.contains("readd") { let mut n = 0; script.steps.retain(|s| !matches!(s, Step::Ask(_, Request::Add(..))) || { n += 1; n <= 3 }); }
    let script = &script;
    let mut cluster = Cluster::new(&script.world, flaw, tell);
    let broken = cluster.play(&script.steps).err();
    let (starts, writes) = (cluster.ledger.starts, cluster.ledger.writes);
    let broken = broken.map(|broken| Broken { seen: cluster.by_name(broken.seen), ..broken });
    let story = cluster.story.take().unwrap_or_default();
    let story = story.into_iter().map(|line| cluster.by_name(line)).collect();
    Outcome { broken, story, starts, writes }
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

    fn now(&self) -> Micros {
        self.clock.now().as_micros()
    }

    fn tell(&mut self, what: Arguments<'_>) {
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
        let asked = Asked { number: self.requests, request, at: self.clock.now().as_micros() };
        self.members[member].asked.push(asked);
    }

    fn step(&mut self, step: &Step) -> Result<(), Broken> {
        let places = self.places.len();
        let at = |place: &usize| place % places;
        match step {
            Step::Pass(span, mix) => return self.pass(*span, *mix),
            Step::Ask(place, request) => {
                let member = self.places[at(place)];
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
                }
            }
            Step::Release => return self.release(),
        }
        Ok(())
    }

    /// The end of a process: whatever it did stops where it is.
    fn crash(&mut self, member: usize) {
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
            let nodes = self.members.iter().filter_map(|member| member.node.as_ref());
            nodes.for_each(|node| node.clock.advance(step));
            left -= step;
            if left.is_zero() {
                return self.settle(&mut rng, mix != 0);
            }
        }
    }

    /// Lets everybody do what there is to do at this moment.
    fn settle(&mut self, rng: &mut Rng, mixed: bool) -> Result<(), Broken> {
        for _ in 0..CALLS {
            self.work()?;
            let mut movable = Vec::new();
            for (number, member) in self.members.iter().enumerate() {
                let Some(node) = &member.node else { continue };
                let calls = node.connection.calls();
                let free = calls.iter().enumerate().filter(|(_, call)| !call.held);
                movable.extend(free.map(|(at, _)| (number, at)));
            }
            if movable.is_empty() {
                self.take_stock();
                return self.ledger.at_rest(&self.health, self.now());
            }
            let choice = if mixed { rng.usize(..movable.len()) } else { 0 };
            let (member, at) = movable[choice];
            self.forward(member, at, mixed && rng.bool())?;
        }
        Err(Promise::ComesToRest.broken(format!("not even after {CALLS} calls")))
    }

    /// Lets every scheduler go on until it waits for the store, for the time or for nothing.
    fn work(&mut self) -> Result<(), Broken> {
        for member in 0..self.members.len() {
            if self.health[member].frozen {
                continue;
            }
            let Some(node) = &self.members[member].node else { continue };
            for note in node.work() {
                self.note(member, note)?;
            }
        }
        Ok(())
    }

    fn note(&mut self, member: usize, note: Note) -> Result<(), Broken> {
        let now = self.now();
        if self.story.is_some() {
            let name = self.members[member].name.clone();
            self.tell(format_args!("{name} {note}"));
        }
        match note {
            Note::Started { job, run, scheduled, token } => {
                self.ledger.started(member, &job, run, scheduled, token, now)?;
            }
            Note::Ended { run, succeeded } => self.ledger.finished(run, succeeded, now),
            Note::Stopped { run } => self.ledger.stopped(run),
            Note::Answered { number, error } => {
                let member = &mut self.members[member];
                let at = member.asked.iter().position(|asked| asked.number == number);
                let asked = member.asked.remove(at.expect("an answer to what was asked"));
                if asked.request == Request::Start && error.is_some() {
                    member.serves = false;
                }
            }
        }
        Ok(())
    }

    /// Takes a call one stage further, or all the way.
    fn forward(&mut self, member: usize, at: usize, one_stage: bool) -> Result<(), Broken> {
        let node = self.members[member].node.as_ref().expect("who is dead calls nobody");
        let connection = node.connection.clone();
        let taken = connection.calls().remove(at);
        let mut call = taken.expect("the call that was chosen");
        let link = self.members[member].link;
        if link == Link::Hangs {
            call.held = true;
            connection.calls().insert(at, call);
            return Ok(());
        }
        if link == Link::Refuses && !call.is_done() {
            return Ok(());
        }
        if !call.is_done() {
            let trapped = self.trapped(member);
            if let Some(mishap) = trapped.filter(|trap| !trap.done).map(|trap| trap.mishap) {
                return self.befall(member, call, mishap);
            }
            self.carry_out(member, &mut call)?;
            if let Some(mishap) = trapped.map(|trap| trap.mishap) {
                return self.befall(member, call, mishap);
            }
            if one_stage {
                connection.calls().insert(at, call);
                return Ok(());
            }
        }
        if link != Link::LosesAnswers {
            if call.verb == "swap" {
                self.ledger.answered(member);
            }
            call.answer();
        }
        Ok(())
    }

    /// The mishap whose call has come, if it has.
    fn trapped(&mut self, member: usize) -> Option<Trap> {
        let trap = self.members[member].trap.as_mut()?;
        if trap.calls > 0 {
            trap.calls -= 1;
            return None;
        }
        self.members[member].trap.take()
    }

    fn befall(&mut self, member: usize, mut call: Call, mishap: Mishap) -> Result<(), Broken> {
        let name = self.members[member].name.clone();
        self.tell(format_args!("{name} {mishap:?} at {}, done: {}", call.verb, call.is_done()));
        self.health[member].troubled_at = self.now();
        match mishap {
            Mishap::Fail => return Ok(()),
            Mishap::Freeze => self.health[member].frozen = true,
            Mishap::Hold | Mishap::Crash => call.held = true,
        }
        if let Some(node) = &self.members[member].node {
            node.connection.calls().push_front(call);
        }
        if mishap == Mishap::Crash {
            self.crash(member);
        }
        Ok(())
    }

    /// Has the store do what a call asks, and judges what it did.
    fn carry_out(&mut self, member: usize, call: &mut Call) -> Result<(), Broken> {
        call.carry_out(&mut self.server);
        let writer = Writer { member, asked: &self.members[member].asked };
        let writes = self.server.take_writes();
        let now = self.clock.now().as_micros();
        let mut judged = Ok(());
        for write in &writes {
            judged = judged.and_then(|()| self.ledger.write(&writer, write, &self.health, now));
        }
        if self.story.is_some() {
            let name = self.members[member].name.clone();
            let verb = call.verb;
            if writes.is_empty() && matches!(verb, "swap" | "insert") {
                self.tell(format_args!("{name} {verb} lost"));
            }
            for write in &writes {
                let became = self.ledger.told(&write.id);
                let revision = write.after.as_ref().map(|record| record.revision);
                self.tell(format_args!("{name} {verb} {} {revision:?} {became}", write.id));
            }
        }
        judged
    }

    /// Notes who is kept from doing what it should.
    fn take_stock(&mut self) {
        let now = self.now();
        for (member, health) in self.members.iter().zip(&mut self.health) {
            let held = |node: &Node| node.connection.calls().iter().any(|call| call.held);
            let well = member.serves
                && member.link == Link::Up
                && !health.frozen
                && !member.node.as_ref().is_some_and(held);
            if !well {
                health.troubled_at = now;
            }
        }
    }
}

impl Cluster {
    /// A text with the names of schedulers in place of their random ids.
    fn by_name(&self, mut text: String) -> String {
        for (member, owner) in &self.ledger.owners {
            text = text.replace(&format!("{owner:016x}-"), &format!("{}#", self.members[*member].name));
        }
        text
    }
}

fn letter(place: usize) -> &'static str {
    ["A", "B", "C", "D"][place]
}
