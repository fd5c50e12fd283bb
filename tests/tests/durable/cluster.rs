//! Schedulers on one store that keeps bytes, under one clock.

use std::sync::Arc;
use std::time::Duration;

use sched_core::event::{EventStream, StreamItem};
use sched_core::task::{Args, Invocation};
use sched_core::{
    Context, Event, EventMask, InlineExecutor, JobStore, Scheduler, SchedulerBuilder, Task, Zone,
};
use sched_testkit::{EncodedStore, ManualClock, moment};

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const START: &str = "2026-01-01T00:00:00Z";

/// Schedulers on one store and one clock.
pub(crate) struct Cluster {
    pub(crate) clock: ManualClock,
    pub(crate) store: Arc<EncodedStore>,
    pub(crate) nodes: Vec<Node>,
}

pub(crate) struct Node {
    pub(crate) scheduler: Scheduler,
    pub(crate) events: EventStream,
    /// The runtime of a node that can be killed; the others share the test's.
    pub(crate) runtime: Option<tokio::runtime::Runtime>,
}

impl Cluster {
    pub(crate) fn new() -> Self {
        let clock = ManualClock::at(moment(START));
        Cluster { clock, store: Arc::new(EncodedStore::new()), nodes: Vec::new() }
    }

    pub(crate) fn describe(&self) -> SchedulerBuilder {
        self.describe_on(self.store.clone())
    }

    /// A scheduler whose way to the store is this.
    pub(crate) fn describe_on(&self, way: Arc<dyn JobStore>) -> SchedulerBuilder {
        Scheduler::builder()
            .timezone(Zone::UTC)
            .clock(Arc::new(self.clock.clone()))
            .shared_jobstore("default", way)
            .executor("default", InlineExecutor::new())
            .task(Task::asynchronous("nap", |cx: Context, (seconds,): (u64,)| async move {
                cx.sleep(Duration::from_secs(seconds)).await;
            }))
            .task(Task::asynchronous("polite", |cx: Context, ()| async move {
                tokio::select! {
                    biased;
                    reason = cx.cancelled() => Err(format!("stops, for it was told: {reason:?}")),
                    () = cx.sleep(60 * SECOND) => Ok(()),
                }
            }))
            .task(Task::asynchronous("fail", |_: Context, ()| async { Err::<(), _>("no") }))
    }

    pub(crate) async fn join(
        &mut self,
        describe: impl FnOnce(SchedulerBuilder) -> SchedulerBuilder,
    ) -> usize {
        self.start(describe(self.describe())).await
    }

    /// A node whose way to the store is this.
    pub(crate) async fn join_by(&mut self, way: Arc<dyn JobStore>) -> usize {
        self.start(self.describe_on(way)).await
    }

    pub(crate) async fn start(&mut self, builder: SchedulerBuilder) -> usize {
        let scheduler = builder.build().unwrap();
        let events = scheduler.events(EventMask::all());
        scheduler.start().await.unwrap();
        self.nodes.push(Node { scheduler, events, runtime: None });
        self.nodes.len() - 1
    }

    pub(crate) async fn join_mortal(&mut self) -> usize {
        let scheduler = self.describe().build().unwrap();
        let events = scheduler.events(EventMask::all());
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let started = scheduler.clone();
        runtime.spawn(async move { started.start().await }).await.unwrap().unwrap();
        self.nodes.push(Node { scheduler, events, runtime: Some(runtime) });
        self.nodes.len() - 1
    }

    /// The end of a process: whatever it did stops where it is.
    pub(crate) fn kill(&mut self, node: usize) {
        let node = self.nodes.remove(node);
        node.runtime.unwrap().shutdown_background();
    }

    pub(crate) async fn settle(&self) {
        while !self.clock.is_settled() || !self.nodes.iter().all(|n| n.scheduler.is_idle()) {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) async fn advance(&self, span: Duration) {
        let mut left = span;
        loop {
            self.settle().await;
            let step = self.clock.until_next_sleeper().filter(|step| *step <= left);
            self.clock.advance(step.unwrap_or(left));
            left -= step.unwrap_or(left);
            if step.is_none() {
                return self.settle().await;
            }
        }
    }

    pub(crate) fn told(&mut self, node: usize, mask: EventMask) -> Vec<Arc<Event>> {
        let mut told = Vec::new();
        while let Some(item) = self.nodes[node].events.try_next() {
            match item {
                StreamItem::Event(event) if mask.contains(event.code()) => told.push(event),
                StreamItem::Event(_) => {}
                other => panic!("{other:?}"),
            }
        }
        told
    }
}

pub(crate) fn nap(seconds: u64) -> Invocation {
    Invocation::named("nap", Args::of(&(seconds,)).unwrap())
}
