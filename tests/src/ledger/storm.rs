//! Carrying out the timetable.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use sched_core::{Clock, SystemClock};

use super::Error;
use super::fleet::Fleet;
use super::journal::Journal;
use super::server::Server;
use super::timetable::Deed;

/// A deed, or the end of one.
#[derive(Debug)]
enum Step {
    Do(Deed),
    Start(usize),
    Thaw(usize),
    Rejoin(usize),
}

/// Does everything in `deeds` to the fleet and the server, from `start` of the steady clock on.
/// Returns after `span` at the earliest, when all that it did is over.
pub(crate) async fn storm(
    fleet: &mut Fleet,
    server: &Server,
    journal: &Arc<Journal>,
    deeds: Vec<(Duration, Deed)>,
    (clock, start, span): (&SystemClock, Duration, Duration),
    rng: &mut Rng,
) -> Result<(), Error> {
    // By time and, so that none is lost at the same time, a count.
    let mut count = deeds.len();
    let mut steps: BTreeMap<(Duration, usize), Step> = BTreeMap::new();
    for (n, (at, deed)) in deeds.into_iter().enumerate() {
        steps.insert((at, n), Step::Do(deed));
    }
    let mut restarts = tokio::task::JoinSet::new();
    let server = Arc::new(server.clone());
    while let Some(((at, _), step)) = steps.pop_first() {
        clock.sleep_until(start + at).await;
        fleet.look()?;
        let victim = fleet.victim(rng);
        let next = match (step, victim) {
            (Step::Start(place), _) => {
                fleet.start(place, rng)?;
                None
            }
            (Step::Thaw(place), _) => {
                fleet.thaw(place);
                None
            }
            (Step::Rejoin(place), _) => {
                fleet.rejoin(place);
                None
            }
            (Step::Do(Deed::RestartStore), _) => {
                let (server, journal) = (server.clone(), journal.clone());
                restarts.spawn(async move { server.restart(journal).await });
                None
            }
            (Step::Do(_), None) => None,
            (Step::Do(Deed::Kill), Some(place)) => {
                fleet.kill(place).await?;
                Some((Duration::from_millis(rng.u64(50..1_000)), Step::Start(place)))
            }
            (Step::Do(Deed::Freeze { span }), Some(place)) => {
                fleet.freeze(place);
                Some((span, Step::Thaw(place)))
            }
            (Step::Do(Deed::CutOff { how, span }), Some(place)) => {
                fleet.cut_off(place, how);
                Some((span, Step::Rejoin(place)))
            }
        };
        if let Some((after, step)) = next {
            count += 1;
            steps.insert((at + after, count), step);
        }
    }
    clock.sleep_until(start + span).await;
    while let Some(restarted) = restarts.join_next().await {
        restarted.expect("a server that was killed starts again");
    }
    fleet.heal(rng)
}
