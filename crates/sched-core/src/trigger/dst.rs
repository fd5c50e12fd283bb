//! What a wall-clock schedule does where the clock is changed.

use serde::{Deserialize, Serialize};

/// What becomes of a wall time that the clock is put forward over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gap {
    /// It fires, later by the size of the gap: 02:30 at 03:30.
    Shift,
    /// It does not fire.
    Skip,
}

/// What becomes of a wall time that the clock, put back, shows twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fold {
    /// It fires once, the first time.
    First,
    /// It fires both times.
    Both,
}
