//! Calls between schedulers and their store: which goes on, and which meets a mishap.

use fastrand::Rng;

use crate::cluster::Cluster;
use crate::connection::Call;
use crate::ledger::Writer;
use crate::node::{Node, Note};
use crate::promise::{Broken, Promise};
use crate::request::Request;
use crate::script::{Link, Mishap, Trap};

/// More calls than anybody needs at one moment.
const CALLS: usize = 3_000;

impl Cluster {
    /// Lets everybody do what there is to do at this moment.
    pub(crate) fn settle(&mut self, rng: &mut Rng, mixed: bool) -> Result<(), Broken> {
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
            if self.health[member].frozen || !self.members[member].stirred {
                continue;
            }
            self.members[member].stirred = false;
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
            Note::Stopped { run } => self.ledger.stopped(run, &self.health)?,
            Note::Answered { number, error } => {
                let member = &mut self.members[member];
                let at = member.asked.iter().position(|asked| asked.number == number);
                let at = at.expect("an answer to what was asked");
                let no_answer = error.as_ref().is_some_and(|error| error.contains("unavailable"));
                if no_answer && matches!(member.asked[at].request, Request::Add(..)) {
                    return Ok(());
                }
                let asked = member.asked.remove(at);
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
        self.members[member].stirred = true;
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
    pub(crate) fn carry_out(&mut self, member: usize, call: &mut Call) -> Result<(), Broken> {
        call.carry_out(&mut self.server);
        let writes = self.server.take_writes();
        let now = self.now();
        if self.world.hints && (!writes.is_empty() || call.verb == "tell") {
            // All are told.
            self.members.iter_mut().for_each(|member| member.stirred = true);
        }
        let asked = &self.members[member].asked;
        let writer = Writer { member, asked, health: &self.health, now };
        let mut judged = Ok(());
        for write in &writes {
            judged = judged.and_then(|()| self.ledger.write(writer, write));
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
