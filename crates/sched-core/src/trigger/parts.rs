//! The triggers that `and` and `or` are made of.

use std::fmt;

use super::{Defaults, IntoTrigger, Trigger, TriggerError};

/// Descriptions of triggers, to be built when the defaults are known.
#[derive(Default)]
pub(super) struct Parts(Vec<Build>);

type Build = Box<dyn FnOnce(&Defaults) -> Result<Trigger, TriggerError> + Send>;

impl Parts {
    pub(super) fn push(&mut self, part: impl IntoTrigger + Send + 'static) {
        self.0
            .push(Box::new(|defaults| part.into_trigger(defaults)));
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
    TriggerError::Part {
        combination,
        number: index + 1,
        error: Box::new(error),
    }
}

/// Refuses what has no meaning inside `combination`: no trigger at all, a jitter on one of them, a
/// delay counted from the end of a run.
pub(super) fn check(combination: &'static str, parts: &[Trigger]) -> Result<(), TriggerError> {
    if parts.is_empty() {
        return Err(refused(
            "triggers",
            &format!("{combination} needs at least one trigger"),
        ));
    }
    for (index, part) in parts.iter().enumerate() {
        let error = if part.jitter_settings().is_some() {
            refused(
                "jitter",
                &format!("put it on the whole {combination}, not on a part of it"),
            )
        } else if part.is_fixed_delay() {
            refused(
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

fn refused(field: &'static str, reason: &str) -> TriggerError {
    TriggerError::Value {
        field,
        reason: reason.to_owned(),
    }
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
