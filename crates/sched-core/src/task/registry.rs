//! Which tasks this process knows.

use std::collections::HashMap;
use std::sync::Arc;

use crate::task::Task;

/// A task that `#[task]` submits at link time.
#[derive(Debug)]
pub struct TaskEntry(
    /// Makes the task.
    pub fn() -> Task,
);

inventory::collect!(TaskEntry);

/// Two tasks claim one name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("two tasks are registered under the name {name:?}: give one another name or alias")]
pub struct RegistryError {
    /// The name.
    pub name: Arc<str>,
}

/// The tasks that this process knows, by name and alias.
#[derive(Debug, Clone, Default)]
pub struct TaskRegistry {
    tasks: HashMap<Arc<str>, Arc<Task>>,
}

impl TaskRegistry {
    /// An empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// All tasks that carry `#[task]` in this program.
    ///
    /// # Errors
    /// [`RegistryError`] when two have one name.
    pub fn linked() -> Result<Self, RegistryError> {
        let mut registry = Self::new();
        for entry in inventory::iter::<TaskEntry> {
            registry.register((entry.0)())?;
        }
        Ok(registry)
    }

    /// Adds a task under its name and its aliases.
    ///
    /// # Errors
    /// [`RegistryError`] when one of them is taken; nothing is added then.
    pub fn register(&mut self, task: Task) -> Result<(), RegistryError> {
        let task = Arc::new(task);
        let names = || std::iter::once(&task.name).chain(&task.aliases);
        if let Some(name) = names().find(|name| self.tasks.contains_key(*name)) {
            return Err(RegistryError { name: name.clone() });
        }
        for name in names() {
            self.tasks.insert(name.clone(), task.clone());
        }
        Ok(())
    }

    /// The task with this name or alias.
    pub fn get(&self, name: &str) -> Option<&Arc<Task>> {
        self.tasks.get(name)
    }
}
