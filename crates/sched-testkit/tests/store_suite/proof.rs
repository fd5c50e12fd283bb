//! Each case of the suite fails where it should.
//!
//! A broken store may fail other cases too; what is proved is that none of them is idle.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Once};

use futures_util::FutureExt;
use sched_testkit::store_suite::{cases, restart_cases};

use crate::broken::Broken;
use crate::defect::Defect::{self, *};

/// Cases, and the defects that each must find.
const FOUND: &[(&str, &[Defect])] = &[
    ("a_record_is_read_back_as_it_was_written", &[NothingBefore1970, KeepsLane]),
    (
        "due_times_are_exact_to_the_microsecond_and_before_1970",
        &[Milliseconds, Doubles, NothingBefore1970, DueEarly, DueLate],
    ),
    ("bodies_of_all_sizes_are_read_back", &[CutsBodies, UndeclaredLimit, BodiesAreText]),
    (
        "a_body_too_large_is_refused_and_nothing_else",
        &[CutsTooLarge, TooLargeIsAnyError, UndeclaredLimit],
    ),
    ("a_body_that_nobody_can_decode_is_kept_byte_for_byte", &[BodiesAreText, RemovesUndecodable]),
    ("hostile_ids_are_kept_apart", &[IdsFoldCase, ListByDueTime]),
    ("hostile_lanes_are_kept_apart", &[LanesFoldCase, LanesByPrefix, NextDueNeverForgets]),
    ("an_empty_store_answers_with_nothing", &[InventsNextDue]),
    ("an_empty_batch_does_nothing", &[EmptyBatchFails]),
    ("insert_answers_for_each_record_in_order", &[InsertOverwrites, InsertAllOrNothing]),
    ("an_inserted_record_keeps_its_revision", &[InsertBeginsAtOne, DoubleRevisions]),
    ("an_id_that_was_deleted_can_be_inserted_again", &[Tombstones, InsertBeginsAtOne]),
    (
        "of_concurrent_inserts_of_an_id_exactly_one_takes_effect",
        &[InsertUnguarded, InsertOverwrites, InsertAllOrNothing],
    ),
    (
        "due_takes_its_own_moment_in_and_nothing_later",
        &[DueEarly, DueLate, Milliseconds, NothingBefore1970],
    ),
    (
        "due_gives_the_earliest_first_and_no_more_than_asked_for",
        &[DueReversed, DueIgnoresLimit, ZeroIsNoLimit],
    ),
    ("a_record_without_a_due_time_is_never_due", &[PausedAreDue]),
    ("due_keeps_lanes_apart", &[LanesByPrefix]),
    (
        "next_due_is_the_earliest_of_the_lanes_asked_for",
        &[NextDueOfFirstLane, NextDueOfAllLanes, InventsNextDue],
    ),
    ("lanes_are_those_with_a_due_time_each_once", &[LanesRepeat, LanesOfPaused]),
    ("the_index_follows_every_change", &[NextDueNeverForgets]),
    (
        "pages_list_every_record_once_in_order",
        &[ListSkips, ListRepeats, ListByDueTime, ZeroIsNoLimit],
    ),
    ("only_the_last_page_is_short", &[ListCapsPages, ListSkips]),
    ("a_page_may_begin_after_an_id_that_is_not_there", &[ListNeedsTheId]),
    ("pages_stay_exact_while_others_write", &[ListByOffset]),
    ("pages_stay_exact_under_concurrent_writes", &[ListTwoSteps, ListByOffset]),
    ("the_revision_grows_by_one_with_every_write", &[RevisionStands]),
    (
        "a_change_at_another_revision_does_nothing",
        &[SwapAnswersYes, SwapIgnoresRevision, DeleteIgnoresRevision, SwapTakesLaterRevisions],
    ),
    ("a_change_of_a_missing_record_makes_nothing", &[SwapUpserts, SwapAnswersYes]),
    ("a_deleted_record_is_gone_everywhere", &[NextDueNeverForgets, SwapUpserts]),
    (
        "a_batch_answers_for_each_change_in_order",
        &[SwapAllOrNothing, SwapStopsAtConflict, SwapAnswersYes],
    ),
    (
        "a_store_never_deletes_or_alters_what_it_was_not_told_to",
        &[RemovesUndecodable, ClaimTouchesAll, OpenForgets, InsertOverwrites],
    ),
    (
        "of_several_concurrent_changes_exactly_one_takes_effect",
        &[SwapUnguarded, SwapIgnoresRevision],
    ),
    ("a_deletion_and_a_change_have_one_winner", &[SwapUnguarded, DeleteIgnoresRevision]),
    ("no_update_is_lost_between_racing_readers_and_writers", &[SwapUnguarded, SwapIgnoresRevision]),
    ("writes_are_never_held_up_by_anothers_losing", &[SwapAllOrNothing, SwapStopsAtConflict]),
    ("batches_in_opposite_order_all_come_to_an_end", &[Deadlocks, SwapAnswersYes]),
    ("claim_does_what_the_planner_decides", &[ClaimAsksTwice, ClaimAnswersForAll]),
    ("what_the_planner_leaves_stays_as_it_is", &[ClaimTouchesAll, ClaimAnswersForAll]),
    ("claim_looks_at_no_more_than_asked_for", &[ClaimIgnoresLimit, DueReversed]),
    ("each_record_is_claimed_by_exactly_one_of_many_racers", &[SwapUnguarded, SwapIgnoresRevision]),
    ("neighbours_see_nothing_of_one_another", &[OneNamespace]),
    (
        "clear_deletes_all_of_its_own_and_nothing_else",
        &[ClearsByPrefix, ClearLeavesPaused, ClearCloses],
    ),
    ("an_acknowledged_write_survives_reopening", &[CloseForgets, OpenForgets]),
    ("a_closed_store_opens_again", &[ClosesForGood, CloseForgets]),
    ("opening_changes_nothing_that_is_there", &[OpenForgets]),
    ("many_may_open_a_new_place_at_once", &[OpensAlone]),
    ("what_one_writes_all_see_at_once", &[CachesReads]),
    ("dropping_a_call_leaves_the_store_usable", &[KeepsLocks]),
    ("a_dropped_write_happened_whole_or_not_at_all", &[HalfWrites]),
    (
        "hints_come_after_every_write_of_a_due_time",
        &[SilentHints, InsertHintsOnly, LateHints, UndeclaredHints],
    ),
    ("what_is_told_reaches_the_others", &[KeepsToItself, RetellsAnything]),
    ("the_servers_clock_tells_microseconds_of_utc", &[ClockInMilliseconds, UndeclaredClock]),
    (
        RANDOM,
        &[
            SwapTakesLaterRevisions,
            DueReversed,
            DueIgnoresLimit,
            InsertOverwrites,
            NextDueOfFirstLane,
            LanesOfPaused,
            ListRepeats,
            IdsFoldCase,
            InsertBeginsAtOne,
        ],
    ),
    ("many_records_are_inserted_paged_and_claimed", &[BatchLimit]),
    ("an_acknowledged_write_survives_a_killed_server", &[KillForgets, StaysAway]),
    ("a_store_finds_its_restarted_server_by_itself", &[StaysAway, KillForgets]),
    (
        "while_the_server_is_away_every_call_fails_as_unavailable",
        &[HangsWhileAway, RefusesWhileAway, AnswersWhileAway],
    ),
    ("hints_come_again_after_a_restart", &[HintsStayAway, SilentHints]),
];

thread_local! {
    /// What the panics of a case say that is expected to fail; none: no such case is running.
    static COMPLAINTS: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Notes expected panics, in place of a backtrace of each.
fn note_expected_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let expected = COMPLAINTS.with_borrow_mut(|complaints| match complaints {
                Some(complaints) => {
                    complaints.push(info.to_string());
                    true
                }
                None => false,
            });
            if !expected {
                usual(info);
            }
        }));
    });
}

/// The case whose operations are drawn anew each time: one draw in a hundred may miss a defect.
const RANDOM: &str = "random_operations_do_what_they_do_in_memory";
/// Draws of it until one finds the defect.
const DRAWS: usize = 20;

/// Why the case fails on a store with this defect; none: it holds. Time stands still but when all
/// wait, so that a call that hangs is found at once.
fn complaint(name: &str, defect: Defect) -> Option<String> {
    note_expected_panics();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a test may make a runtime");
    let harness = Arc::new(Broken::new(defect));
    let case = cases().iter().find(|case| case.name() == name);
    let restart_case = restart_cases().iter().find(|case| case.name() == name);
    let run = async {
        match (case, restart_case) {
            (Some(case), None) => case.run(harness).await,
            (None, Some(case)) => case.run(harness).await,
            _ => unreachable!("{name} is not one case"),
        }
    };
    COMPLAINTS.set(Some(Vec::new()));
    let outcome = runtime.block_on(AssertUnwindSafe(run).catch_unwind());
    let complaints = COMPLAINTS.take().unwrap_or_default().join("\n");
    println!("{name} on a store with {defect:?}: {complaints}");
    outcome.is_err().then_some(complaints)
}

#[test]
fn each_case_fails_on_the_stores_that_are_broken_for_it() {
    for (case, defects) in FOUND {
        for defect in *defects {
            let draws = if *case == RANDOM { DRAWS } else { 1 };
            let complaint = (0..draws).find_map(|_| complaint(case, *defect));
            let complaint = complaint.unwrap_or_else(|| panic!("{case} holds with {defect:?}"));
            // It is the suite that complains, not the broken store that broke down.
            let first = complaint.lines().next().unwrap_or_default();
            assert!(first.contains("src/store_suite/"), "{case}, {defect:?}: {complaint}");
        }
    }
}

#[test]
fn each_case_holds_on_the_store_that_they_are_made_of() {
    for (case, _) in FOUND {
        assert_eq!(complaint(case, Sound), None, "{case}");
    }
}

#[test]
fn there_is_a_broken_store_for_each_case() {
    let names = cases().iter().map(|case| case.name());
    let names = names.chain(restart_cases().iter().map(|case| case.name()));
    let proved = |name: &str| FOUND.iter().any(|(case, found)| *case == name && !found.is_empty());
    let unproved: Vec<&str> = names.filter(|name| !proved(name)).collect();
    assert!(unproved.is_empty(), "cases that no broken store was seen to fail: {unproved:?}");
}
