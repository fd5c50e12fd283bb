//! A process on this machine, ours or left by an earlier one of ours.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::process::Command;
use std::sync::mpsc;
use std::thread;

use rustix::process::{Pid, Signal, kill_process};

use crate::patience;

/// One process, told apart from a later one with the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessId {
    /// Its number.
    pub pid: u32,
    /// When it started, in ticks since the machine did.
    pub started: u64,
}

/// What the system tells of a process.
struct Stat {
    parent: u32,
    started: u64,
    /// Ended, all its threads too, but its parent has not asked how. That may take long, or for
    /// ever.
    ended: bool,
}

impl ProcessId {
    /// Starts a command, which becomes the process.
    ///
    /// A thread of its own waits for it, for two reasons: somebody must, and the signal that some
    /// processes get when their parent dies comes when the *thread* dies that started them.
    pub(crate) fn start(mut command: Command) -> io::Result<ProcessId> {
        let (tell, told) = mpsc::channel();
        thread::Builder::new().name("server".to_owned()).spawn(move || match command.spawn() {
            Ok(mut child) => {
                let pid = child.id();
                let started = Stat::read(pid).map(|stat| stat.started).unwrap_or_default();
                // Nobody listens any more if the caller has gone.
                let _ = tell.send(Ok(ProcessId { pid, started }));
                let _ = child.wait();
            }
            Err(error) => {
                let _ = tell.send(Err(error));
            }
        })?;
        told.recv().expect("the thread tells before it ends")
    }

    /// This one.
    pub(crate) fn of_this_process() -> Option<ProcessId> {
        let pid = std::process::id();
        Stat::read(pid).map(|stat| ProcessId { pid, started: stat.started })
    }

    /// Whether it still runs.
    pub fn is_alive(self) -> bool {
        Stat::read(self.pid).is_some_and(|stat| stat.started == self.started && !stat.ended)
    }

    /// Kills it and all that it has started. True once they are gone, false if they do not go.
    pub(crate) fn kill(self) -> bool {
        // It must not start another in the meantime.
        self.signal(Signal::STOP);
        // Those before itself: once it is gone, nobody knows any more that they were its own.
        let mut all = self.descendants();
        all.push(self);
        all.iter().for_each(|process| process.signal(Signal::KILL));
        patience::wait_until(patience::LONG, || all.iter().all(|process| !process.is_alive()))
    }

    /// Asks it to end, and kills it if it does not. True once it is gone.
    pub(crate) fn stop(self, politely: Signal) -> bool {
        self.signal(politely);
        patience::wait_until(patience::LONG / 4, || !self.is_alive()) || self.kill()
    }

    fn signal(self, signal: Signal) {
        // One that has gone in the meantime needs no signal.
        if self.is_alive()
            && let Some(pid) = i32::try_from(self.pid).ok().and_then(Pid::from_raw)
        {
            let _ = kill_process(pid, signal);
        }
    }

    fn descendants(self) -> Vec<ProcessId> {
        let mut of_parent: BTreeMap<u32, Vec<ProcessId>> = BTreeMap::new();
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let pid = entry.file_name().to_str().and_then(|name| name.parse().ok());
            if let Some(pid) = pid
                && let Some(stat) = Stat::read(pid)
            {
                let process = ProcessId { pid, started: stat.started };
                of_parent.entry(stat.parent).or_default().push(process);
            }
        }
        let mut found = of_parent.remove(&self.pid).unwrap_or_default();
        let mut next = 0;
        while let Some(process) = found.get(next) {
            let children = of_parent.remove(&process.pid).unwrap_or_default();
            found.extend(children);
            next += 1;
        }
        found
    }
}

impl Stat {
    fn read(pid: u32) -> Option<Stat> {
        Stat::parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    /// `number (name) state parent ...`. The name may hold anything, parentheses too.
    fn parse(text: &str) -> Option<Stat> {
        let (_, rest) = text.rsplit_once(") ")?;
        let mut fields = rest.split(' ');
        let state = fields.next()?;
        let parent = fields.next()?.parse().ok()?;
        let threads: u32 = fields.nth(15)?.parse().ok()?;
        let started = fields.nth(1)?.parse().ok()?;
        // The first thread of a killed process may have ended before others, which still hold its
        // files and its port.
        Some(Stat { parent, started, ended: matches!(state, "Z" | "X") && threads <= 1 })
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    use super::*;

    #[test]
    fn a_name_with_parentheses_does_not_confuse() {
        let stat = stat("S", 20);
        assert_eq!((stat.parent, stat.started, stat.ended), (3, 22, false));
    }

    #[test]
    fn a_process_has_ended_when_its_last_thread_has() {
        assert!(!stat("Z", 2).ended);
        assert!(stat("Z", 1).ended);
    }

    /// Each field that is not given is its own number.
    fn stat(state: &str, threads: u32) -> Stat {
        let numbers = |fields: std::ops::RangeInclusive<u32>| {
            fields.map(|field| field.to_string()).collect::<Vec<_>>().join(" ")
        };
        let (before, after) = (numbers(5..=19), numbers(21..=52));
        Stat::parse(&format!("7 (a) b) c) {state} 3 {before} {threads} {after}")).unwrap()
    }

    #[test]
    fn killing_takes_what_it_has_started_with_it() {
        // The shell stays, and tells that its child is there.
        let (reader, writer) = io::pipe().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 1000 & echo $!; wait"]).stdin(Stdio::null()).stdout(writer);
        let process = ProcessId::start(command).unwrap();
        let mut line = String::new();
        BufReader::new(reader).read_line(&mut line).unwrap();
        let child = line.trim().parse().unwrap();
        let child = ProcessId { pid: child, started: Stat::read(child).unwrap().started };
        assert!(process.is_alive() && child.is_alive());
        assert_eq!(process.descendants(), [child]);
        assert!(process.kill());
        assert!(!process.is_alive() && !child.is_alive());
    }

    #[test]
    fn a_process_of_another_time_is_not_alive() {
        let pid = std::process::id();
        let started = Stat::read(pid).unwrap().started;
        assert!(ProcessId { pid, started }.is_alive());
        assert!(!ProcessId { pid, started: started + 1 }.is_alive());
    }
}
