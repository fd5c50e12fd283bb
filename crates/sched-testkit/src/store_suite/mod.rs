//! The suite that every job store passes.
//!
//! A backend writes a [`StoreHarness`] and one line with [`store_suite!`](crate::store_suite!),
//! which becomes a test for each case. A store whose server a test may kill writes a
//! [`RestartHarness`] and a line with [`store_restart_suite!`](crate::store_restart_suite!) too.
//!
//! The cases go by what the documentation of [`JobStore`](sched_core::JobStore) promises, and by
//! nothing else. Each of them is proved by a store that is broken in one place and fails it.

mod cancel;
mod claim;
mod due;
mod harness;
mod hostile;
mod insert;
mod listing;
mod model;
mod place;
mod race;
mod restart;
mod round_trip;
mod row;
mod run;
mod scale;
mod signals;
mod site;
mod swap;

pub use harness::{Available, Features, RestartHarness, StoreHarness};
pub use run::{Case, RestartCase};
#[doc(hidden)]
pub use run::{test_case, test_restart_case};

/// A test for each case that a job store must pass.
///
/// The harness is made anew for each test, inside a multi-threaded tokio runtime of the test's
/// own, so that tests cannot share connections; `await` is allowed in the expression. It may be an
/// `Option`, none where the server of the store is not there: see
/// [`Available`](crate::store_suite::Available).
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::{Arc, Mutex};
///
/// use async_trait::async_trait;
/// use sched_core::JobStore;
/// use sched_testkit::EncodedStore;
/// use sched_testkit::store_suite::{Features, StoreHarness};
///
/// #[derive(Default)]
/// struct Encoded {
///     // A server would keep these.
///     namespaces: Mutex<HashMap<String, EncodedStore>>,
/// }
///
/// #[async_trait]
/// impl StoreHarness for Encoded {
///     async fn store(&self, namespace: &str) -> Arc<dyn JobStore> {
///         let mut namespaces = self.namespaces.lock().unwrap();
///         let store = namespaces.entry(namespace.to_owned());
///         Arc::new(store.or_insert_with(|| EncodedStore::new().with_hints()).clone())
///     }
///
///     fn features(&self) -> Features {
///         Features { hints: true, tells: true, ..Features::default() }
///     }
///
///     async fn discard(&self, namespace: &str) {
///         self.namespaces.lock().unwrap().remove(namespace);
///     }
/// }
///
/// sched_testkit::store_suite!(Encoded::default());
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! store_suite {
    ($harness:expr) => {
        $crate::__store_cases!(__store_tests($harness));
    };
}

/// A test for each case that a job store must pass whose server is killed and started again.
///
/// As [`store_suite!`](crate::store_suite!), with a
/// [`RestartHarness`](crate::store_suite::RestartHarness). Each test kills the server, so each
/// needs one of its own.
#[macro_export]
macro_rules! store_restart_suite {
    ($harness:expr) => {
        $crate::__store_restart_cases!(__store_restart_tests($harness));
    };
}

/// All cases of [`store_suite!`](crate::store_suite!).
pub fn cases() -> &'static [Case] {
    crate::__store_cases!(__store_case_table())
}

/// All cases of [`store_restart_suite!`](crate::store_restart_suite!).
pub fn restart_cases() -> &'static [RestartCase] {
    crate::__store_restart_cases!(__store_restart_case_table())
}

/// The list of cases, handed to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __store_cases {
    ($make:ident ($($with:expr)?)) => {
        $crate::$make! { ($($with)?)
            round_trip {
                a_record_is_read_back_as_it_was_written
                due_times_are_exact_to_the_microsecond_and_before_1970
                bodies_of_all_sizes_are_read_back
                a_body_too_large_is_refused_and_nothing_else
                a_body_that_nobody_can_decode_is_kept_byte_for_byte
            }
            hostile {
                hostile_ids_are_kept_apart
                hostile_lanes_are_kept_apart
            }
            insert {
                an_empty_store_answers_with_nothing
                an_empty_batch_does_nothing
                insert_answers_for_each_record_in_order
                an_inserted_record_keeps_its_revision
                an_id_that_was_deleted_can_be_inserted_again
                of_concurrent_inserts_of_an_id_exactly_one_takes_effect
            }
            due {
                due_takes_its_own_moment_in_and_nothing_later
                due_gives_the_earliest_first_and_no_more_than_asked_for
                a_record_without_a_due_time_is_never_due
                due_keeps_lanes_apart
                next_due_is_the_earliest_of_the_lanes_asked_for
                lanes_are_those_with_a_due_time_each_once
                the_index_follows_every_change
            }
            listing {
                pages_list_every_record_once_in_order
                only_the_last_page_is_short
                a_page_may_begin_after_an_id_that_is_not_there
                pages_stay_exact_while_others_write
                pages_stay_exact_under_concurrent_writes
            }
            swap {
                the_revision_grows_by_one_with_every_write
                a_change_at_another_revision_does_nothing
                a_change_of_a_missing_record_makes_nothing
                a_deleted_record_is_gone_everywhere
                a_batch_answers_for_each_change_in_order
                a_store_never_deletes_or_alters_what_it_was_not_told_to
            }
            race {
                of_several_concurrent_changes_exactly_one_takes_effect
                a_deletion_and_a_change_have_one_winner
                no_update_is_lost_between_racing_readers_and_writers
                writes_are_never_held_up_by_anothers_losing
                batches_in_opposite_order_all_come_to_an_end
            }
            claim {
                claim_does_what_the_planner_decides
                what_the_planner_leaves_stays_as_it_is
                claim_looks_at_no_more_than_asked_for
                each_record_is_claimed_by_exactly_one_of_many_racers
            }
            place {
                neighbours_see_nothing_of_one_another
                clear_deletes_all_of_its_own_and_nothing_else
                an_acknowledged_write_survives_reopening
                a_closed_store_opens_again
                opening_changes_nothing_that_is_there
                many_may_open_a_new_place_at_once
                what_one_writes_all_see_at_once
            }
            cancel {
                dropping_a_call_leaves_the_store_usable
                a_dropped_write_happened_whole_or_not_at_all
            }
            signals {
                hints_come_after_every_write_of_a_due_time
                what_is_told_reaches_the_others
                the_servers_clock_tells_microseconds_of_utc
            }
            model { random_operations_do_what_they_do_in_memory }
            scale { many_records_are_inserted_paged_and_claimed }
        }
    };
}

/// The list of restart cases, handed to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __store_restart_cases {
    ($make:ident ($($with:expr)?)) => {
        $crate::$make! { ($($with)?)
            an_acknowledged_write_survives_a_killed_server
            a_store_finds_its_restarted_server_by_itself
            while_the_server_is_away_every_call_fails_as_unavailable
            hints_come_again_after_a_restart
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __store_tests {
    (($harness:expr) $($theme:ident { $($case:ident)* })*) => {$($(
        #[test]
        fn $case() {
            $crate::store_suite::test_case(stringify!($case), async { $harness });
        }
    )*)*};
}

#[doc(hidden)]
#[macro_export]
macro_rules! __store_restart_tests {
    (($harness:expr) $($case:ident)*) => {$(
        #[test]
        fn $case() {
            $crate::store_suite::test_restart_case(stringify!($case), async { $harness });
        }
    )*};
}

#[doc(hidden)]
#[macro_export]
macro_rules! __store_case_table {
    (() $($theme:ident { $($case:ident)* })*) => {
        &[$($(
            Case { name: stringify!($case), prove: |site| Box::pin($theme::$case(site)) },
        )*)*]
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __store_restart_case_table {
    (() $($case:ident)*) => {
        &[$(
            RestartCase {
                name: stringify!($case),
                prove: |site, server| Box::pin(restart::$case(site, server)),
            },
        )*]
    };
}
