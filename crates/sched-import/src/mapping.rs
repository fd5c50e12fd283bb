//! Which of our tasks is meant by a function of Python.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::job::Refusal;

/// What a program has to say about an import from APScheduler: a task for each function, and, where
/// they have other names here, executors. A task with `args` gets its arguments by name, and those that
/// were given by position have these names.
///
/// ```
/// use sched_import::Mapping;
///
/// let mapping = Mapping::from_toml(
///     r#"
///     [tasks]
///     "shop.mail:send_report" = "report"
///     "shop.mail:send" = { task = "mail", args = ["to", "subject"] }
///
///     [executors]
///     processpool = "processes"
///     "#,
/// )?;
/// assert_eq!(mapping.executor("processpool"), "processes");
/// assert_eq!(mapping.executor("default"), "default");
/// # Ok::<_, sched_import::MappingError>(())
/// ```
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    #[serde(default)]
    tasks: BTreeMap<String, Entry>,
    #[serde(default)]
    executors: BTreeMap<String, String>,
}

/// A mapping makes no sense.
#[derive(Debug, thiserror::Error)]
#[error("mapping: {source}")]
pub struct MappingError {
    /// What, and where.
    source: Box<toml::de::Error>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Entry {
    Name(String),
    Named(Mapped),
}

/// A task, and what its positional arguments are called.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mapped {
    pub(crate) task: String,
    pub(crate) args: Option<Vec<String>>,
}

impl Mapping {
    /// The mapping that this TOML says.
    ///
    /// # Errors
    /// [`MappingError`] with line and column.
    pub fn from_toml(text: &str) -> Result<Self, MappingError> {
        toml::from_str(text).map_err(|error| MappingError { source: Box::new(error) })
    }

    /// The same mapping, with `task` for `function`, a reference such as `shop.mail:send`.
    pub fn with_task(mut self, function: impl Into<String>, task: impl Into<String>) -> Self {
        self.tasks.insert(function.into(), Entry::Name(task.into()));
        self
    }

    pub(crate) fn task(&self, function: &str) -> Result<Mapped, Refusal> {
        match self.tasks.get(function) {
            Some(Entry::Name(task)) => Ok(Mapped { task: task.clone(), args: None }),
            Some(Entry::Named(mapped)) => Ok(mapped.clone()),
            None => Err(Refusal::Unmapped { function: function.to_owned() }),
        }
    }

    /// The alias of the executor that jobs of this one go to; its own, unless said.
    pub fn executor<'a>(&'a self, alias: &'a str) -> &'a str {
        self.executors.get(alias).map_or(alias, String::as_str)
    }
}
