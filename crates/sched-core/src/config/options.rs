//! The options of one executor or job store, as its plugin gets them.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::config::lenient::Lenient;
use crate::error::Error;

/// The options of one executor or job store, as its plugin gets them: all but `type`.
///
/// - They are read with serde into a struct of the plugin's own; numbers and booleans may be text,
///   as they are in environment variables and ini files. A boolean's text is one of `true`,
///   `yes`, `on`, `y`, `t`, `1`, `false`, `no`, `off`, `n`, `f`, `0`, in any case.
/// - Errors name the full key, such as `executors.default.max_wrkers`, and show no value, which may
///   be a password; only what a field's own type says is passed on, unless the option's name looks
///   like that of a secret. `Debug` shows names only.
///
/// ```
/// use sched_core::config::Options;
/// use serde::Deserialize;
/// use serde_json::json;
///
/// #[derive(Deserialize)]
/// #[serde(default, deny_unknown_fields)]
/// struct Pool {
///     max_workers: usize,
///     name: Option<String>,
/// }
///
/// impl Default for Pool {
///     fn default() -> Self {
///         Pool { max_workers: 10, name: None }
///     }
/// }
///
/// let options: Options = [("max_workers", "20")].into_iter().collect();
/// let pool: Pool = options.parse()?;
/// assert_eq!((pool.max_workers, pool.name), (20, None));
///
/// let options: Options = [("max_wrkers", 20)].into_iter().collect();
/// let error = options.parse::<Pool>().err().expect("there is no such option");
/// assert!(error.to_string().starts_with("configuration: max_wrkers: there is no such option"));
/// # Ok::<(), sched_core::Error>(())
/// ```
///
/// The struct carries `deny_unknown_fields` so that unknown options are errors. Fields within
/// `#[serde(flatten)]` and untagged enums are read as they are, numbers in text not included.
#[derive(Clone, Default)]
pub struct Options {
    /// The full key of the whole, such as `executors.default`; empty if there is none.
    at: String,
    values: Map<String, Value>,
}

impl Options {
    pub(super) fn new(at: impl Into<String>, values: Map<String, Value>) -> Self {
        Options { at: at.into(), values }
    }

    /// The options as a type of the plugin's own.
    ///
    /// # Errors
    /// [`Error::Config`] with the full key of the option that is unknown, missing or makes no
    /// sense.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Error> {
        read(&self.at, &Value::Object(self.values.clone()))
    }

    /// An error about the option `name`, for what only the plugin can judge. `reason` must not
    /// show a secret.
    pub fn invalid(&self, name: &str, reason: impl Into<String>) -> Error {
        let key = if self.at.is_empty() { name.to_owned() } else { format!("{}.{name}", self.at) };
        Error::Config { key, reason: reason.into() }
    }

    /// The full key of the whole, such as `executors.default`.
    pub fn key(&self) -> &str {
        &self.at
    }

    /// The names of the options that were given.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// Whether no option was given.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

impl From<Map<String, Value>> for Options {
    fn from(values: Map<String, Value>) -> Self {
        Options::new("", values)
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Options {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(options: I) -> Self {
        let options = options.into_iter().map(|(name, value)| (name.into(), value.into()));
        Options::new("", options.collect())
    }
}

/// Names only.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

/// The value of the option `key`.
pub(super) fn read<T: DeserializeOwned>(key: &str, value: &Value) -> Result<T, Error> {
    T::deserialize(Lenient(value)).map_err(|fault| {
        let (key, reason) = fault.told(key);
        Error::Config { key, reason }
    })
}
