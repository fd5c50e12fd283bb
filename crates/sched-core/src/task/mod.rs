//! Tasks: the functions that jobs call, under names that outlive the process.

pub(crate) mod attributes;
mod context;
mod invocation;
mod outcome;
mod registry;
pub(crate) mod returned;
pub(crate) mod scheduled;
mod state;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde::de::DeserializeOwned;

pub use context::{CancelReason, Context, NoSuchState};
pub(crate) use context::{RunShared, Signals};
pub use invocation::{Args, IntoInvocation, Invocation, blocking};
pub use outcome::{IntoOutcome, Permanent, RunError, RunErrorKind, TaskError, TaskResult};
pub use registry::{RegistryError, TaskEntry, TaskRegistry};
pub use state::Shared;

/// The arguments of a call do not fit the task.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ArgsError(String);

impl ArgsError {
    /// `reason` says what does not fit.
    pub fn new(reason: impl fmt::Display) -> Self {
        ArgsError(reason.to_string())
    }
}

/// An async call that is ready to be awaited.
pub(crate) type Awaited = Pin<Box<dyn Future<Output = TaskResult> + Send>>;

/// A call that is ready to be made.
pub(crate) enum Call {
    Async(Awaited),
    Blocking(Box<dyn FnOnce() -> TaskResult + Send>),
}

type Caller = dyn Fn(Context, &Args) -> Result<Call, ArgsError> + Send + Sync;

/// A function that jobs can call, under a name.
///
/// Usually made by [`#[task]`](macro@crate::task). By hand, the arguments are any type that serde
/// can read from a JSON array or object:
///
/// ```
/// use sched_core::task::{Args, Context, Task};
///
/// let greet = Task::asynchronous("greet", |_cx: Context, (name, times): (String, u32)| async move {
///     println!("{}", name.repeat(times as usize));
/// });
/// assert!(greet.check(&Args::of(&("a", 3)).unwrap()).is_ok());
/// assert!(greet.check(&Args::of(&("a",)).unwrap()).is_err());
/// ```
pub struct Task {
    name: Arc<str>,
    display: Arc<str>,
    aliases: Vec<Arc<str>>,
    blocks: bool,
    check: fn(&Args) -> Result<(), ArgsError>,
    caller: Box<Caller>,
}

fn fits<A: DeserializeOwned>(args: &Args) -> Result<(), ArgsError> {
    args.decode::<A>().map(drop)
}

impl Task {
    /// An async function.
    pub fn asynchronous<A, F, R, O>(name: impl Into<Arc<str>>, function: F) -> Self
    where
        A: DeserializeOwned + Send + 'static,
        F: Fn(Context, A) -> R + Send + Sync + 'static,
        R: Future<Output = O> + Send + 'static,
        O: IntoOutcome + 'static,
    {
        Task::new::<A>(name, false, move |cx, args| {
            let future = function(cx, args.decode()?);
            Ok(Call::Async(Box::pin(async move { future.await.into_outcome() })))
        })
    }

    /// A function that may block its thread; executors keep it off the threads of async tasks.
    pub fn blocking<A, F, O>(name: impl Into<Arc<str>>, function: F) -> Self
    where
        A: DeserializeOwned + Send + 'static,
        F: Fn(Context, A) -> O + Send + Sync + 'static,
        O: IntoOutcome + 'static,
    {
        let function = Arc::new(function);
        Task::new::<A>(name, true, move |cx, args| {
            let (function, args) = (function.clone(), args.decode()?);
            Ok(Call::Blocking(Box::new(move || function(cx, args).into_outcome())))
        })
    }

    fn new<A: DeserializeOwned>(
        name: impl Into<Arc<str>>,
        blocks: bool,
        caller: impl Fn(Context, &Args) -> Result<Call, ArgsError> + Send + Sync + 'static,
    ) -> Self {
        let name = name.into();
        let caller = Box::new(caller);
        Task { display: name.clone(), name, aliases: Vec::new(), blocks, check: fits::<A>, caller }
    }

    /// The name that jobs have when they are given none.
    pub fn display_name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.display = name.into();
        self
    }

    /// A further name that stored jobs may know the task by, such as the one before a renaming.
    pub fn alias(mut self, name: impl Into<Arc<str>>) -> Self {
        self.aliases.push(name.into());
        self
    }

    /// The name under which calls are stored.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    pub(crate) fn display(&self) -> &Arc<str> {
        &self.display
    }

    /// Whether a call may block its thread.
    pub fn is_blocking(&self) -> bool {
        self.blocks
    }

    /// Whether `args` fit.
    ///
    /// # Errors
    /// [`ArgsError`] saying what does not.
    pub fn check(&self, args: &Args) -> Result<(), ArgsError> {
        (self.check)(args)
    }

    pub(crate) fn call(&self, cx: Context, args: &Args) -> Result<Call, ArgsError> {
        (self.caller)(cx, args)
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Task({})", self.name)
    }
}
