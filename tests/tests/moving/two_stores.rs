//! Schedulers on two stores that keep bytes, under one clock.

use std::sync::{Arc, Mutex};

use sched_core::event::{EventStream, StreamItem};
use sched_core::task::{Args, Invocation};
use sched_core::{
    Context, Event, EventMask, InlineExecutor, JobId, JobStore, Scheduler, SchedulerBuilder, Task,
    Timestamp, Zone,
};
use sched_testkit::{EncodedStore, ManualClock, moment};
use std::time::Duration;

pub(crate) const START: &str = "2026-01-01T00:00:00Z";

/// The stores `a` and `b`, and everything that was run.
pub(crate) struct TwoStores {
    pub(crate) clock: ManualClock,
    pub(crate) a: EncodedStore,
    pub(crate) b: EncodedStore,
    ran: Arc<Mutex<Vec<Timestamp>>>,
    nodes: Vec<Scheduler>,
}

/// A call of the task that notes its fire, and then sleeps.
pub(crate) fn noted(seconds: u64) -> Invocation {
    Invocation::named("noted", Args::of(&(seconds,)).unwrap())
}

impl TwoStores {
    pub(crate) fn new() -> Self {
        TwoStores {
            clock: ManualClock::at(moment(START)),
            // Else a scheduler looks every five seconds only.
            a: EncodedStore::new().with_hints(),
            b: EncodedStore::new().with_hints(),
            ran: Arc::default(),
            nodes: Vec::new(),
        }
    }

    /// A scheduler without stores so far, with all tasks.
    pub(crate) fn describe(&self) -> SchedulerBuilder {
        let ran = self.ran.clone();
        let noted = move |cx: Context, (seconds,): (u64,)| {
            ran.lock().unwrap().push(cx.scheduled_time());
            async move { cx.sleep(Duration::from_secs(seconds)).await }
        };
        Scheduler::builder()
            .timezone(Zone::UTC)
            .clock(Arc::new(self.clock.clone()))
            .executor("default", InlineExecutor::new())
            .task(Task::asynchronous("noted", noted))
            .task(Task::asynchronous("fail", |_: Context, ()| async { Err::<(), _>("no") }))
    }

    pub(crate) async fn start(&mut self, builder: SchedulerBuilder) -> (Scheduler, EventStream) {
        let (scheduler, events) = self.start_paused(builder).await;
        scheduler.resume().unwrap();
        (scheduler, events)
    }

    pub(crate) async fn start_paused(
        &mut self,
        builder: SchedulerBuilder,
    ) -> (Scheduler, EventStream) {
        let scheduler = builder.build().unwrap();
        let events = scheduler.events(EventMask::all());
        scheduler.start_paused().await.unwrap();
        self.nodes.push(scheduler.clone());
        (scheduler, events)
    }

    /// One that runs what is in `a`, and one for `b`; what each tells.
    pub(crate) async fn runners(&mut self) -> [EventStream; 2] {
        let on_a = self.describe().shared_jobstore("a", Arc::new(self.a.clone()));
        let on_b = self.describe().shared_jobstore("b", Arc::new(self.b.clone()));
        [self.start(on_a).await.1, self.start(on_b).await.1]
    }

    /// Moves jobs and runs none, with these ways to the stores.
    pub(crate) async fn mover(
        &mut self,
        a: Arc<dyn JobStore>,
        b: Arc<dyn JobStore>,
    ) -> (Scheduler, EventStream) {
        let both = self.describe().shared_jobstore("a", a).shared_jobstore("b", b);
        self.start_paused(both).await
    }

    pub(crate) async fn settle(&self) {
        while !self.clock.is_settled() || !self.nodes.iter().all(Scheduler::is_idle) {
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

    /// How many seconds after the start each fire was due that was run, in order.
    pub(crate) fn ran(&self) -> Vec<u64> {
        let start = moment(START);
        let mut ran: Vec<u64> =
            self.ran.lock().unwrap().iter().map(|at| at.since(start).as_secs()).collect();
        ran.sort_unstable();
        ran
    }

    pub(crate) async fn ids(&self) -> [Vec<JobId>; 2] {
        let mut ids = [Vec::new(), Vec::new()];
        for (ids, store) in ids.iter_mut().zip([&self.a, &self.b]) {
            *ids = store.list(None, 100).await.unwrap().into_iter().map(|r| r.id).collect();
        }
        ids
    }
}

/// What was told so far, of the kinds in the mask.
pub(crate) fn told(events: &mut EventStream, mask: EventMask) -> Vec<Arc<Event>> {
    let mut told = Vec::new();
    while let Some(item) = events.try_next() {
        match item {
            StreamItem::Event(event) if mask.contains(event.code()) => told.push(event),
            StreamItem::Event(_) => {}
            other => panic!("{other:?}"),
        }
    }
    told
}
