//! Triggers by plugin name.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::named;
use super::{Custom, CustomTrigger, Defaults, Trigger, TriggerError, TriggerKind};

/// Triggers by plugin name: the built-in ones, and factories for the user's own.
///
/// The built-in names are `date`, `interval`, `cron`, `calendarinterval`, `and` and `or`, with the
/// reference's arguments; beside them `crontab` (five fields, weekdays from 0 = Monday) and
/// `standard_crontab` (weekdays from 0 = Sunday), whose text is `expr`.
///
/// ```
/// use sched_core::trigger::{Defaults, TriggerRegistry};
/// use sched_core::{Timestamp, Zone};
/// use serde_json::json;
///
/// let registry = TriggerRegistry::new();
/// let defaults = Defaults { zone: Zone::UTC, now: Timestamp::from_secs(0) };
/// let args = json!({"hours": 1.5, "end_date": "2030-01-01", "jitter": 10});
/// let trigger = registry.build("interval", args.as_object().unwrap(), &defaults).unwrap();
/// assert_eq!(trigger.to_string(), "interval[1:30:00]");
///
/// let args = json!({"hour": 1});
/// let error = registry.build("interval", args.as_object().unwrap(), &defaults).unwrap_err();
/// assert!(error.to_string().starts_with("interval has no argument \"hour\"; it has weeks, "));
/// ```
#[derive(Clone, Default)]
pub struct TriggerRegistry {
    factories: HashMap<String, Arc<Factory>>,
}

type Factory = dyn Fn(&Value) -> Result<Custom, Box<dyn Error + Send + Sync>> + Send + Sync;

impl TriggerRegistry {
    /// Only the built-in triggers.
    pub fn new() -> Self {
        TriggerRegistry::default()
    }

    /// Registers a trigger of the user's own. `factory` gets the state that such a trigger was
    /// stored with, or the arguments of [`build`](Self::build) as a JSON object.
    ///
    /// # Errors
    /// [`TriggerError::NameTaken`] if there is a trigger of that name.
    pub fn register<T, F>(&mut self, name: &str, factory: F) -> Result<(), TriggerError>
    where
        T: CustomTrigger + 'static,
        F: Fn(&Value) -> Result<T, Box<dyn Error + Send + Sync>> + Send + Sync + 'static,
    {
        if named::BUILT_IN.contains(&name) || self.factories.contains_key(name) {
            return Err(TriggerError::NameTaken { name: name.to_owned() });
        }
        let factory = move |state: &Value| factory(state).map(Custom::new);
        self.factories.insert(name.to_owned(), Arc::new(factory));
        Ok(())
    }

    /// Builds a trigger by name. Arguments that are null count as not given.
    ///
    /// # Errors
    /// - [`TriggerError::UnknownTrigger`] when there is none of that name.
    /// - [`TriggerError::UnknownArgument`], with the arguments that there are.
    /// - Any other [`TriggerError`], naming the argument that makes no sense.
    pub fn build(
        &self,
        name: &str,
        args: &Map<String, Value>,
        defaults: &Defaults,
    ) -> Result<Trigger, TriggerError> {
        match named::build(self, name, args, defaults) {
            Some(built) => built,
            None => {
                let custom = self.restore(name, &Value::Object(args.clone()))?;
                Ok(Trigger::from(TriggerKind::Custom(custom)))
            }
        }
    }

    /// The live trigger that was stored as `name` and `state`.
    pub(super) fn restore(&self, name: &str, state: &Value) -> Result<Custom, TriggerError> {
        let factory = self
            .factories
            .get(name)
            .ok_or_else(|| TriggerError::UnknownTrigger { name: name.to_owned() })?;
        factory(state).map_err(|source| TriggerError::Factory {
            name: name.to_owned(),
            source: Arc::from(source),
        })
    }
}

impl fmt::Debug for TriggerRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<_> = self.factories.keys().map(String::as_str).collect();
        names.extend(named::BUILT_IN);
        names.sort_unstable();
        f.debug_tuple("TriggerRegistry").field(&names).finish()
    }
}
