//! Why a trigger was refused.

use std::error::Error;
use std::sync::Arc;

/// Why a trigger was refused when it was built.
///
/// Every variant says which argument is meant, in the reference's name for it.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum TriggerError {
    /// A text could not be read.
    #[error("{field}: {reason}, at character {position} of {text:?}")]
    Text {
        /// The argument, such as `day_of_week` or `start_date`.
        field: &'static str,
        /// The whole text given for it.
        text: String,
        /// Where in `text` the trouble begins, in characters from 0.
        position: usize,
        /// What is wrong there.
        reason: String,
    },
    /// A value makes no sense, alone or beside the others.
    #[error("{field}: {reason}")]
    Value {
        /// The argument.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The trigger has no argument of this name.
    #[error("{trigger} has no argument {name:?}; it has {known}")]
    UnknownArgument {
        /// The trigger's plugin name.
        trigger: String,
        /// What was given.
        name: String,
        /// The names that it has, separated by commas.
        known: String,
    },
    /// No trigger is registered under this plugin name.
    #[error("no trigger is registered under the name {name:?}")]
    UnknownTrigger {
        /// What was given.
        name: String,
    },
    /// One of the triggers given to `and` or `or` was refused.
    #[error("{combination}, trigger {number}: {error}")]
    Part {
        /// `and` or `or`.
        combination: &'static str,
        /// Which one, counted from 1.
        number: usize,
        /// Why.
        error: Box<TriggerError>,
    },
    /// The factory of a trigger of the user's own refused what it was given.
    #[error("trigger {name:?} refused its arguments or its stored state")]
    Factory {
        /// The plugin name.
        name: String,
        /// What the factory said.
        source: Arc<dyn Error + Send + Sync>,
    },
    /// A trigger cannot be registered under this plugin name.
    #[error("the trigger name {name:?} is taken")]
    NameTaken {
        /// What was given.
        name: String,
    },
    /// A time zone could not be found.
    #[error(transparent)]
    Zone(#[from] crate::zone::UnknownZone),
}

impl TriggerError {
    /// A value that makes no sense.
    pub(crate) fn value(field: &'static str, reason: impl Into<String>) -> Self {
        TriggerError::Value { field, reason: reason.into() }
    }
}
