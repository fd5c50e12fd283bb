//! What happens when, drawn from the seed.

use std::time::Duration;

use fastrand::Rng;

use super::options::{FaultKind, Terms};
use super::proxy::Gate;

/// Something to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// To one of the schedulers that are well. Which, is drawn when it is done.
    Harm(Harm),
    RestartStore,
}

/// What is done to a scheduler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Harm {
    Kill,
    Freeze { span: Duration },
    CutOff { how: Gate, span: Duration },
}

/// All deeds of a run, by the time since the first job is due.
pub(crate) fn timetable(terms: &Terms, rng: &mut Rng) -> Vec<(Duration, Deed)> {
    let lease = Duration::from_millis(terms.lease_ms);
    let whole = Duration::from_secs(terms.seconds);
    let mut deeds = Vec::new();
    if terms.has(FaultKind::Kill) {
        let every = Duration::from_millis(terms.kill_every_ms.max(100));
        deeds.extend(times(every, every, whole).map(|at| (at, Deed::Harm(Harm::Kill))));
    }
    // Longer than a lease, so that others take over; then a while in which all are well.
    let long = |rng: &mut Rng| lease + Duration::from_millis(rng.u64(1_500..4_000));
    if terms.has(FaultKind::Freeze) {
        let mut at = Duration::from_millis(rng.u64(1_500..3_500));
        while at < whole {
            let span = long(rng);
            deeds.push((at, Deed::Harm(Harm::Freeze { span })));
            at += span + Duration::from_millis(rng.u64(3_000..8_000));
        }
    }
    if terms.has(FaultKind::Partition) {
        let mut at = Duration::from_millis(rng.u64(3_000..5_000));
        let mut how = if rng.bool() { Gate::Stalled } else { Gate::Closed };
        while at < whole {
            let span = long(rng);
            deeds.push((at, Deed::Harm(Harm::CutOff { how, span })));
            at += span + Duration::from_millis(rng.u64(3_000..8_000));
            how = if how == Gate::Closed { Gate::Stalled } else { Gate::Closed };
        }
    }
    if terms.has(FaultKind::RestartStore) {
        let first = whole.mul_f64(0.35 + 0.15 * rng.f64());
        let every = Duration::from_secs(25);
        deeds.extend(times(first, every, whole).map(|at| (at, Deed::RestartStore)));
    }
    deeds.sort_by_key(|(at, _)| *at);
    deeds
}

fn times(first: Duration, every: Duration, before: Duration) -> impl Iterator<Item = Duration> {
    let next = move |at: &Duration| Some(*at + every);
    std::iter::successors(Some(first), next).take_while(move |at| *at < before)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::options::TermOptions;

    fn terms(seconds: u64) -> Terms {
        let options = TermOptions {
            schedulers: 3,
            jobs: 10,
            seconds,
            faults: vec![
                FaultKind::Kill,
                FaultKind::Freeze,
                FaultKind::RestartStore,
                FaultKind::Partition,
            ],
            seed: Some(1),
            lease_ms: 6_000,
            kill_every_ms: 3_000,
            takeover_ms: 10_000,
            broken: None,
        };
        options.on("sqlite")
    }

    #[test]
    fn every_fault_that_is_asked_for_happens_even_in_a_short_run() {
        for seed in 0..100 {
            let deeds = timetable(&terms(12), &mut Rng::with_seed(seed));
            let has = |kind: fn(&Deed) -> bool| deeds.iter().any(|(_, deed)| kind(deed));
            assert!(has(|deed| matches!(deed, Deed::Harm(Harm::Kill))));
            assert!(has(|deed| matches!(deed, Deed::Harm(Harm::Freeze { .. }))));
            assert!(has(|deed| matches!(deed, Deed::Harm(Harm::CutOff { .. }))));
            assert!(has(|deed| matches!(deed, Deed::RestartStore)));
            assert!(deeds.is_sorted_by_key(|(at, _)| *at));
        }
    }

    #[test]
    fn a_seed_gives_one_timetable() {
        let of = |seed| timetable(&terms(60), &mut Rng::with_seed(seed));
        assert_eq!(of(7), of(7));
        assert_ne!(of(7), of(8));
    }
}
