//! The far end of a scheduler: a process that has its tasks, and nothing else of it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde_json::Value;

use crate::error::Error;
use crate::executor::{InlineExecutor, RemoteCall, RemoteRun};
use crate::job::JobRequest;
use crate::scheduler::{ExecutorSlot, SchedulerBuilder, StoreSlot};
use crate::store::MemoryStore;
use crate::task::{Invocation, RunError, RunErrorKind, RunShared, Signals};
use crate::zone::Zone;

/// The tasks and the shared state of a process that calls tasks for a scheduler in another one.
/// For executors over processes or machines; see [`Run::execute_with`](crate::Run::execute_with)
/// for the other end.
///
/// A task finds in its context the facts of its run, the state that was given here, cancellation,
/// progress and the result. It does not find the scheduler: whatever is asked of
/// [`Context::scheduler`](crate::Context::scheduler) is answered with [`Error::Elsewhere`]. The
/// present moment is this machine's, also where the job store has a clock of its own.
///
/// ```
/// use std::sync::Arc;
///
/// use sched_core::event::StreamItem;
/// use sched_core::executor::{RemoteCall, RemoteTasks};
/// use sched_core::{EventKind, EventMask, Executor, Run, Scheduler, task};
///
/// #[task]
/// fn add(a: u32, b: u32) -> u32 {
///     a + b
/// }
///
/// /// An executor that has tasks called far away, which is here.
/// #[derive(Debug)]
/// struct Far(Arc<RemoteTasks>);
///
/// impl Executor for Far {
///     fn submit(&self, run: Run) {
///         let tasks = self.0.clone();
///         tokio::spawn(run.execute_with(move |near, call| {
///             let tasks = tasks.clone();
///             async move {
///                 // This is what goes over the wire.
///                 let sent = serde_json::to_string(&call).expect("a call is plain data");
///                 let come: RemoteCall = serde_json::from_str(&sent).expect("it was a call");
///                 let progress = move |value: &_| drop(near.report_progress(value));
///                 tasks.prepare(come, progress)?.execute().await
///             }
///         }));
///     }
/// }
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), sched_core::Error> {
/// let far = Far(Arc::new(RemoteTasks::new(Scheduler::builder())?));
/// let scheduler = Scheduler::builder().executor("default", far).build()?;
/// let mut ends = scheduler.events(EventMask::JOB_EXECUTED);
/// scheduler.start().await?;
/// scheduler.add(add.call(40, 2)).await?;
/// let Some(StreamItem::Event(end)) = ends.next().await else { panic!("the job has an end") };
/// assert!(matches!(&end.kind, EventKind::JobExecuted { retval, .. } if *retval == 42));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct RemoteTasks {
    far: crate::Scheduler,
}

impl RemoteTasks {
    /// The linked tasks, and those and the state that `builder` was given. Of the rest only the
    /// clock counts.
    ///
    /// # Errors
    /// [`Error::Registry`] when two tasks have one name, and what else
    /// [`SchedulerBuilder::build`] says.
    pub fn new(builder: SchedulerBuilder) -> Result<Self, Error> {
        let mut far = builder.timezone(Zone::UTC).build()?;
        let inner = Arc::get_mut(&mut far.inner).expect("it was made a moment ago");
        inner.elsewhere = true;
        Ok(RemoteTasks { far })
    }

    /// Finds the task and checks that the arguments fit. `progress` is called with what the task
    /// reports of how far it is, in order, on the task's thread.
    ///
    /// # Errors
    /// [`RunErrorKind::Executor`] when this process does not know the task,
    /// [`RunErrorKind::BadArguments`].
    pub fn prepare(
        &self,
        call: RemoteCall,
        progress: impl Fn(&Value) + Send + Sync + 'static,
    ) -> Result<RemoteRun, RunError> {
        let inner = &self.far.inner;
        let request = JobRequest::new(Invocation::named(call.task, call.args));
        let request = request.id(call.job_id).name(call.job_name).tags(call.tags);
        let request = request.store(call.store.clone()).executor(call.executor.clone());
        let prepared = inner.prepare(request.into_settings()).map_err(refused)?;
        let spec = prepared.spec;
        let task = inner.task(&spec).expect("a prepared job's task is known");
        let store = StoreSlot::new(call.store, Arc::new(MemoryStore::new()), inner.settings.codec);
        let executor = ExecutorSlot::new(call.executor, Arc::new(InlineExecutor::new()));
        let shared = RunShared {
            spec,
            slot: Arc::new(store),
            run: call.run,
            fires: 1,
            attempt: call.attempt,
            recoveries: 0,
            token: call.token,
            claimed_at: inner.clock.now(),
            has_record: AtomicBool::new(false),
            executor: Arc::new(executor),
            scheduler: inner.clone(),
            signals: Signals::reporting_to(progress),
        };
        Ok(RemoteRun::new(Arc::new(shared), task, call.scheduled))
    }
}

fn refused(error: Error) -> RunError {
    match error {
        Error::Args { source, .. } => RunError::new(RunErrorKind::BadArguments, source),
        other => RunError::new(RunErrorKind::Executor, other),
    }
}
