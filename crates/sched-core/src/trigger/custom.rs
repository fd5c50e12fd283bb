//! Triggers of the user's own.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::version::Version;
use super::{Defaults, IntoTrigger, Trigger, TriggerError, TriggerKind, TriggerRegistry};
use crate::time::Timestamp;

/// A trigger of the user's own.
///
/// It is stored as its name and its [`state`](Self::state), and comes back to life through the
/// factory that is [registered](TriggerRegistry::register) under that name.
///
/// It must behave as a trigger does:
/// - Answers depend only on the arguments and the settings; no clock is read.
/// - With a previous fire the answer is after it, or none.
/// - Without one, the answer is the first fire from `now` on, and does not become earlier when
///   `now` becomes later. Inside `and` and `or` only this question is asked.
///
/// ```
/// use std::time::Duration;
/// use sched_core::Timestamp;
/// use sched_core::trigger::{CustomTrigger, Trigger, TriggerRegistry};
/// use serde_json::{Value, json};
///
/// /// Fires at powers of two, in seconds since the epoch.
/// #[derive(Debug)]
/// struct Doubling;
///
/// impl CustomTrigger for Doubling {
///     fn name(&self) -> &str {
///         "doubling"
///     }
///
///     fn next_fire_time(&self, previous: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
///         let least = previous.map_or(now, |fire| fire + Duration::from_secs(1));
///         let powers = (0..40).map(|power| Timestamp::from_secs(1 << power));
///         powers.into_iter().find(|fire| *fire >= least)
///     }
///
///     fn state(&self) -> Value {
///         json!({})
///     }
/// }
///
/// let stored = serde_json::to_string(&Trigger::custom(Doubling)).unwrap();
/// let trigger: Trigger = serde_json::from_str(&stored).unwrap();
/// assert_eq!(trigger.unresolved(), Some("doubling"));
///
/// let mut registry = TriggerRegistry::new();
/// registry.register("doubling", |_state| Ok(Doubling)).unwrap();
/// let trigger = trigger.resolve(&registry).unwrap();
/// let fire = trigger.next_fire_time(None, Timestamp::from_secs(5));
/// assert_eq!(fire, Some(Timestamp::from_secs(8)));
/// ```
pub trait CustomTrigger: fmt::Debug + Send + Sync {
    /// The plugin name that its factory is registered under.
    fn name(&self) -> &str;

    /// The fire after `previous`, or the first one from `now` on; none when the schedule has ended.
    fn next_fire_time(&self, previous: Option<Timestamp>, now: Timestamp) -> Option<Timestamp>;

    /// The settings, for the factory to build the same trigger from.
    fn state(&self) -> Value;

    /// The last moment at which it may fire, if there is one: jitter does not pass it.
    fn end_date(&self) -> Option<Timestamp> {
        None
    }

    /// The text form, such as `sunset[Helsinki]`; by default the name.
    fn text(&self) -> String {
        self.name().to_owned()
    }
}

/// A trigger of the user's own inside a [`Trigger`]: live, or as it was stored.
///
/// Equal when name and state are.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Custom(Form);

#[derive(Clone)]
enum Form {
    Live(Arc<dyn CustomTrigger>),
    Stored(Arc<Stored>),
}

/// How often a trigger of the user's own is asked when missed fires are coalesced.
const MOST_STEPS: usize = 10_000;

impl Custom {
    /// Wraps a live trigger.
    pub fn new(trigger: impl CustomTrigger + 'static) -> Self {
        Custom::from_arc(Arc::new(trigger))
    }

    pub(super) fn from_arc(trigger: Arc<dyn CustomTrigger>) -> Self {
        Custom(Form::Live(trigger))
    }

    /// The plugin name.
    pub fn name(&self) -> &str {
        match &self.0 {
            Form::Live(trigger) => trigger.name(),
            Form::Stored(stored) => &stored.name,
        }
    }

    pub(super) fn unresolved(&self) -> Option<&str> {
        match &self.0 {
            Form::Live(_) => None,
            Form::Stored(stored) => Some(&stored.name),
        }
    }

    pub(super) fn resolve(self, registry: &TriggerRegistry) -> Result<Self, TriggerError> {
        match &self.0 {
            Form::Live(_) => Ok(self),
            Form::Stored(stored) => {
                let state = serde_json::from_str(&stored.state).map_err(|error| {
                    TriggerError::Factory { name: stored.name.clone(), source: Arc::new(error) }
                })?;
                registry.restore(&stored.name, &state)
            }
        }
    }

    /// None for a trigger that is not resolved.
    pub(super) fn next_fire_time(
        &self,
        previous: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        match &self.0 {
            Form::Live(trigger) => trigger.next_fire_time(previous, now),
            Form::Stored(_) => None,
        }
    }

    pub(super) fn latest_fire_time(&self, due: Timestamp, now: Timestamp) -> Timestamp {
        let mut latest = due;
        for _ in 0..MOST_STEPS {
            match self.next_fire_time(Some(latest), now) {
                Some(next) if latest < next && next <= now => latest = next,
                _ => break,
            }
        }
        latest
    }

    pub(super) fn end_date(&self) -> Option<Timestamp> {
        match &self.0 {
            Form::Live(trigger) => trigger.end_date(),
            Form::Stored(_) => None,
        }
    }
}

impl PartialEq for Custom {
    fn eq(&self, other: &Self) -> bool {
        Stored::from(self.clone()) == Stored::from(other.clone())
    }
}

impl IntoTrigger for Custom {
    fn into_trigger(self, _: &Defaults) -> Result<Trigger, TriggerError> {
        Ok(Trigger::from(TriggerKind::Custom(self)))
    }
}

impl fmt::Display for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Live(trigger) => f.write_str(&trigger.text()),
            Form::Stored(stored) => write!(f, "{}[not resolved, never fires]", stored.name),
        }
    }
}

impl fmt::Debug for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Live(trigger) => trigger.fmt(f),
            Form::Stored(stored) => write!(f, "Unresolved({}, {})", stored.name, stored.state),
        }
    }
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Stored {
    #[serde(default)]
    version: Version<1>,
    name: String,
    /// JSON as text: formats that do not describe themselves can hold that, and no JSON value.
    state: String,
}

impl From<Stored> for Custom {
    fn from(stored: Stored) -> Self {
        Custom(Form::Stored(Arc::new(stored)))
    }
}

impl From<Custom> for Stored {
    fn from(custom: Custom) -> Self {
        match custom.0 {
            Form::Live(trigger) => Stored {
                version: Version,
                name: trigger.name().to_owned(),
                state: trigger.state().to_string(),
            },
            Form::Stored(stored) => Arc::unwrap_or_clone(stored),
        }
    }
}
