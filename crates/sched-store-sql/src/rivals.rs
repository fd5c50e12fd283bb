//! Whether others claim the same rows at the same time.

use std::sync::atomic::{AtomicU32, Ordering};

/// For how many claims rows are locked after one that lost some to others.
const WARY: u32 = 64;

/// What the claims of one store have met.
///
/// Rows that are locked while they are planned are planned by one scheduler only. Where one
/// scheduler claims, that costs a write to each row for nothing: so nothing is locked until a claim
/// has lost rows, and then for some time.
#[derive(Debug, Default)]
pub(crate) struct Rivals {
    wary_for: AtomicU32,
}

impl Rivals {
    /// Whether the next claim should lock what it reads.
    pub(crate) fn are_expected(&self) -> bool {
        let less = |wary: u32| wary.checked_sub(1);
        self.wary_for.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }

    /// Notes what a claim that locked nothing has won.
    pub(crate) fn note(&self, won: &[bool]) {
        if won.contains(&false) {
            self.wary_for.store(WARY, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Rivals, WARY};

    #[test]
    fn whoever_lost_rows_locks_them_for_some_time() {
        let rivals = Rivals::default();
        assert!(!rivals.are_expected());
        rivals.note(&[true, true]);
        assert!(!rivals.are_expected());
        rivals.note(&[true, false]);
        assert!((0..WARY).all(|_| rivals.are_expected()));
        assert!(!rivals.are_expected());
    }
}
