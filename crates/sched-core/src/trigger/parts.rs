//! The triggers that `and` and `or` are made of.

use std::cell::Cell;
use std::fmt;

use serde::{Deserialize, Deserializer, de};

use super::{Defaults, IntoTrigger, Trigger, TriggerError, TriggerKind};

/// How deep `and` and `or` may be nested. Without a limit a damaged or hostile record could
/// exhaust the stack of every scheduler that reads it.
const MOST_LEVELS: usize = 32;

/// Descriptions of triggers, to be built when the defaults are known.
#[derive(Default)]
pub(super) struct Parts(Vec<Build>);

type Build = Box<dyn FnOnce(&Defaults) -> Result<Trigger, TriggerError> + Send>;

impl Parts {
    pub(super) fn push(&mut self, part: impl IntoTrigger + Send + 'static) {
        self.0.push(Box::new(|defaults| part.into_trigger(defaults)));
    }

    /// Builds all of them; `combination` is named in errors.
    pub(super) fn build(
        self,
        combination: &'static str,
        defaults: &Defaults,
    ) -> Result<Vec<Trigger>, TriggerError> {
        let parts = self.0.into_iter().enumerate();
        parts
            .map(|(index, build)| build(defaults).map_err(|e| in_part(combination, index, e)))
            .collect()
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} triggers", self.0.len())
    }
}

/// `error`, of the part at `index` counted from 0.
pub(super) fn in_part(
    combination: &'static str,
    index: usize,
    error: TriggerError,
) -> TriggerError {
    TriggerError::Part { combination, number: index + 1, error: Box::new(error) }
}

/// Refuses what has no meaning inside `combination`: no trigger at all, a jitter on one of them, a
/// delay counted from the end of a run; and what is nested too deeply.
pub(super) fn check(combination: &'static str, parts: &[Trigger]) -> Result<(), TriggerError> {
    if parts.is_empty() {
        return Err(TriggerError::value(
            "triggers",
            format!("{combination} needs at least one trigger"),
        ));
    }
    if levels(parts) > MOST_LEVELS {
        return Err(TriggerError::value("triggers", too_deep()));
    }
    for (index, part) in parts.iter().enumerate() {
        let error = if part.jitter_settings().is_some() {
            TriggerError::value(
                "jitter",
                format!("put it on the whole {combination}, not on a part of it"),
            )
        } else if part.is_fixed_delay() {
            TriggerError::value(
                "fixed_delay",
                "cannot be combined: its fires depend on when runs end",
            )
        } else {
            continue;
        };
        return Err(in_part(combination, index, error));
    }
    Ok(())
}

fn levels(parts: &[Trigger]) -> usize {
    let below = parts.iter().map(|part| match part.kind() {
        TriggerKind::And(and) => levels(and.triggers()),
        TriggerKind::Or(or) => levels(or.triggers()),
        _ => 0,
    });
    1 + below.max().unwrap_or(0)
}

fn too_deep() -> String {
    format!("and and or are nested in more than {MOST_LEVELS} levels")
}

/// Reads the stored parts, unless that leads too deep: found out on the way down.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Trigger>, D::Error> {
    thread_local! {
        static LEVEL: Cell<usize> = const { Cell::new(0) };
    }
    struct Level;
    impl Drop for Level {
        fn drop(&mut self) {
            LEVEL.set(LEVEL.get() - 1);
        }
    }

    LEVEL.set(LEVEL.get() + 1);
    let _level = Level;
    if LEVEL.get() > MOST_LEVELS {
        return Err(de::Error::custom(too_deep()));
    }
    Vec::deserialize(deserializer)
}

/// `and[date[…], cron[…]]`
pub(super) fn write(
    f: &mut fmt::Formatter<'_>,
    combination: &'static str,
    parts: &[Trigger],
) -> fmt::Result {
    write!(f, "{combination}[")?;
    for (index, part) in parts.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        write!(f, "{comma}{part}")?;
    }
    f.write_str("]")
}
