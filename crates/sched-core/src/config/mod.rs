//! Configuration from files, flat keys and the environment.
//!
//! A [`Config`] holds what can be said in text, and becomes a [`SchedulerBuilder`] that takes what
//! cannot: shared state, a clock, tasks. Job stores and executors of other crates and of one's own
//! are named by their [`Plugins`]. Whatever is misspelt is an error with its full key; values of
//! plugins' options, which may be secrets, are kept out of errors and debug texts.

mod keys;
mod lenient;
mod options;
mod plugins;
mod span;

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

pub use options::Options;
use options::read;
pub use plugins::Plugins;
use span::Grace;
pub use span::Seconds;

use crate::error::Error;
use crate::job::JobDefaults;
use crate::scheduler::{Scheduler, SchedulerBuilder};
use crate::store::Codec;
use crate::zone::Zone;

/// What a scheduler is to be, in words.
///
/// | Key | Value | Unless said |
/// | --- | --- | --- |
/// | `timezone` | an IANA name or `+HH:MM` | the machine's |
/// | `executors.<alias>` | a table: `type` (a plugin) and the plugin's options | none |
/// | `jobstores.<alias>` | a table: `type` (a plugin) and the plugin's options | `default`: `memory` |
/// | `job_defaults.misfire_grace_time` | seconds, or `none`: however late | `none` |
/// | `job_defaults.coalesce` | a boolean | `true` |
/// | `job_defaults.max_instances` | a whole number, 1 or more | 1 |
/// | `jobstore_retry_interval` | seconds | 10 |
/// | `jobstore_timeout` | seconds | 10 |
/// | `poll_interval` | seconds | 5 |
/// | `lease` | seconds | 6 |
/// | `max_recoveries` | a whole number | 3 |
/// | `name` | a text | machine and process |
/// | `codec` | `bincode` or `json` | `bincode` |
///
/// Numbers and booleans may be text; [`Options`] says which. The settings are those of
/// [`SchedulerBuilder`] of the same names.
///
/// It can be read by serde from any format, from the reference's [flat keys](Config::from_flat),
/// and from the [environment](Config::from_environment).
///
/// ```
/// use sched_core::config::{Config, Plugins};
///
/// let config: Config = serde_json::from_str(
///     r#"{
///         "timezone": "Europe/Berlin",
///         "job_defaults": {"max_instances": 3},
///         "executors": {"default": {"type": "debug"}}
///     }"#,
/// )?;
/// let scheduler = config.into_builder(&Plugins::new())?.state("shared").build()?;
/// assert_eq!(scheduler.timezone().to_string(), "Europe/Berlin");
///
/// let misspelt = serde_json::from_str::<Config>(r#"{"job_defaults": {"coalsce": true}}"#);
/// assert!(misspelt.unwrap_err().to_string().contains("job_defaults.coalsce"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Config {
    timezone: Option<Zone>,
    job_defaults: JobDefaults,
    jobstore_retry_interval: Option<Duration>,
    jobstore_timeout: Option<Duration>,
    poll_interval: Option<Duration>,
    lease: Option<Duration>,
    max_recoveries: Option<u32>,
    name: Option<String>,
    codec: Option<Codec>,
    executors: BTreeMap<String, Component>,
    jobstores: BTreeMap<String, Component>,
}

/// An executor or a job store in words.
#[derive(Clone)]
struct Component {
    plugin: String,
    options: Options,
}

const KEYS: &str = "codec, executors, job_defaults, jobstore_retry_interval, jobstore_timeout, \
                    jobstores, lease, max_recoveries, name, poll_interval, timezone";

impl Config {
    /// From nested tables: what serde reads a file into.
    ///
    /// # Errors
    /// [`Error::Config`] with the full key of what is unknown or makes no sense.
    pub fn from_map(values: Map<String, Value>) -> Result<Self, Error> {
        values
            .into_iter()
            .try_fold(Config::default(), |config, (key, value)| config.with(&key, value))
    }

    /// From flat keys with dots, as the reference takes them: those that begin with `prefix`,
    /// commonly `apscheduler.`; all if it is empty. Other keys are none of its business. Values
    /// may be tables too; dotted keys under them are added to them.
    ///
    /// ```
    /// use sched_core::config::Config;
    ///
    /// let config = Config::from_flat(
    ///     [
    ///         ("apscheduler.executors.default.type", "debug"),
    ///         ("apscheduler.job_defaults.coalesce", "false"),
    ///         ("apscheduler.timezone", "UTC"),
    ///         ("pyramid.reload_templates", "true"),
    ///     ],
    ///     "apscheduler.",
    /// )?;
    /// # let _ = config;
    /// # Ok::<(), sched_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Config`] with the full key, less the prefix, of what is unknown or makes no sense.
    pub fn from_flat<K: AsRef<str>, V: Into<Value>>(
        pairs: impl IntoIterator<Item = (K, V)>,
        prefix: &str,
    ) -> Result<Self, Error> {
        Self::from_map(keys::dotted(pairs, prefix)?)
    }

    /// From environment variables: those that begin with `prefix`, commonly `SCHED_`; the rest of
    /// the name is the key, in upper case and with `__` for each dot. `SCHED_TIMEZONE` is
    /// `timezone`, and `SCHED_EXECUTORS__DEFAULT__MAX_WORKERS` is `executors.default.max_workers`.
    /// Aliases are therefore in lower case.
    ///
    /// ```no_run
    /// use sched_core::config::Config;
    ///
    /// let config = Config::from_environment(std::env::vars(), "SCHED_")?;
    /// # let _ = config;
    /// # Ok::<(), sched_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`from_flat`](Self::from_flat).
    pub fn from_environment<K: AsRef<str>, V: Into<String>>(
        variables: impl IntoIterator<Item = (K, V)>,
        prefix: &str,
    ) -> Result<Self, Error> {
        Self::from_map(keys::environment(variables, prefix)?)
    }

    /// The same with another value for one key without dots. The whole of it is replaced: with
    /// `job_defaults`, what was said of them before is forgotten.
    ///
    /// ```
    /// use sched_core::config::Config;
    /// use serde_json::json;
    ///
    /// let config = Config::default().with("job_defaults", json!({"coalesce": false}))?;
    /// # let _ = config;
    /// # Ok::<(), sched_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Config`] with the full key of what is unknown or makes no sense.
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Result<Self, Error> {
        let value = &value.into();
        match key {
            "timezone" => self.timezone = read(key, value)?,
            "job_defaults" => self.job_defaults = read::<Defaults>(key, value)?.into(),
            "jobstore_retry_interval" => self.jobstore_retry_interval = span(key, value)?,
            "jobstore_timeout" => self.jobstore_timeout = span(key, value)?,
            "poll_interval" => self.poll_interval = span(key, value)?,
            "lease" => self.lease = span(key, value)?,
            "max_recoveries" => self.max_recoveries = read(key, value)?,
            "name" => self.name = read(key, value)?,
            "codec" => self.codec = read(key, value)?,
            "executors" => self.executors = components(key, value)?,
            "jobstores" => self.jobstores = components(key, value)?,
            "daemon" if read(key, value)? => {} // It always is.
            _ => {
                let (key, reason) = (key.to_owned(), no_such(key));
                return Err(Error::Config { key, reason });
            }
        }
        Ok(self)
    }

    /// A builder with these settings, and with the executors and job stores that `plugins` make
    /// for them, stores in the order of their aliases. More can be said to it before it builds.
    ///
    /// # Errors
    /// [`Error::Config`] for a plugin that is not registered and for options that it does not
    /// have or take; [`Error::Plugin`] with any other error of a plugin.
    pub fn into_builder(self, plugins: &Plugins) -> Result<SchedulerBuilder, Error> {
        let mut builder = Scheduler::builder().job_defaults(self.job_defaults);
        if let Some(zone) = self.timezone {
            builder = builder.timezone(zone);
        }
        if let Some(wait) = self.jobstore_retry_interval {
            builder = builder.jobstore_retry_interval(wait);
        }
        if let Some(wait) = self.jobstore_timeout {
            builder = builder.jobstore_timeout(wait);
        }
        if let Some(wait) = self.poll_interval {
            builder = builder.poll_interval(wait);
        }
        if let Some(lease) = self.lease {
            builder = builder.lease(lease);
        }
        if let Some(times) = self.max_recoveries {
            builder = builder.max_recoveries(times);
        }
        if let Some(name) = self.name {
            builder = builder.name(name);
        }
        if let Some(codec) = self.codec {
            builder = builder.codec(codec);
        }
        for (alias, Component { plugin, options }) in self.executors {
            builder = builder.shared_executor(alias, plugins.make_executor(&plugin, &options)?);
        }
        for (alias, Component { plugin, options }) in self.jobstores {
            builder = builder.shared_jobstore(alias, plugins.make_jobstore(&plugin, &options)?);
        }
        Ok(builder)
    }
}

impl<'de> Deserialize<'de> for Config {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Config::from_map(Map::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// Without the values of options.
impl fmt::Debug for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:?}", self.plugin, self.options)
    }
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Defaults {
    misfire_grace_time: Grace,
    coalesce: bool,
    max_instances: NonZeroU32,
}

impl Default for Defaults {
    fn default() -> Self {
        let usual = JobDefaults::default();
        Defaults {
            misfire_grace_time: Grace(usual.misfire_grace_time),
            coalesce: usual.coalesce,
            max_instances: NonZeroU32::new(usual.max_instances).unwrap_or(NonZeroU32::MIN),
        }
    }
}

impl From<Defaults> for JobDefaults {
    fn from(said: Defaults) -> Self {
        JobDefaults {
            misfire_grace_time: said.misfire_grace_time.0,
            coalesce: said.coalesce,
            max_instances: said.max_instances.get(),
        }
    }
}

fn span(key: &str, value: &Value) -> Result<Option<Duration>, Error> {
    Ok(read::<Option<Seconds>>(key, value)?.map(|span| span.0))
}

fn components(key: &str, value: &Value) -> Result<BTreeMap<String, Component>, Error> {
    let tables: Map<String, Value> = read(key, value)?;
    tables
        .into_iter()
        .map(|(alias, value)| Ok((alias.clone(), component(format!("{key}.{alias}"), value)?)))
        .collect()
}

fn component(key: String, value: Value) -> Result<Component, Error> {
    let Value::Object(mut values) = value else {
        let reason = "must be a table with the name of a plugin as its \"type\"".to_owned();
        return Err(Error::Config { key, reason });
    };
    let plugin = values.remove("type");
    let options = Options::new(key, values);
    if options.names().any(|name| name == "class") {
        let hint = "types cannot be loaded by name: register yours with Plugins and name it as \
                    the \"type\"";
        return Err(options.invalid("class", hint));
    }
    match plugin {
        Some(Value::String(plugin)) => Ok(Component { plugin, options }),
        Some(_) => Err(options.invalid("type", "must be the name of a plugin")),
        None => Err(options.invalid("type", "it is missing: name a plugin")),
    }
}

/// Why a key is refused, and what to do instead if the reference has it.
fn no_such(key: &str) -> String {
    match key {
        "daemon" => "a scheduler never keeps a program alive: wait for it, with \
                     blocking::Scheduler::run or wait_until_stopped"
            .to_owned(),
        "logger" => "what happens is told to `tracing`: choose a subscriber, and filter by the \
                     target sched_core"
            .to_owned(),
        "event_loop" | "io_loop" | "reactor" => {
            "the scheduler lives in the tokio runtime that it is started in; to run tasks on \
             another loop, give it an executor that posts them there"
                .to_owned()
        }
        "misfire_grace_time" | "coalesce" | "max_instances" => {
            format!("there is no such option here: job_defaults.{key} is meant")
        }
        _ => format!("there is no such option; there are: {KEYS}"),
    }
}
