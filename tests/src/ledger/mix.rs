//! Which jobs there are: some of every kind, their numbers drawn from the seed.

use fastrand::Rng;

use super::duty::{Duty, Rhythm};
use super::line::Micros;

const SECOND: Micros = 1_000_000;

/// Every how manieth job is one that the conductor changes during the run.
const MANAGED: usize = 10;

/// The jobs of one run of the ledger, due from `first` on and at most until `last`. The ids of
/// those that the conductor may change begin with [`managed`].
pub(crate) fn duties(count: usize, first: Micros, last: Micros, rng: &mut Rng) -> Vec<Duty> {
    let kinds: [Kind; 12] = [
        every_second,
        every_few_seconds,
        by_cron,
        long_and_alone,
        once,
        one_by_one,
        failing_at_first,
        not_to_be_repeated,
        more_than_its_limit,
        once_and_not_again,
        with_a_grace,
        long_beside_itself,
    ];
    let duty = |n: usize| {
        if n % MANAGED == MANAGED - 1 {
            return managed(n, first, last, rng);
        }
        let at = n - n / MANAGED;
        let (name, duty) = kinds[at % kinds.len()](first, last, rng);
        Duty { id: format!("{name}-{n}"), ..duty }
    };
    (0..count).map(duty).collect()
}

type Kind = fn(Micros, Micros, &mut Rng) -> (&'static str, Duty);

/// A job that the conductor pauses, resumes, reschedules, runs and removes.
pub(crate) fn managed(n: usize, first: Micros, last: Micros, rng: &mut Rng) -> Duty {
    let rhythm = interval(rng.i64(1..=3), first, last, rng);
    Duty { work_ms: rng.u64(20..200), ..Duty::short(format!("managed-{n}"), rhythm) }
}

/// Due every `seconds`, from within the first such span, and before half of the time is over.
pub(crate) fn interval(seconds: i64, first: Micros, last: Micros, rng: &mut Rng) -> Rhythm {
    let latest = (seconds * SECOND).min((last - first) / 2).max(1);
    let delay = rng.i64(0..latest) / (SECOND / 10) * (SECOND / 10);
    Rhythm { first: first + delay, period: seconds * SECOND, last, cron: false }
}

fn short(rhythm: Rhythm) -> Duty {
    Duty::short(String::new(), rhythm)
}

fn every_second(first: Micros, last: Micros, rng: &mut Rng) -> (&'static str, Duty) {
    let rhythm = interval(1, first, last, rng);
    ("second", Duty { work_ms: rng.u64(5..100), ..short(rhythm) })
}

fn every_few_seconds(first: Micros, last: Micros, rng: &mut Rng) -> (&'static str, Duty) {
    let rhythm = interval(rng.i64(2..=5), first, last, rng);
    ("seconds", Duty { work_ms: rng.u64(50..300), ..short(rhythm) })
}

fn by_cron(first: Micros, last: Micros, rng: &mut Rng) -> (&'static str, Duty) {
    let period = [2, 3, 4, 5, 6][rng.usize(..5)] * SECOND;
    let first = (first / SECOND + rng.i64(1..=3)) * SECOND;
    ("cron", short(Rhythm { first, period, last, cron: true }))
}

fn once(first: Micros, last: Micros, rng: &mut Rng) -> (&'static str, Duty) {
    let rhythm = Rhythm::once(rng.i64(first..last));
    ("once", Duty { work_ms: rng.u64(0..3_000), ..short(rhythm) })
}

fn once_and_not_again(first: Micros, last: Micros, rng: &mut Rng) -> (&'static str, Duty) {
    let (_, duty) = once(first, last, rng);
    ("once-skip", Duty { rerun: false, ..duty })
}

/// Longer than a lease.
fn long_and_alone(first: Micros, last: Micros, rng: &mut Rng) -> (&'static str, Duty) {
    let rhythm = interval(rng.i64(9..=14), first, last, rng);
    ("long", Duty { work_ms: rng.u64(7_000..9_000), max_instances: 1, ..short(rhythm) })
}

fn long_beside_itself(first: Micros, last: Micros, rng: &mut Rng) -> (&'static str, Duty) {
    let rhythm = interval(rng.i64(4..=6), first, last, rng);
    ("beside", Duty { work_ms: rng.u64(7_000..9_000), max_instances: 2, ..short(rhythm) })
}

/// Due more often than it may run.
fn more_than_its_limit(first: Micros, last: Micros, rng: &mut Rng) -> (&'static str, Duty) {
    let rhythm = interval(2, first, last, rng);
    ("limited", Duty { work_ms: rng.u64(2_500..4_000), max_instances: 1, ..short(rhythm) })
}

/// Every fire is run, however late.
fn one_by_one(first: Micros, last: Micros, rng: &mut Rng) -> (&'static str, Duty) {
    let rhythm = interval(rng.i64(2..=3), first, last, rng);
    ("each", Duty { coalesce: false, work_ms: rng.u64(20..200), ..short(rhythm) })
}

fn failing_at_first(first: Micros, last: Micros, rng: &mut Rng) -> (&'static str, Duty) {
    let rhythm = interval(rng.i64(4..=6), first, last, rng);
    ("failing", Duty { failures: rng.u32(1..=2), attempts: 5, ..short(rhythm) })
}

fn not_to_be_repeated(first: Micros, last: Micros, rng: &mut Rng) -> (&'static str, Duty) {
    let rhythm = interval(rng.i64(2..=3), first, last, rng);
    ("skip", Duty { rerun: false, work_ms: rng.u64(200..1_500), ..short(rhythm) })
}

/// A run may be a minute late: more than any fault here takes, and less than clocks are apart.
fn with_a_grace(first: Micros, last: Micros, rng: &mut Rng) -> (&'static str, Duty) {
    let rhythm = interval(rng.i64(2..=4), first, last, rng);
    ("grace", Duty { grace_ms: Some(60_000), ..short(rhythm) })
}
