//! What to know of a zone's clock.

use sched_core::{Timestamp, Zone};

/// Whether the clock of the zone is put forward and back, as far as two seasons show it.
pub(crate) fn changes(zone: Zone) -> bool {
    const JANUARY_2030: Timestamp = Timestamp::from_secs(1_893_456_000);
    const JULY_2030: Timestamp = Timestamp::from_secs(1_909_094_400);
    zone.offset_at(JANUARY_2030) != zone.offset_at(JULY_2030)
}
