//! What a wall-clock schedule does where the clock is changed.
//!
//! # The default rule
//!
//! It is Vixie cron's, and depends on whether the schedule means wall times or a rhythm:
//!
//! * **The hour field holds no `*`** (`hour='2', minute='30'`; `30 2 * * *`): the schedule means its
//!   wall times, and fires once for each of them. One that the clock is put forward over moves
//!   forward by the size of the gap: 02:30 fires at 03:30. One that the clock, put back, shows
//!   twice fires the first time. Where two of them become the same moment it fires once.
//! * **The hour field holds a `*`** (`*`, `*/2`, or not given and left at `*`): the schedule means a
//!   rhythm, and fires at every moment at which the wall clock matches: in both passes of an hour
//!   that is shown twice, and never for wall times that do not exist.
//!
//! [`Gap`] and [`Fold`], given to a trigger, each replace their half of the rule.

use serde::{Deserialize, Serialize};

/// What becomes of a wall time that the clock is put forward over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Gap {
    /// It fires, later by the size of the gap: 02:30 at 03:30.
    Shift,
    /// It does not fire.
    Skip,
}

/// What becomes of a wall time that the clock, put back, shows twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Fold {
    /// It fires once, the first time.
    First,
    /// It fires both times.
    Both,
}
