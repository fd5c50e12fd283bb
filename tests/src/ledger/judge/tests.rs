//! Ledgers written by hand, each with one thing wrong or one thing that only looks wrong.

use super::judge;
use crate::ledger::duty::{Duty, Rhythm};
use crate::ledger::history::History;
use crate::ledger::line::{Change, Fault, Line, Mark, Micros, To, What};
use crate::ledger::options::Terms;
use crate::ledger::report::{Promise, Report};

const SECOND: Micros = 1_000_000;
const MS: Micros = 1_000;

/// A ledger in the making; times are in milliseconds.
struct Ledger {
    lines: Vec<Line>,
    token: u64,
}

impl Ledger {
    fn new() -> Self {
        let terms = Terms {
            store: "test".to_owned(),
            seed: 0,
            schedulers: 2,
            jobs: 1,
            seconds: 60,
            faults: Vec::new(),
            lease_ms: 6_000,
            kill_every_ms: 0,
            takeover_ms: 10_000,
            broken: None,
        };
        let mut ledger = Ledger { lines: Vec::new(), token: 1 };
        ledger.note(-1_000, "conductor", What::Opened(terms));
        ledger
    }

    fn note(&mut self, at: Micros, by: &str, what: What) -> &mut Self {
        self.lines.push(Line { at: at * MS, by: by.to_owned(), what });
        self
    }

    fn fault(&mut self, at: Micros, fault: Fault) -> &mut Self {
        self.note(at, "conductor", What::Fault(fault))
    }

    fn change(&mut self, job: &str, from: Micros, until: Micros, to: To) -> &mut Self {
        let (job, from, until) = (job.to_owned(), from * MS, until * MS);
        let change = Change { job, from, until, once: true, to };
        self.note(until / MS, "conductor", What::Changed(change))
    }

    /// Due at 0, 2 and 4 seconds; `change` makes it another job.
    fn job(&mut self, id: &str, change: impl FnOnce(&mut Duty)) -> &mut Self {
        let rhythm = Rhythm { first: 0, period: 2 * SECOND, last: 4 * SECOND, cron: false };
        let mut duty = Duty::short(id.to_owned(), rhythm);
        change(&mut duty);
        self.change(id, -900, -800, To::Added(duty))
    }

    fn mark(&mut self, job: &str, scheduled: Micros, attempt: u32) -> Mark {
        self.token += 1;
        let (job, token) = (job.to_owned(), self.token);
        Mark { job, scheduled: scheduled * MS, run: token.to_string(), token, attempt }
    }

    /// A run that comes to its end.
    fn run(&mut self, node: &str, job: &str, scheduled: Micros, from: Micros, until: Micros) {
        self.attempt(node, (job, scheduled, 1), from, Some((until, true)));
    }

    fn attempt(
        &mut self,
        node: &str,
        (job, scheduled, attempt): (&str, Micros, u32),
        from: Micros,
        end: Option<(Micros, bool)>,
    ) -> Mark {
        let mark = self.mark(job, scheduled, attempt);
        self.note(from, node, What::Begun(mark.clone()));
        if let Some((until, well)) = end {
            self.note(until, node, What::Ended { well, mark: mark.clone() });
        }
        mark
    }

    fn kill(&mut self, node: &str, at: Micros) {
        self.fault(at, Fault::Killed { node: node.to_owned() });
    }

    fn on(&mut self, store: &str) -> &mut Self {
        if let Some(Line { what: What::Opened(terms), .. }) = self.lines.first_mut() {
            terms.store = store.to_owned();
        }
        self
    }

    fn judged(&self) -> Report {
        judge(&History::of(self.lines.clone()).unwrap())
    }

    #[track_caller]
    fn breaks(&self, promises: &[Promise]) -> Report {
        let report = self.judged();
        let broken: Vec<Promise> = report.breaches.iter().map(|breach| breach.promise).collect();
        assert_eq!(broken, promises, "{:#?}", report.breaches);
        report
    }
}

/// One job that ran as it should, and another that others are to be measured by.
fn busy() -> Ledger {
    let mut ledger = Ledger::new();
    ledger.job("other", |duty| {
        duty.rhythm = Rhythm { first: 0, period: SECOND, last: 9 * SECOND, cron: false };
    });
    for at in 0..10 {
        ledger.run("a", "other", at * 1_000, at * 1_000 + 10, at * 1_000 + 50);
    }
    ledger
}

#[test]
fn all_is_well_when_every_fire_is_run_once() {
    let mut ledger = busy();
    ledger.job("job", |_| {});
    for at in [0, 2_000, 4_000] {
        ledger.run("b", "job", at, at + 5, at + 500);
    }
    let report = ledger.breaks(&[]);
    assert_eq!((report.fates.due(), report.fates.ran), (13, 13));
    assert_eq!(report.lateness.last(), Some(&(10 * MS)));
}

#[test]
fn a_fire_that_nobody_runs_while_others_are_run_is_lost() {
    let mut ledger = busy();
    ledger.job("job", |_| {});
    ledger.run("b", "job", 0, 5, 500);
    ledger.run("b", "job", 4_000, 4_005, 4_500);
    ledger.breaks(&[Promise::Lost]);
}

#[test]
fn the_last_fire_is_lost_even_if_nobody_else_does_anything() {
    let mut ledger = Ledger::new();
    ledger.job("job", |_| {});
    ledger.run("b", "job", 0, 5, 500);
    ledger.run("b", "job", 2_000, 2_005, 2_500);
    ledger.breaks(&[Promise::Lost]);
}

#[test]
fn fires_are_folded_while_nobody_claims_unless_each_is_to_be_run() {
    for coalesce in [true, false] {
        let mut ledger = Ledger::new();
        ledger.job("job", |duty| duty.coalesce = coalesce);
        ledger.run("b", "job", 0, 5, 500);
        ledger.run("b", "job", 4_000, 4_005, 4_500);
        let report = ledger.breaks(if coalesce { &[] } else { &[Promise::Lost] });
        assert_eq!(report.fates.folded, usize::from(coalesce));
    }
}

#[test]
fn a_fire_that_finds_its_job_running_as_often_as_it_may_is_refused() {
    for limit in [1, 2] {
        let mut ledger = busy();
        ledger.job("job", |duty| duty.max_instances = limit);
        ledger.run("b", "job", 0, 5, 3_000);
        ledger.run("b", "job", 4_000, 4_005, 4_500);
        let report = ledger.breaks(if limit == 1 { &[] } else { &[Promise::Lost] });
        assert_eq!(report.fates.refused, usize::from(limit == 1));
    }
}

#[test]
fn a_run_of_a_killed_scheduler_is_begun_again() {
    let mut ledger = busy();
    ledger.job("job", |duty| duty.rhythm = Rhythm::once(0));
    ledger.attempt("b", ("job", 0, 1), 5, None);
    ledger.kill("b", 100);
    let report = ledger.breaks(&[Promise::Lost]);
    assert_eq!(report.fates.lost, 1);
    ledger.attempt("a", ("job", 0, 2), 6_100, Some((6_200, true)));
    let report = ledger.breaks(&[]);
    assert_eq!(report.doubled_allowed, 1);
    assert_eq!((report.takeovers[0].took, report.takeovers[0].disturbed), (6_000 * MS, false));
}

#[test]
fn a_takeover_that_comes_too_late_is_noticed() {
    let mut ledger = busy();
    ledger.job("job", |duty| duty.rhythm = Rhythm::once(0));
    ledger.attempt("b", ("job", 0, 1), 5, None);
    ledger.kill("b", 100);
    ledger.attempt("a", ("job", 0, 2), 10_200, Some((10_300, true)));
    ledger.breaks(&[Promise::Takeover]);
}

#[test]
fn what_must_not_be_repeated_is_given_up_or_else_doubled() {
    let mut ledger = busy();
    ledger.job("job", |duty| {
        duty.rhythm = Rhythm::once(0);
        duty.rerun = false;
    });
    ledger.attempt("b", ("job", 0, 1), 5, None);
    ledger.kill("b", 100);
    assert_eq!(ledger.breaks(&[]).fates.skipped_lost, 1);
    ledger.attempt("a", ("job", 0, 2), 6_100, Some((6_200, true)));
    ledger.breaks(&[Promise::Doubled]);
}

#[test]
fn a_claim_that_was_lost_before_it_began_is_no_excuse_for_a_job_to_be_rerun() {
    for rerun in [true, false] {
        let mut ledger = busy();
        ledger.job("job", |duty| {
            duty.rhythm = Rhythm::once(0);
            duty.rerun = rerun;
        });
        ledger.kill("b", 3);
        ledger.breaks(if rerun { &[Promise::Lost] } else { &[] });
    }
}

#[test]
fn a_run_that_is_begun_again_while_its_scheduler_lives_is_doubled_and_overlaps() {
    let mut ledger = busy();
    ledger.job("job", |duty| duty.rhythm = Rhythm::once(0));
    ledger.run("b", "job", 0, 5, 9_000);
    ledger.attempt("a", ("job", 0, 2), 6_100, Some((6_200, true)));
    ledger.breaks(&[Promise::Doubled, Promise::Overlapping]);
}

#[test]
fn one_loss_explains_one_repetition() {
    let mut ledger = busy();
    ledger.job("job", |duty| duty.rhythm = Rhythm::once(0));
    ledger.attempt("b", ("job", 0, 1), 5, None);
    ledger.kill("b", 100);
    ledger.attempt("a", ("job", 0, 2), 6_100, Some((6_200, true)));
    ledger.attempt("a", ("job", 0, 3), 6_300, Some((6_400, true)));
    ledger.breaks(&[Promise::Doubled]);
}

#[test]
fn a_lease_that_had_not_expired_explains_nothing() {
    let mut ledger = busy();
    ledger.job("job", |duty| duty.rhythm = Rhythm::once(0));
    ledger.attempt("b", ("job", 0, 1), 5, Some((7_500, true)));
    ledger.fault(100, Fault::Frozen { node: "b".to_owned() });
    ledger.attempt("a", ("job", 0, 2), 1_000, Some((1_200, true)));
    ledger.fault(7_000, Fault::Thawed { node: "b".to_owned() });
    ledger.breaks(&[Promise::Doubled]);
}

/// Its end, and the renewal of its lease, could not be written.
#[test]
fn a_frozen_scheduler_that_holds_a_lock_explains_a_repetition_where_there_are_locks() {
    for (store, promises) in [
        ("postgres", &[][..]),
        ("redis", &[Promise::Doubled]),
        // All of it would have been locked, and others wrote to it.
        ("sqlite", &[Promise::Doubled]),
    ] {
        let mut ledger = busy();
        ledger.job("job", |duty| duty.rhythm = Rhythm::once(0));
        ledger.run("b", "job", 0, 5, 3_000);
        ledger.fault(100, Fault::Frozen { node: "c".to_owned() });
        ledger.fault(9_000, Fault::Thawed { node: "c".to_owned() });
        ledger.attempt("a", ("job", 0, 2), 9_100, Some((9_200, true)));
        ledger.on(store).breaks(promises);
    }
}

#[test]
fn an_heir_that_froze_while_it_held_the_lock_is_late_where_there_are_locks() {
    for (store, others, promises) in [
        ("postgres", true, &[][..]),
        ("redis", true, &[Promise::Takeover]),
        ("sqlite", true, &[Promise::Takeover]),
        ("sqlite", false, &[]),
    ] {
        let mut ledger = if others { busy() } else { Ledger::new() };
        ledger.job("job", |duty| duty.rhythm = Rhythm::once(0));
        ledger.attempt("b", ("job", 0, 1), 5, None);
        ledger.kill("b", 100);
        ledger.fault(6_000, Fault::Frozen { node: "c".to_owned() });
        ledger.fault(14_000, Fault::Thawed { node: "c".to_owned() });
        ledger.attempt("c", ("job", 0, 2), 14_100, Some((14_200, true)));
        ledger.on(store).breaks(promises);
    }
}

#[test]
fn a_run_that_failed_is_tried_again_as_often_as_the_job_says() {
    let mut ledger = busy();
    ledger.job("job", |duty| {
        duty.rhythm = Rhythm::once(0);
        duty.attempts = 2;
    });
    ledger.attempt("b", ("job", 0, 1), 5, Some((50, false)));
    ledger.breaks(&[Promise::Lost]);
    ledger.attempt("a", ("job", 0, 2), 600, Some((700, false)));
    assert_eq!(ledger.breaks(&[]).retried, 1);
    ledger.attempt("a", ("job", 0, 3), 1_600, Some((1_700, true)));
    ledger.breaks(&[Promise::Doubled]);
}

/// What it did while it stood still it could not know; what it does a while afterwards, it must.
#[test]
fn a_frozen_scheduler_answers_for_what_it_does_once_it_is_awake() {
    for (stops, promises) in [(9_500, &[][..]), (19_000, &[Promise::Overlapping][..])] {
        let mut ledger = busy();
        ledger.job("job", |duty| duty.rhythm = Rhythm::once(0));
        let mark = ledger.attempt("b", ("job", 0, 1), 5, None);
        ledger.fault(100, Fault::Frozen { node: "b".to_owned() });
        ledger.fault(9_000, Fault::Thawed { node: "b".to_owned() });
        let reason = "LeaseLost".to_owned();
        ledger.note(stops, "b", What::Stopped { reason, mark });
        ledger.attempt("a", ("job", 0, 2), 6_100, Some((18_000, true)));
        ledger.breaks(promises);
    }
}

#[test]
fn a_scheduler_that_is_cut_off_must_stop_before_another_begins() {
    for (stops, promises) in [(6_000, &[][..]), (6_200, &[Promise::Overlapping][..])] {
        let mut ledger = busy();
        ledger.job("job", |duty| duty.rhythm = Rhythm::once(0));
        let mark = ledger.attempt("b", ("job", 0, 1), 5, None);
        let (node, how) = ("b".to_owned(), "Stalled".to_owned());
        ledger.fault(100, Fault::CutOff { node, how });
        ledger.note(stops, "b", What::Stopped { reason: "LeaseLost".to_owned(), mark });
        ledger.attempt("a", ("job", 0, 2), 6_100, Some((7_000, true)));
        ledger.breaks(promises);
    }
}

#[test]
fn more_at_once_than_the_job_allows_overlap_whoever_runs_them() {
    let mut ledger = busy();
    ledger.job("job", |duty| duty.max_instances = 2);
    ledger.run("a", "job", 0, 5, 4_600);
    ledger.run("b", "job", 2_000, 2_005, 4_500);
    ledger.breaks(&[]);
    ledger.run("a", "job", 4_000, 4_005, 4_100);
    ledger.breaks(&[Promise::Overlapping]);
}

#[test]
fn nothing_is_early_and_nothing_is_run_that_was_not_due() {
    let mut ledger = busy();
    ledger.job("job", |_| {});
    ledger.run("b", "job", 0, -100, 50);
    ledger.run("b", "job", 2_000, 2_000, 2_050);
    ledger.run("b", "job", 3_000, 3_000, 3_050);
    ledger.run("b", "job", 4_000, 3_990, 4_050);
    let report = ledger.breaks(&[Promise::Early, Promise::Unbidden]);
    assert_eq!(report.earliest, 100 * MS);
}

#[test]
fn a_token_that_two_schedulers_have_is_noticed() {
    let mut ledger = busy();
    ledger.job("job", |_| {});
    ledger.run("b", "job", 0, 5, 50);
    ledger.run("b", "job", 2_000, 2_005, 2_050);
    ledger.token -= 1;
    ledger.run("a", "job", 4_000, 4_005, 4_050);
    ledger.breaks(&[Promise::Token]);
}

#[test]
fn a_paused_job_is_not_run_and_one_that_somebody_runs_is_run_once() {
    let mut ledger = busy();
    ledger.job("job", |_| {});
    ledger.run("b", "job", 0, 5, 50);
    ledger.change("job", 1_000, 1_010, To::Paused);
    ledger.change("job", 2_500, 2_510, To::Run);
    ledger.breaks(&[Promise::Lost]);
    ledger.run("b", "job", 2_505, 2_515, 2_550);
    let report = ledger.breaks(&[]);
    assert_eq!(report.fates.due(), 12);
    ledger.run("b", "job", 2_506, 2_516, 2_551);
    ledger.breaks(&[Promise::Doubled]);
    ledger.lines.truncate(ledger.lines.len() - 2);
    ledger.run("b", "job", 2_000, 2_005, 2_050);
    ledger.breaks(&[Promise::Unbidden]);
}

#[test]
fn what_is_left_in_the_store_and_who_ends_by_itself_is_noticed() {
    let mut ledger = busy();
    ledger.note(20_000, "conductor", What::Left { jobs: vec!["other".to_owned()] });
    ledger.fault(3_500, Fault::Died { node: "b".to_owned() });
    ledger.breaks(&[Promise::LeftBehind, Promise::Died]);
}
