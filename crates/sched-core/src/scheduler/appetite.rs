//! How many records to claim with one call.

/// The most records: while some are written, others are planned here.
const MOST: usize = 2_048;
/// As many at first, when nothing is known of the size of bodies.
const FIRST: usize = 64;
/// In bytes, what the bodies that one claim reads should come to.
const BODIES: usize = 64 << 20;
/// In memory, where the first to be claimed waits for the last, and bodies are only pointed at.
const VOLATILE: usize = 1_024;

/// How many records of a store go into one claim: more from call to call, as long as their bodies
/// are not too large to be held at once.
#[derive(Debug)]
pub(super) struct Appetite {
    batch: usize,
    most: usize,
}

impl Appetite {
    pub(super) fn new(is_volatile: bool) -> Self {
        match is_volatile {
            true => Appetite { batch: VOLATILE, most: VOLATILE },
            false => Appetite { batch: FIRST, most: MOST },
        }
    }

    /// The most records to claim next.
    pub(super) fn batch(&self) -> usize {
        self.batch
    }

    /// A claim has read so many records with so many bytes of bodies.
    pub(super) fn ate(&mut self, records: usize, bytes: usize) {
        if let Some(mean) = bytes.checked_div(records) {
            self.batch = (BODIES / mean.max(1)).min(self.batch * 2).clamp(1, self.most);
        }
    }

    /// A claim has failed, perhaps since it was too large for whoever is in between.
    pub(super) fn choked(&mut self) {
        self.batch = (self.batch / 2).max(1);
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
            small.ate(small.batch(), small.batch() * 300);
            assert!(large.batch() << 20 <= BODIES);
            large.ate(large.batch(), large.batch() << 20);
        }
        assert_eq!(batches, [64, 128, 256, 512, 1_024, 2_048, 2_048, 2_048]);
        assert_eq!(large.batch(), 64);
        large.ate(1, BODIES * 2);
        assert_eq!(large.batch(), 1);
        large.ate(0, 0);
        assert_eq!(large.batch(), 1);
        large.ate(1, 300);
        assert_eq!(large.batch(), 2);
    }

    #[test]
    fn what_is_too_large_for_somebody_becomes_smaller() {
        let mut appetite = Appetite::new(false);
        let mut batches = Vec::new();
        for _ in 0..8 {
            appetite.choked();
            batches.push(appetite.batch());
        }
        assert_eq!(batches, [32, 16, 8, 4, 2, 1, 1, 1]);
    }

    #[test]
    fn in_memory_nothing_is_read() {
        let mut appetite = Appetite::new(true);
        appetite.ate(1_024, 0);
        assert_eq!(appetite.batch(), 1_024);
    }
}
