//! A store or an executor in the scheduler, with what belongs to its alias.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use hashbrown::{HashMap, HashSet};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::error::Error;
use crate::executor::Executor;
use crate::job::{End, JobId, JobSpec, LiveBody, RunId, Schedule, Transit};
use crate::observe::{ExecutorMeter, StoreMeter};
use crate::scheduler::inserts::Inserts;
use crate::scheduler::store_clock::StoreClock;
use crate::store::{
    Body, Codec, CodecError, Content, JobStore, NewState, Record, StoreError, decode,
    decode_transit, encode, encode_transit,
};
use crate::task::{CancelReason, RunShared};
use crate::time::Timestamp;

/// What the driver of a store is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Start what is due.
    Run,
    /// Start nothing, note what ends.
    Pause,
    /// As pause; when nothing is live any more, close the store and end.
    Drain,
}

/// A store under its alias.
pub(crate) struct StoreSlot {
    pub(crate) alias: Arc<str>,
    pub(crate) store: Arc<dyn JobStore>,
    pub(crate) codec: Codec,
    pub(crate) clock: StoreClock,
    pub(crate) live: Live,
    pub(crate) mode: watch::Sender<Mode>,
    pub(crate) driver: Mutex<Option<JoinHandle<()>>>,
    /// Whether its event has been told.
    pub(crate) announced: AtomicBool,
    /// Whether runs may come to life that nobody can see yet.
    pub(crate) claiming: AtomicBool,
    /// The executors in which it had to wait for room.
    starved: Mutex<Vec<Arc<str>>>,
    /// Whether a record was written by somebody in this process other than the driver.
    pub(crate) moved: AtomicBool,
    /// Jobs that are being added.
    pub(crate) inserts: Inserts,
    wake: Notify,
    /// Until when the driver sleeps; while it looks, the end of time.
    sleeps_until: AtomicI64,
    /// Whether it has been woken and has not begun to look since.
    called: AtomicBool,
    asleep: AtomicBool,
    meter: OnceLock<StoreMeter>,
}

impl StoreSlot {
    pub(crate) fn new(alias: Arc<str>, store: Arc<dyn JobStore>, codec: Codec) -> Self {
        StoreSlot {
            alias,
            store,
            codec,
            clock: StoreClock::default(),
            live: Live::default(),
            mode: watch::Sender::new(Mode::Pause),
            driver: Mutex::new(None),
            announced: AtomicBool::new(false),
            claiming: AtomicBool::new(false),
            starved: Mutex::default(),
            moved: AtomicBool::new(false),
            inserts: Inserts::default(),
            wake: Notify::new(),
            sleeps_until: AtomicI64::new(i64::MAX),
            called: AtomicBool::new(true),
            asleep: AtomicBool::new(false),
            meter: OnceLock::new(),
        }
    }

    /// Its metrics; registered when first asked for, which is when the scheduler starts.
    pub(crate) fn meter(&self) -> &StoreMeter {
        self.meter.get_or_init(|| StoreMeter::new(&self.alias, self.is_volatile()))
    }

    pub(crate) fn driver(&self) -> MutexGuard<'_, Option<JoinHandle<()>>> {
        self.driver.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the driver look.
    pub(crate) fn wake(&self) {
        self.called.store(true, Ordering::SeqCst);
        self.wake.notify_one();
    }

    /// Makes the driver look if it would otherwise sleep past `due`.
    pub(crate) fn wake_for(&self, due: Option<Timestamp>) {
        if due.is_some_and(|due| due.as_micros() < self.sleeps_until.load(Ordering::SeqCst)) {
            self.wake();
        }
    }

    /// The executors in which it had to wait for room. Whoever gives a place back asks after that, and
    /// who waits looks for room again after this is noted: none of the two misses the other.
    pub(crate) fn starved(&self) -> MutexGuard<'_, Vec<Arc<str>>> {
        self.starved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) async fn woken(&self) {
        self.wake.notified().await;
    }

    /// From here until [`sleeps_until`](Self::sleeps_until), whoever writes wakes the driver: it
    /// may or may not have seen the write.
    pub(crate) fn looks(&self) {
        self.asleep.store(false, Ordering::SeqCst);
        self.called.store(false, Ordering::SeqCst);
        self.sleeps_until.store(i64::MAX, Ordering::SeqCst);
    }

    pub(crate) fn sleeps_until(&self, moment: Option<Timestamp>) {
        let moment = moment.map_or(i64::MAX, Timestamp::as_micros);
        self.sleeps_until.store(moment, Ordering::SeqCst);
    }

    pub(crate) fn falls_asleep(&self) {
        self.asleep.store(true, Ordering::SeqCst);
    }

    pub(crate) fn set_mode(&self, mode: Mode) {
        self.called.store(true, Ordering::SeqCst);
        self.mode.send_replace(mode);
    }

    /// Whether the driver has nothing to do at `now`, and every live run waits for the clock.
    pub(crate) fn is_idle(&self, clock: &dyn Clock) -> bool {
        let (now, steady) = (self.now(clock), clock.steady());
        let sleeps = self.asleep.load(Ordering::SeqCst)
            && !self.called.load(Ordering::SeqCst)
            && self.sleeps_until.load(Ordering::SeqCst) > now.as_micros();
        sleeps && self.live.lock().iter().all(|run| run.sleeps_past(steady))
    }

    pub(crate) fn is_volatile(&self) -> bool {
        self.store.is_volatile()
    }

    /// The time by which this store's leases and fires are judged.
    pub(crate) fn now(&self, clock: &dyn Clock) -> Timestamp {
        self.clock.now(clock)
    }

    /// Opens the store, if it is not open, and reads its clock.
    pub(crate) async fn open(&self, clock: &dyn Clock) -> Result<(), StoreError> {
        self.store.open().await?;
        self.read_clock(clock).await
    }

    pub(crate) async fn read_clock(&self, clock: &dyn Clock) -> Result<(), StoreError> {
        let asked = clock.steady();
        let theirs = self.store.now().await?;
        self.clock.read(theirs, asked, clock.steady());
        Ok(())
    }

    /// Says that skew between machines counts, where it does.
    pub(crate) fn warn_of_no_clock(&self) {
        if !self.is_volatile() && !self.clock.is_known() {
            tracing::warn!(store = %self.alias,
                "this job store has no clock: leases are judged by each machine's own, keep them in step");
        }
    }

    /// Stops the run of a job that has gone on for longest, if it goes on here.
    pub(crate) fn stop_oldest(&self, id: &JobId) {
        self.live.lock().oldest_of(id).inspect(|run| {
            run.cancel(CancelReason::Requested);
        });
    }

    /// Stops the runs of a job that go on here and that somebody wants to stop.
    pub(crate) fn stop_unwanted(&self, schedule: &Schedule) {
        let live = self.live.lock();
        for unwanted in schedule.live.iter().filter(|run| run.cancel) {
            if let Some(run) = live.get(unwanted.run) {
                run.cancel(CancelReason::Requested);
            }
        }
    }

    /// What a job's record becomes.
    pub(crate) fn state(
        &self,
        spec: &Arc<JobSpec>,
        schedule: Schedule,
        due_at: Option<Timestamp>,
    ) -> Result<NewState, CodecError> {
        let lane = spec.executor.clone();
        let body = if self.is_volatile() {
            Body(Content::Live(LiveBody { spec: spec.clone(), schedule }))
        } else {
            Body::from_bytes(encode(self.codec, spec, &schedule)?)
        };
        Ok(NewState { lane, due_at, body })
    }

    /// The job in a record.
    pub(crate) fn read(&self, record: &Record) -> Result<LiveBody, CodecError> {
        match &record.body.0 {
            Content::Live(live) => Ok(live.clone()),
            Content::Transit(_) => Err(CodecError::InTransit),
            Content::Bytes(bytes) => {
                let (spec, schedule) = decode(bytes)?;
                Ok(LiveBody { spec: Arc::new(spec), schedule })
            }
        }
    }

    /// The end of a move that a record is; none if it is a job.
    pub(crate) fn transit(&self, record: &Record) -> Result<Option<Arc<Transit>>, CodecError> {
        match &record.body.0 {
            Content::Live(_) => Ok(None),
            Content::Transit(transit) => Ok(Some(transit.clone())),
            Content::Bytes(bytes) => Ok(decode_transit(bytes)?.map(Arc::new)),
        }
    }

    /// Whether a record only keeps the place of a job that is still elsewhere.
    pub(crate) fn is_arriving(&self, record: &Record) -> bool {
        let arriving =
            |transit: Option<Arc<Transit>>| transit.is_some_and(|t| t.end == End::Arriving);
        self.transit(record).is_ok_and(arriving)
    }

    /// What the record of one end of a move is.
    pub(crate) fn transit_state(
        &self,
        transit: Transit,
        due_at: Option<Timestamp>,
    ) -> Result<NewState, CodecError> {
        let lane = transit.job.spec.executor.clone();
        let body = if self.is_volatile() {
            Body(Content::Transit(Arc::new(transit)))
        } else {
            Body::from_bytes(encode_transit(self.codec, &transit)?)
        };
        Ok(NewState { lane, due_at, body })
    }

    /// Whether no run of a job goes on here or is about to, and the ends of all are written, in a
    /// volatile store. A record that was read before and has not changed since is all that there is
    /// to the job then.
    pub(crate) fn is_at_rest(&self, id: &JobId) -> bool {
        // In this order: a run is live before its claim is over, and its end is written before the
        // driver sleeps again, which it does not from the moment at which the run is live no more.
        !self.claiming.load(Ordering::SeqCst)
            && self.live.lock().of_job(id) == 0
            && self.asleep.load(Ordering::SeqCst)
    }

    pub(crate) fn undecodable(&self, id: &JobId) -> impl FnOnce(CodecError) -> Error {
        let (id, store) = (id.clone(), self.alias.clone());
        move |source| match source {
            CodecError::InTransit => Error::Moving { id, store },
            source => Error::Undecodable { id, store, source },
        }
    }
}

/// The runs of one store that are live in this process.
#[derive(Default)]
pub(crate) struct Live {
    runs: Mutex<LiveRuns>,
}

#[derive(Default)]
pub(crate) struct LiveRuns {
    by_run: HashMap<RunId, Arc<RunShared>>,
    by_job: HashMap<JobId, usize>,
    /// Jobs of a volatile store that wait for the end of a run, be it theirs or that of an earlier
    /// job of the same id.
    awaited: HashSet<JobId>,
}

impl Live {
    pub(crate) fn lock(&self) -> MutexGuard<'_, LiveRuns> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LiveRuns {
    /// Takes in a run. How many of its job are live then.
    pub(crate) fn insert(&mut self, run: Arc<RunShared>) -> usize {
        run.slot.meter().run_is_live();
        let count = self.by_job.entry(run.spec.id.clone()).or_default();
        *count += 1;
        let count = *count;
        self.by_run.insert(run.run, run);
        count
    }

    pub(crate) fn remove(&mut self, run: &RunShared) {
        if self.by_run.remove(&run.run).is_none() {
            return;
        }
        run.slot.meter().run_is_over();
        if let Some(count) = self.by_job.get_mut(&run.spec.id) {
            *count -= 1;
            if *count == 0 {
                self.by_job.remove(&run.spec.id);
            }
        }
    }

    /// Notes that a job waits for the end of a run. False: none goes on.
    pub(crate) fn await_end_of(&mut self, id: &JobId) -> bool {
        let goes_on = self.of_job(id) > 0;
        if goes_on {
            self.awaited.insert(id.clone());
        }
        goes_on
    }

    /// The record of this id is gone, or another job's, since it had this revision: what becomes of
    /// runs that were claimed before is no matter of the job that comes next.
    pub(crate) fn disown(&self, id: &JobId, revision: u64) {
        if self.of_job(id) > 0 {
            let runs = self.iter().filter(|run| run.spec.id == *id && run.token <= revision);
            runs.for_each(|run| run.has_record.store(false, Ordering::Relaxed));
        }
    }

    /// As [`disown`](Self::disown), of all jobs.
    pub(crate) fn disown_all(&self) {
        self.iter().for_each(|run| run.has_record.store(false, Ordering::Relaxed));
    }

    /// Whether its job waits for this end of a run.
    pub(crate) fn is_awaited(&self, id: &JobId) -> bool {
        self.awaited.contains(id)
    }

    /// Forgets who waits for runs that have all ended.
    pub(crate) fn forget_awaited(&mut self) {
        let by_job = &self.by_job;
        self.awaited.retain(|id| by_job.contains_key(id));
    }

    pub(crate) fn of_job(&self, id: &JobId) -> usize {
        self.by_job.get(id).copied().unwrap_or(0)
    }

    pub(crate) fn get(&self, run: RunId) -> Option<&Arc<RunShared>> {
        self.by_run.get(&run)
    }

    /// Of a job's runs that have not been told to stop, the one that was claimed first.
    fn oldest_of(&self, id: &JobId) -> Option<&Arc<RunShared>> {
        let going = self.iter().filter(|run| run.spec.id == *id && run.cancel_reason().is_none());
        going.min_by_key(|run| (run.claimed_at, run.run))
    }

    pub(crate) fn contains(&self, run: RunId) -> bool {
        self.by_run.contains_key(&run)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<RunShared>> {
        self.by_run.values()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.by_run.is_empty()
    }
}

/// An executor under its alias.
pub(crate) struct ExecutorSlot {
    pub(crate) alias: Arc<str>,
    pub(crate) executor: Arc<dyn Executor>,
    pub(crate) announced: AtomicBool,
    /// Places that are taken: by runs, and by claims that are under way.
    in_flight: AtomicUsize,
    /// No fewer than those that claims have taken.
    kept: AtomicUsize,
    meter: OnceLock<ExecutorMeter>,
}

impl ExecutorSlot {
    pub(crate) fn new(alias: Arc<str>, executor: Arc<dyn Executor>) -> Self {
        ExecutorSlot {
            alias,
            executor,
            announced: AtomicBool::new(false),
            in_flight: AtomicUsize::new(0),
            kept: AtomicUsize::new(0),
            meter: OnceLock::new(),
        }
    }

    /// Its metrics; registered when first asked for, which is when the scheduler starts.
    pub(crate) fn meter(&self) -> &ExecutorMeter {
        self.meter.get_or_init(|| ExecutorMeter::new(&self.alias))
    }

    /// Takes up to `most` places for a claim; how many there were.
    pub(crate) fn reserve(&self, most: usize) -> usize {
        let capacity = self.executor.capacity();
        self.kept.fetch_add(most, Ordering::SeqCst);
        let mut taken = 0;
        let take = |in_flight: usize| {
            taken = most.min(capacity.saturating_sub(in_flight));
            Some(in_flight + taken)
        };
        // The closure never says no.
        let _ = self.in_flight.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take);
        self.kept.fetch_sub(most - taken, Ordering::SeqCst);
        taken
    }

    /// The claim that took so many places has ended, and so many of them are runs' now.
    pub(crate) fn settle(&self, reserved: usize, runs: usize) {
        self.in_flight.fetch_sub(reserved - runs, Ordering::SeqCst);
        self.kept.fetch_sub(reserved, Ordering::SeqCst);
    }

    /// Gives back the place of a run that has ended.
    pub(crate) fn release(&self) {
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
    }

    pub(crate) fn has_room(&self) -> bool {
        self.in_flight.load(Ordering::SeqCst) < self.executor.capacity()
    }

    /// Whether runs take all places. Those that claims keep are given back soon.
    pub(crate) fn is_full(&self) -> bool {
        let kept = self.kept.load(Ordering::SeqCst);
        let runs = self.in_flight.load(Ordering::SeqCst).saturating_sub(kept);
        runs >= self.executor.capacity()
    }
}
