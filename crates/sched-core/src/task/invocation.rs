//! A call to be made later: which task, with which arguments.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, OnceLock};

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::task::{ArgsError, Context, IntoOutcome, Task};

/// Arguments of a task: a JSON array (by position) or object (by name). Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Args(Option<Arc<str>>);

impl Args {
    /// No arguments.
    pub const NONE: Args = Args(None);

    /// `values` as JSON: a tuple or a sequence is by position, a struct or a map by name.
    ///
    /// # Errors
    /// [`ArgsError`] when `values` cannot be written as a JSON array or object.
    pub fn of<T: Serialize + ?Sized>(values: &T) -> Result<Self, ArgsError> {
        Self::from_json(serde_json::to_string(values).map_err(ArgsError::new)?)
    }

    /// Arguments already in JSON.
    ///
    /// # Errors
    /// [`ArgsError`] when `json` is neither an array nor an object.
    pub fn from_json(json: impl Into<Arc<str>>) -> Result<Self, ArgsError> {
        let json = json.into();
        serde_json::from_str::<&RawValue>(&json).map_err(ArgsError::new)?;
        match json.trim_start().as_bytes().first() {
            Some(b'[' | b'{') => Ok(Args(Some(json))),
            _ if json.trim() == "null" => Ok(Args::NONE),
            _ => Err(ArgsError::new("arguments are a JSON array or object")),
        }
    }

    /// The JSON text.
    pub fn as_json(&self) -> &str {
        self.0.as_deref().unwrap_or("[]")
    }

    /// The arguments as a task's own type.
    ///
    /// # Errors
    /// [`ArgsError`] when they do not fit it.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, ArgsError> {
        let decoded = serde_json::from_str(self.as_json());
        match (decoded, &self.0) {
            // serde's form of the empty tuple.
            (Err(misfit), None) => serde_json::from_str("null").map_err(|_| ArgsError::new(misfit)),
            (decoded, _) => decoded.map_err(ArgsError::new),
        }
    }
}

/// The arguments of a closure, read without a detour.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

impl fmt::Debug for Args {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_json())
    }
}

/// In a format for people the JSON itself, elsewhere its text.
impl Serialize for Args {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            let raw: &RawValue =
                serde_json::from_str(self.as_json()).map_err(serde::ser::Error::custom)?;
            raw.serialize(serializer)
        } else {
            serializer.serialize_str(self.as_json())
        }
    }
}

impl<'de> Deserialize<'de> for Args {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json: String = if deserializer.is_human_readable() {
            Box::<RawValue>::deserialize(deserializer)?.get().to_owned()
        } else {
            String::deserialize(deserializer)?
        };
        if json == "[]" {
            return Ok(Args::NONE);
        }
        Args::from_json(json).map_err(D::Error::custom)
    }
}

/// A call to be made later: a task's name and its arguments, or a closure.
///
/// A call of a registered task can be stored anywhere; one of a closure only in the memory of
/// this process. Comes from a task's `call` method, [`Invocation::named`], or a closure through
/// [`IntoInvocation`].
#[derive(Clone)]
pub struct Invocation {
    task: Arc<str>,
    args: Args,
    /// Set from the start for closures, which no registry knows.
    resolved: OnceLock<Arc<Task>>,
    storable: bool,
    /// Why there are no arguments, if they could not be written down.
    flaw: Option<Box<ArgsError>>,
}

impl Invocation {
    /// A call of the task that is registered under `task`.
    pub fn named(task: impl Into<Arc<str>>, args: Args) -> Self {
        Invocation {
            task: task.into(),
            args,
            resolved: OnceLock::new(),
            storable: true,
            flaw: None,
        }
    }

    /// A call of `task`, which need not be looked up in this process.
    pub fn of(task: Arc<Task>, args: Args) -> Self {
        let name = task.name().clone();
        Invocation { task: name, args, resolved: OnceLock::from(task), storable: true, flaw: None }
    }

    /// A call of `task` with `values` as [`Args::of`] writes them. If they cannot be written, that
    /// is the error that adding a job with this call ends in.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use sched_core::task::{Context, Invocation, Task};
    ///
    /// let greet = Arc::new(Task::blocking("greet", |_cx: Context, (name,): (String,)| {
    ///     println!("hello, {name}");
    /// }));
    /// assert_eq!(format!("{:?}", Invocation::with(greet, &("Ada",))), r#"greet(["Ada"])"#);
    /// ```
    pub fn with<T: Serialize + ?Sized>(task: Arc<Task>, values: &T) -> Self {
        match Args::of(values) {
            Ok(args) => Invocation::of(task, args),
            Err(error) => {
                let mut invocation = Invocation::of(task, Args::NONE);
                invocation.flaw = Some(Box::new(error));
                invocation
            }
        }
    }

    fn closure(task: Task) -> Self {
        let mut invocation = Invocation::of(Arc::new(task), Args::NONE);
        invocation.storable = false;
        invocation
    }

    /// The task's name; for a closure the name of its type, for display only.
    pub fn task(&self) -> &Arc<str> {
        &self.task
    }

    /// The arguments.
    pub fn args(&self) -> &Args {
        &self.args
    }

    /// Whether it calls the same with the same arguments. What a closure calls, nobody knows.
    pub(crate) fn is_same(&self, other: &Invocation) -> bool {
        let named = self.storable && other.storable;
        named && self.task == other.task && self.args == other.args
    }

    /// Whether it can be kept outside this process.
    pub fn is_storable(&self) -> bool {
        self.storable
    }

    /// Whether `task` takes the arguments.
    pub(crate) fn check(&self, task: &Task) -> Result<(), ArgsError> {
        match &self.flaw {
            Some(flaw) => Err((**flaw).clone()),
            None => task.check(&self.args),
        }
    }

    /// The task if it is known without a registry, or has been looked up before.
    pub(crate) fn resolved(&self) -> Option<&Arc<Task>> {
        self.resolved.get()
    }

    /// Remembers what a registry said.
    pub(crate) fn resolve(&self, task: Arc<Task>) {
        // Whoever was first found the same task.
        let _ = self.resolved.set(task);
    }
}

impl fmt::Debug for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.task, self.args.as_json())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename = "Invocation")]
struct Wire {
    task: Arc<str>,
    args: Args,
}

impl Serialize for Invocation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !self.storable {
            let hint = "a closure cannot be stored: make it a #[task], or use the memory store";
            return Err(serde::ser::Error::custom(hint));
        }
        if let Some(flaw) = &self.flaw {
            return Err(serde::ser::Error::custom(flaw));
        }
        Wire { task: self.task.clone(), args: self.args.clone() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Invocation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Wire::deserialize(deserializer).map(|wire| Invocation::named(wire.task, wire.args))
    }
}

/// What [`Scheduler::add`](crate::Scheduler::add) takes: a task's call, or an async closure with
/// or without a [`Context`]. For closures that block see [`blocking`].
///
/// `M` only tells the implementations apart.
pub trait IntoInvocation<M> {
    /// The call.
    fn into_invocation(self) -> Invocation;
}

impl IntoInvocation<()> for Invocation {
    fn into_invocation(self) -> Invocation {
        self
    }
}

impl<F, R, O> IntoInvocation<fn(Context) -> R> for F
where
    F: Fn(Context) -> R + Send + Sync + 'static,
    R: Future<Output = O> + Send + 'static,
    O: IntoOutcome + 'static,
{
    fn into_invocation(self) -> Invocation {
        let name = std::any::type_name::<F>();
        Invocation::closure(Task::asynchronous(name, move |cx, Nothing {}| self(cx)))
    }
}

impl<F, R, O> IntoInvocation<fn() -> R> for F
where
    F: Fn() -> R + Send + Sync + 'static,
    R: Future<Output = O> + Send + 'static,
    O: IntoOutcome + 'static,
{
    fn into_invocation(self) -> Invocation {
        let name = std::any::type_name::<F>();
        Invocation::closure(Task::asynchronous(name, move |_, Nothing {}| self()))
    }
}

/// A closure that may block its thread, as something to schedule.
///
/// ```
/// use sched_core::task::blocking;
///
/// let nap = blocking(|_cx| std::thread::sleep(std::time::Duration::from_millis(1)));
/// assert!(!nap.is_storable());
/// ```
pub fn blocking<F, O>(function: F) -> Invocation
where
    F: Fn(Context) -> O + Send + Sync + 'static,
    O: IntoOutcome + 'static,
{
    let name = std::any::type_name::<F>();
    Invocation::closure(Task::blocking(name, move |cx, Nothing {}| function(cx)))
}
