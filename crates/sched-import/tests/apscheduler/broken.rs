//! Stored jobs that were changed by accident or on purpose.

use proptest::prelude::*;
use sched_core::Timestamp;
use sched_import::apscheduler::StoredJob;
use sched_import::{Import, NextRun, Note};

use crate::{TABLES, VERSIONS, fixtures, import, stored};

fn all_stored() -> Vec<StoredJob> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut all = Vec::new();
        for (version, table) in VERSIONS.iter().flat_map(|v| TABLES.map(|table| (v, table))) {
            all.extend(stored(&fixtures(), version, table).await);
        }
        all
    })
}

fn with_state(state: &[u8]) -> Import {
    import(vec![StoredJob { id: "job".to_owned(), next_run_time: None, state: state.to_vec() }])
}

fn refusal(state: &[u8]) -> String {
    let import = with_state(state);
    assert_eq!(import.jobs, []);
    import.refused[0].to_string()
}

#[test]
fn the_number_of_the_store_decides_when_a_job_is_due() {
    let jobs = all_stored();
    let mut job = jobs.into_iter().find(|job| job.id == "date-utc").unwrap();
    let told = Note::StateDiffers { state: Some(Timestamp::from_secs(2_051_222_400)) };
    job.next_run_time = Some(2_000_000_000.25);
    let moved = import(vec![job.clone()]);
    assert_eq!(moved.jobs[0].next, NextRun::At(Timestamp::from_micros(2_000_000_000_250_000)));
    assert!(moved.jobs[0].notes.contains(&told), "{moved}");
    job.next_run_time = None;
    let paused = import(vec![job.clone()]);
    assert_eq!(paused.jobs[0].next, NextRun::Paused);
    assert!(paused.jobs[0].notes.contains(&told), "{paused}");
    for nonsense in [f64::NAN, f64::INFINITY, 1e300, -1e300] {
        job.next_run_time = Some(nonsense);
        let refused = import(vec![job.clone()]);
        let reason = refused.refused[0].to_string();
        assert_eq!(reason, "date-utc: next_run_time is not seconds since 1970");
    }
}

#[test]
fn a_state_of_another_kind_says_what_is_wrong_with_it() {
    assert_eq!(refusal(b""), "job: the store holds no state of it");
    assert_eq!(refusal(b"{}"), "job: pickle: it is not of protocol 2 to 5");
    assert_eq!(refusal(b"\x80\x04N."), "job: the state is not a dict");
    assert_eq!(refusal(b"\x80\x04}."), "job: version is not a whole number");
    assert_eq!(
        refusal(b"\x80\x04}\x8c\x07versionK\x02s."),
        "job: the state is of version 2; what is known ends with 1"
    );
    assert_eq!(refusal(b"\x80\x04}\x8c\x07versionK\x01s."), "job: func is not a text");
}

proptest! {
    /// No panic, and each job is in one of the two lists.
    #[test]
    fn bytes_that_change_make_another_job_or_a_refusal(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::weighted(0.1, any::<prop::sample::Index>()),
    ) {
        thread_local!(static JOBS: Vec<StoredJob> = all_stored());
        let mut job = JOBS.with(|jobs| which.get(jobs).clone());
        for (place, byte) in changes {
            let place = place.index(job.state.len());
            job.state[place] = byte;
        }
        if let Some(cut) = cut {
            job.state.truncate(cut.index(job.state.len()));
        }
        let import = import(vec![job]);
        prop_assert_eq!(import.jobs.len() + import.refused.len(), 1);
    }
}
