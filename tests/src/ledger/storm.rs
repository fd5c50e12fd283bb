//! Carrying out the timetable.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use sched_core::{Clock, SystemClock};
use tokio::task::JoinSet;

use super::Error;
use super::fleet::Fleet;
use super::journal::Journal;
use super::server::Server;
use super::timetable::{Deed, Harm};

/// How long something waits that finds nobody to be done to.
const LATER: Duration = Duration::from_millis(500);

/// A deed, or the end of one.
#[derive(Debug)]
enum Step {
    Do(Deed),
    Start(usize),
    Thaw(usize),
    Rejoin(usize),
}

/// What is done to the schedulers and their server.
#[derive(Debug)]
pub(crate) struct Storm {
    /// By time and, so that none is lost at the same time, a count.
    steps: BTreeMap<(Duration, usize), Step>,
    count: usize,
    server: Server,
    journal: Arc<Journal>,
    rng: Rng,
    /// Those of the server that are under way.
    restarts: JoinSet<()>,
}

impl Storm {
    pub(crate) fn new(
        deeds: Vec<(Duration, Deed)>,
        server: Server,
        journal: Arc<Journal>,
        rng: Rng,
    ) -> Self {
        let restarts = JoinSet::new();
        let mut storm = Storm { steps: BTreeMap::new(), count: 0, server, journal, rng, restarts };
        deeds.into_iter().for_each(|(at, deed)| storm.plan(at, Step::Do(deed)));
        storm
    }

    fn plan(&mut self, at: Duration, step: Step) {
        self.count += 1;
        self.steps.insert((at, self.count), step);
    }

    /// Does everything, from `start` on, as this clock's steady one shows it. Returns after `span`
    /// at the earliest, when all that was done is over.
    pub(crate) async fn rage(
        mut self,
        fleet: &mut Fleet,
        clock: &SystemClock,
        start: Duration,
        span: Duration,
    ) -> Result<(), Error> {
        while let Some(((at, _), step)) = self.steps.pop_first() {
            clock.sleep_until(start + at).await;
            fleet.look()?;
            self.take(at, step, fleet).await?;
        }
        clock.sleep_until(start + span).await;
        while let Some(restarted) = self.restarts.join_next().await {
            restarted.expect("a server that was killed starts again");
        }
        fleet.heal(&mut self.rng)
    }

    /// Takes a step, and plans the one that ends it.
    async fn take(&mut self, at: Duration, step: Step, fleet: &mut Fleet) -> Result<(), Error> {
        match step {
            Step::Start(place) => fleet.start(place, &mut self.rng)?,
            Step::Thaw(place) => fleet.thaw(place),
            Step::Rejoin(place) => fleet.rejoin(place),
            Step::Do(Deed::RestartStore) => {
                let (server, journal) = (self.server.clone(), self.journal.clone());
                self.restarts.spawn(async move { server.restart(journal).await });
            }
            Step::Do(Deed::Harm(harm)) => match fleet.victim(&mut self.rng) {
                Some(place) => self.harm(at, harm, place, fleet).await?,
                // Soon another will be well.
                None => self.plan(at + LATER, Step::Do(Deed::Harm(harm))),
            },
        }
        Ok(())
    }

    async fn harm(
        &mut self,
        at: Duration,
        harm: Harm,
        place: usize,
        fleet: &mut Fleet,
    ) -> Result<(), Error> {
        match harm {
            Harm::Kill => {
                fleet.kill(place).await?;
                let pause = Duration::from_millis(self.rng.u64(50..1_000));
                self.plan(at + pause, Step::Start(place));
            }
            Harm::Freeze { span } => {
                fleet.freeze(place);
                self.plan(at + span, Step::Thaw(place));
            }
            Harm::CutOff { how, span } => {
                fleet.cut_off(place, how);
                self.plan(at + span, Step::Rejoin(place));
            }
        }
        Ok(())
    }
}
