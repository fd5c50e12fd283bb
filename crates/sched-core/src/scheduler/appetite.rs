//! How many records to claim with one call.

/// The most records: while some are written, others are planned here.
const MOST: usize = 2_048;
/// As many at first, when nothing is known of the size of bodies.
const FIRST: usize = 64;
/// In bytes, what the bodies that one claim reads should come to.
const BODIES: usize = 64 << 20;
/// In memory, where the first to be claimed waits for the last, and bodies are only pointed at.
const VOLATILE: usize = 1_024;

/// After a failure, how many full claims it takes until the double is tried again.
const CAUTIOUS: u32 = 64;

/// How many records of a store go into one claim: more from call to call, as long as there are as
/// many and their bodies are not too large to be held at once.
#[derive(Debug)]
pub(super) struct Appetite {
    batch: usize,
    /// The most to try: less than what has failed.
    most: usize,
    /// The most of all.
    limit: usize,
    /// Full claims since the last failure, or since more was allowed.
    full: u32,
    /// How many were asked for when a claim failed after others that had not. If as many fail again,
    /// it is for their number: a store that is down fails whatever is asked.
    suspect: Option<usize>,
    /// Whether a claim has failed since one was full.
    fails: bool,
}

impl Appetite {
    pub(super) fn new(is_volatile: bool) -> Self {
        let (batch, limit) = if is_volatile { (VOLATILE, VOLATILE) } else { (FIRST, MOST) };
        Appetite { batch, most: limit, limit, full: 0, suspect: None, fails: false }
    }

    /// The most records to claim next.
    pub(super) fn batch(&self) -> usize {
        self.batch
    }

    /// A claim that asked for so many records has read so many, with so many bytes of bodies.
    pub(super) fn ate(&mut self, asked: usize, records: usize, bytes: usize) {
        let Some(mean) = bytes.checked_div(records) else { return };
        if records >= asked {
            self.fails = false;
            self.suspect = self.suspect.filter(|size| *size > asked);
            self.full += 1;
            if self.full >= CAUTIOUS {
                (self.most, self.full) = ((self.most * 2).min(self.limit), 0);
            }
            self.batch = self.batch.max(asked * 2);
        }
        self.batch = self.batch.min(BODIES / mean.max(1)).clamp(1, self.most);
    }

    /// A claim that asked for so many records has failed, perhaps since they were too many for
    /// whoever is in between.
    pub(super) fn choked(&mut self, asked: usize) {
        if !self.fails {
            if self.suspect.is_some_and(|size| size <= asked) {
                self.most = (asked / 2).max(1);
            }
            self.suspect = Some(asked);
        }
        self.fails = true;
        self.batch = (self.batch.min(asked) / 2).max(1);
        self.full = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_to_what_bodies_allow() {
        let mut small = Appetite::new(false);
        let mut large = Appetite::new(false);
        let mut batches = Vec::new();
        for _ in 0..8 {
            batches.push(small.batch());
            small.ate(small.batch(), small.batch(), small.batch() * 300);
            assert!(large.batch() << 20 <= BODIES);
            large.ate(large.batch(), large.batch(), large.batch() << 20);
        }
        assert_eq!(batches, [64, 128, 256, 512, 1_024, 2_048, 2_048, 2_048]);
        assert_eq!(large.batch(), 64);
        large.ate(64, 1, BODIES * 2);
        assert_eq!(large.batch(), 1);
        large.ate(1, 0, 0);
        assert_eq!(large.batch(), 1);
        large.ate(1, 1, 300);
        assert_eq!(large.batch(), 2);
    }

    #[test]
    fn it_does_not_grow_where_there_is_no_more() {
        let mut appetite = Appetite::new(false);
        // Fewer than asked for, and fewer asked for than it would take.
        appetite.ate(64, 63, 63 * 300);
        appetite.ate(10, 10, 10 * 300);
        assert_eq!(appetite.batch(), 64);
        appetite.ate(64, 64, 64 * 300);
        assert_eq!(appetite.batch(), 128);
        // What bodies allow is seen all the same.
        appetite.ate(128, 1, BODIES / 8);
        assert_eq!(appetite.batch(), 8);
    }

    #[test]
    fn what_has_failed_is_tried_again_seldom() {
        let mut appetite = Appetite::new(false);
        let mut failed = Vec::new();
        for claim in 0..1_000 {
            let asked = appetite.batch();
            if asked > 200 {
                failed.push(claim);
                appetite.choked(asked);
            } else {
                appetite.ate(asked, asked, asked * 300);
            }
        }
        // After the second, each time after 64 full claims.
        assert_eq!(failed[..4], [2, 4, 69, 134]);
        // Once it is well again, it grows to the most.
        for _ in 0..1_000 {
            appetite.ate(appetite.batch(), appetite.batch(), appetite.batch() * 300);
        }
        assert_eq!(appetite.batch(), MOST);
    }

    #[test]
    fn few_that_are_too_many_are_tried_again_as_seldom() {
        let mut appetite = Appetite::new(false);
        let mut failed = 0;
        for _ in 0..1_000 {
            let asked = appetite.batch();
            if asked > 40 {
                failed += 1;
                appetite.choked(asked);
            } else {
                appetite.ate(asked, asked, asked * 300);
            }
        }
        assert!(failed <= 20, "{failed}");
    }

    #[test]
    fn what_is_too_large_for_somebody_becomes_smaller() {
        let mut appetite = Appetite::new(false);
        let mut batches = Vec::new();
        for _ in 0..8 {
            appetite.choked(appetite.batch());
            batches.push(appetite.batch());
        }
        assert_eq!(batches, [32, 16, 8, 4, 2, 1, 1, 1]);
    }

    #[test]
    fn a_store_that_was_down_is_asked_for_more_again_soon() {
        let mut appetite = Appetite::new(false);
        for _ in 0..2 {
            for _ in 0..7 {
                appetite.choked(appetite.batch());
            }
            let mut claims = 0;
            while appetite.batch() < FIRST * 2 {
                appetite.ate(appetite.batch(), appetite.batch(), appetite.batch() * 300);
                claims += 1;
            }
            assert_eq!(claims, 7);
        }
        // Though it has little to do in between.
        for _ in 0..9 {
            for _ in 0..7 {
                appetite.choked(appetite.batch());
            }
            appetite.ate(appetite.batch(), 0, 0);
            appetite.ate(appetite.batch() + 1, 1, 300);
        }
        for _ in 0..12 {
            appetite.ate(appetite.batch(), appetite.batch(), appetite.batch() * 300);
        }
        assert!(appetite.batch() >= FIRST, "{appetite:?}");
    }

    #[test]
    fn in_memory_nothing_is_read() {
        let mut appetite = Appetite::new(true);
        appetite.ate(1_024, 1_024, 0);
        assert_eq!(appetite.batch(), 1_024);
    }
}
