#![doc = include_str!("../README.md")]
//!
//! What they generate names the crate `sched_core`, which must be a direct dependency; where it
//! has another name, say so with `#[task(crate = "the::path")]`.
//!
//! # Linking
//!
//! Tasks are collected when the program is linked: there is no list of them to keep. Two things
//! follow. A library's tasks are there only if the program uses something of that library, since
//! linkers leave out the rest. And stored names are unique within a program: a scheduler cannot be
//! built when two tasks claim one.

mod declaration;
mod duration;
mod expand;
mod function;
mod options;
mod schedule;

use declaration::{Attribute, Declaration, Reading};
use proc_macro::TokenStream;
use quote::ToTokens;

/// Makes a function something to schedule.
///
/// The name of the function becomes that of a unit struct:
///
/// - `name.call(..)` takes the function's arguments and is what `Scheduler::add` takes. A parameter
///   of type `String` takes anything that turns into one, all others exactly their type. Arguments
///   that cannot be written as JSON are reported when the job is added.
/// - `name::run(..)` is the function itself, for a plain call, such as in a test.
/// - `name::task()` is the task, to be registered by hand; `name::NAME` the name that calls are
///   stored under.
///
/// # The function
///
/// - An async function is awaited; any other may block, and executors keep it off the threads of
///   async tasks.
/// - A first parameter of type `Context` is not an argument: it is the run's own. The type is known
///   by its last name, so that `sched_core::Context` will do, and a type alias will not.
/// - All other parameters are arguments: owned values of concrete types that serde can write and
///   read, each with a plain name. They are stored as a JSON object by name, and read from an
///   object or, by position, an array; a name that the task does not know is refused. An `Option`
///   that is missing by name is none, and `#[serde(default)]` before a parameter does for it what
///   serde does for a field: a job that was stored without the parameter can still be read.
/// - It returns nothing, a `Result` with any error that turns into a boxed one, or any other value
///   that serde can write. The value is part of the event that tells of the run's end.
///
/// Documentation goes to the struct, and all other attributes to the function. They find it under
/// the name `run`.
///
/// # Options
///
/// - `name = "..."`: the name under which calls are stored. By default the module's path and the
///   function's name, which change when the function is moved.
/// - `alias = "..."`, any number of times: a further name that stored jobs may know the task by,
///   such as the one before it was renamed or moved.
/// - `crate = "..."`: the path of `sched_core`.
///
/// # Where
///
/// As a unit struct, the task lends its name to no local variable where it is in scope: after
/// `#[task] fn report()`, the compiler takes `let report = ..` for a pattern, and says so.
///
/// Functions inside functions can be tasks as well. The default name holds no trace of the outer
/// function, so two of the same name in one module need names of their own.
#[proc_macro_attribute]
pub fn task(options: TokenStream, function: TokenStream) -> TokenStream {
    declare(Attribute::Task, options, function)
}

/// Makes a function a task and says when it runs.
///
/// The function takes no arguments but a `Context`, and becomes what [`#[task]`](macro@task) makes
/// of it; for that attribute's options, use both. Nothing is scheduled before
/// `Scheduler::add_scheduled` is awaited, which adds all such jobs of the program.
///
/// # When
///
/// Exactly one of
///
/// - `cron = "0 9 * * mon-fri"`: a line of a standard crontab, which `add_scheduled` checks;
/// - `every = "1h30m"`: again and again, the first time after one such span;
/// - `at = "2030-01-01 09:00:00"`: once. A moment that has passed is left alone.
///
/// and, if wanted, `timezone = "Europe/Berlin"` (the scheduler's unless said) and
/// `jitter = "10s"`.
///
/// Spans of time are whole numbers with the units `d`, `h`, `m`, `s`, `ms` and `us`, the largest
/// first.
///
/// # What else
///
/// `id` (the task's stored name unless said), `name`, `store`, `executor`,
/// `misfire_grace_time = "30s"` (or `"none"`), `coalesce = false`, `max_instances = 2`,
/// `timeout = "5m"` and `tags = ["nightly", "mail"]` are the options of a job.
///
/// Given several times, each makes a job of its own; then each needs an `id`.
#[proc_macro_attribute]
pub fn scheduled(options: TokenStream, function: TokenStream) -> TokenStream {
    declare(Attribute::Scheduled, options, function)
}

fn declare(attribute: Attribute, options: TokenStream, function: TokenStream) -> TokenStream {
    match Declaration::read(attribute, options.into(), function.into()) {
        Ok(Reading::Complete(declaration)) => expand::expand(&declaration),
        Ok(Reading::HandedOn(item)) => item.into_token_stream(),
        Err(error) => error.to_compile_error(),
    }
    .into()
}
