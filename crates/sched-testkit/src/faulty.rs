//! A store that fails when a test says so.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures_core::stream::BoxStream;
use sched_core::store::{Change, Claimed, Hint, Planner, Record, StoreError};
use sched_core::{JobId, JobStore, Timestamp};
use tokio::sync::oneshot;

/// A method of the contract, as a test names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verb {
    /// [`JobStore::open`].
    Open,
    /// [`JobStore::close`].
    Close,
    /// [`JobStore::insert`].
    Insert,
    /// [`JobStore::get`].
    Get,
    /// [`JobStore::list`].
    List,
    /// [`JobStore::due`], when called by itself.
    Due,
    /// [`JobStore::next_due`].
    NextDue,
    /// [`JobStore::lanes`].
    Lanes,
    /// [`JobStore::swap`], when called by itself.
    Swap,
    /// [`JobStore::clear`].
    Clear,
    /// [`JobStore::claim`], whatever it calls inside.
    Claim,
    /// [`JobStore::changes`].
    Changes,
    /// [`JobStore::tell`].
    Tell,
    /// [`JobStore::now`].
    Now,
}

impl Verb {
    /// As errors name it.
    pub fn name(self) -> &'static str {
        match self {
            Verb::Open => "open",
            Verb::Close => "close",
            Verb::Insert => "insert",
            Verb::Get => "get",
            Verb::List => "list",
            Verb::Due => "due",
            Verb::NextDue => "next_due",
            Verb::Lanes => "lanes",
            Verb::Swap => "swap",
            Verb::Clear => "clear",
            Verb::Claim => "claim",
            Verb::Changes => "changes",
            Verb::Tell => "tell",
            Verb::Now => "now",
        }
    }
}

/// Any store, with the faults that a test scripts. A call takes the first fault that waits for
/// its verb; without one it does what the store does.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), sched_core::store::StoreError> {
/// use sched_core::JobStore;
/// use sched_core::store::StoreError;
/// use sched_testkit::{EncodedStore, FaultyStore, Verb};
///
/// let store = FaultyStore::new(EncodedStore::new());
/// store.fail(Verb::Lanes, 1);
/// assert!(matches!(store.lanes().await, Err(StoreError::Unavailable { operation: "lanes", .. })));
/// assert_eq!(store.lanes().await?.len(), 0);
/// assert_eq!(store.calls(Verb::Lanes), 2);
/// # Ok(())
/// # }
/// ```
///
/// A scheduler takes it shared, so that the test keeps it too:
///
/// ```
/// use std::sync::Arc;
/// use sched_core::{InlineExecutor, Scheduler};
/// use sched_testkit::{EncodedStore, FaultyStore, Verb};
///
/// # fn main() -> Result<(), sched_core::Error> {
/// let store = Arc::new(FaultyStore::new(EncodedStore::new()));
/// let builder = Scheduler::builder().executor("default", InlineExecutor::new());
/// let scheduler = builder.shared_jobstore("default", store.clone()).build()?;
/// store.fail_late(Verb::Swap, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct FaultyStore<S> {
    store: S,
    script: Mutex<Script>,
}

#[derive(Debug, Default)]
struct Script {
    cut_off: bool,
    turns: usize,
    faults: HashMap<Verb, VecDeque<Fault>>,
    calls: HashMap<Verb, usize>,
}

#[derive(Debug)]
enum Fault {
    Early,
    Late,
    Refused,
    Lost,
    TooLarge(JobId),
    Held { reached: oneshot::Sender<()>, release: oneshot::Receiver<()> },
}

/// A call that is held up: see [`FaultyStore::hold`]. Dropping it lets the call go on.
#[derive(Debug)]
#[must_use = "dropping it lets the call go on"]
pub struct Held {
    reached: Option<oneshot::Receiver<()>>,
    _release: oneshot::Sender<()>,
}

impl Held {
    /// Returns once the call has come.
    ///
    /// # Panics
    /// If the store is dropped without such a call.
    pub async fn reached(&mut self) {
        if let Some(reached) = &mut self.reached {
            reached.await.expect("the store is there until the call comes");
            self.reached = None;
        }
    }

    /// Lets the call go on.
    pub fn release(self) {}
}

/// What a call does once it has its fault.
enum Course {
    Sound,
    Late,
    Lost,
}

impl<S> FaultyStore<S> {
    /// The store, without faults yet.
    pub fn new(store: S) -> Self {
        FaultyStore { store, script: Mutex::default() }
    }

    /// The store itself: calls to it have no faults and are not counted.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// From now on every call takes so many turns, in which other tasks go on.
    pub fn take_turns(&self, turns: usize) {
        self.script().turns = turns;
    }

    /// The next so many calls fail as unavailable, and do nothing.
    pub fn fail(&self, verb: Verb, calls: usize) {
        self.plan(verb, (0..calls).map(|_| Fault::Early));
    }

    /// The next so many calls do what they do, and then fail as unavailable: a commit that the
    /// caller does not know of.
    pub fn fail_late(&self, verb: Verb, calls: usize) {
        self.plan(verb, (0..calls).map(|_| Fault::Late));
    }

    /// The next so many calls do nothing, and are refused: for good, whatever is tried again.
    pub fn refuse(&self, verb: Verb, calls: usize) {
        self.plan(verb, (0..calls).map(|_| Fault::Refused));
    }

    /// Somebody else is faster with every change of the next so many calls of `swap`: none takes
    /// effect.
    pub fn lose_swaps(&self, calls: usize) {
        self.plan(Verb::Swap, (0..calls).map(|_| Fault::Lost));
    }

    /// As [`lose_swaps`](Self::lose_swaps), for calls of `claim`. The planner is asked.
    pub fn lose_claims(&self, calls: usize) {
        self.plan(Verb::Claim, (0..calls).map(|_| Fault::Lost));
    }

    /// The next call of the verb does nothing, and says that the record of this job is more than the
    /// store can take.
    pub fn too_large(&self, verb: Verb, id: impl Into<JobId>) {
        self.plan(verb, [Fault::TooLarge(id.into())]);
    }

    /// The next call of the verb waits, before it does anything, until it is released.
    pub fn hold(&self, verb: Verb) -> Held {
        let (reached, was_reached) = oneshot::channel();
        let (release, released) = oneshot::channel();
        self.plan(verb, [Fault::Held { reached, release: released }]);
        Held { reached: Some(was_reached), _release: release }
    }

    /// From now on every call fails as unavailable, and does nothing; scripted faults wait.
    pub fn cut_off(&self) {
        self.script().cut_off = true;
    }

    /// Ends what [`cut_off`](Self::cut_off) began.
    pub fn reconnect(&self) {
        self.script().cut_off = false;
    }

    /// How many calls of the verb have begun.
    pub fn calls(&self, verb: Verb) -> usize {
        self.script().calls.get(&verb).copied().unwrap_or_default()
    }

    /// How many scripted faults are yet to come.
    pub fn faults_left(&self) -> usize {
        self.script().faults.values().map(VecDeque::len).sum()
    }

    fn plan(&self, verb: Verb, faults: impl IntoIterator<Item = Fault>) {
        self.script().faults.entry(verb).or_default().extend(faults);
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a call: counts it, takes its fault, and waits where it is to wait.
    async fn begin(&self, verb: Verb) -> Result<Course, StoreError> {
        let (fault, turns) = {
            let mut script = self.script();
            *script.calls.entry(verb).or_default() += 1;
            if script.cut_off {
                return Err(unavailable(verb));
            }
            (script.faults.get_mut(&verb).and_then(VecDeque::pop_front), script.turns)
        };
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
        match fault {
            None => Ok(Course::Sound),
            Some(Fault::Early) => Err(unavailable(verb)),
            Some(Fault::Late) => Ok(Course::Late),
            Some(Fault::Refused) => Err(StoreError::Refused {
                operation: verb.name(),
                source: "a refusal that a test asked for".into(),
            }),
            Some(Fault::Lost) => Ok(Course::Lost),
            Some(Fault::TooLarge(id)) => Err(StoreError::TooLarge { id, size: 2, limit: 1 }),
            Some(Fault::Held { reached, release }) => {
                // The test may not wait for it, and releases by dropping its end.
                let _ = reached.send(());
                let _ = release.await;
                Ok(Course::Sound)
            }
        }
    }

    async fn call<T>(
        &self,
        verb: Verb,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let course = self.begin(verb).await?;
        let answer = work.await?;
        course.end(verb, answer)
    }
}

impl Course {
    fn end<T>(self, verb: Verb, answer: T) -> Result<T, StoreError> {
        match self {
            Course::Late => Err(unavailable(verb)),
            Course::Sound | Course::Lost => Ok(answer),
        }
    }
}

fn unavailable(verb: Verb) -> StoreError {
    StoreError::Unavailable {
        operation: verb.name(),
        source: "a fault that a test asked for".into(),
    }
}

#[async_trait]
impl<S: JobStore> JobStore for FaultyStore<S> {
    fn is_volatile(&self) -> bool {
        self.store.is_volatile()
    }

    async fn open(&self) -> Result<(), StoreError> {
        self.call(Verb::Open, self.store.open()).await
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.call(Verb::Close, self.store.close()).await
    }

    async fn insert(&self, records: Vec<Record>) -> Result<Vec<bool>, StoreError> {
        self.call(Verb::Insert, self.store.insert(records)).await
    }

    async fn get(&self, id: &JobId) -> Result<Option<Record>, StoreError> {
        self.call(Verb::Get, self.store.get(id)).await
    }

    async fn list(&self, after: Option<&JobId>, limit: usize) -> Result<Vec<Record>, StoreError> {
        self.call(Verb::List, self.store.list(after, limit)).await
    }

    async fn due(
        &self,
        lane: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        self.call(Verb::Due, self.store.due(lane, now, limit)).await
    }

    async fn next_due(&self, lanes: &[Arc<str>]) -> Result<Option<Timestamp>, StoreError> {
        self.call(Verb::NextDue, self.store.next_due(lanes)).await
    }

    async fn lanes(&self) -> Result<Vec<Arc<str>>, StoreError> {
        self.call(Verb::Lanes, self.store.lanes()).await
    }

    async fn swap(&self, changes: Vec<Change>) -> Result<Vec<bool>, StoreError> {
        let course = self.begin(Verb::Swap).await?;
        if let Course::Lost = course {
            return Ok(vec![false; changes.len()]);
        }
        let won = self.store.swap(changes).await?;
        course.end(Verb::Swap, won)
    }

    async fn clear(&self) -> Result<(), StoreError> {
        self.call(Verb::Clear, self.store.clear()).await
    }

    async fn claim(
        &self,
        lane: &str,
        now: Timestamp,
        limit: usize,
        plan: &mut Planner<'_>,
    ) -> Result<Claimed, StoreError> {
        let course = self.begin(Verb::Claim).await?;
        if let Course::Lost = course {
            let mut asked = 0;
            let keep = &mut |record: &Record| {
                asked += usize::from(plan(record).is_some());
                None
            };
            let seen = self.store.claim(lane, now, limit, keep).await?.seen;
            return Ok(Claimed { won: vec![false; asked], seen, failed: None });
        }
        let claimed = self.store.claim(lane, now, limit, plan).await?;
        course.end(Verb::Claim, claimed)
    }

    async fn changes(&self) -> Result<Option<BoxStream<'static, Hint>>, StoreError> {
        self.call(Verb::Changes, self.store.changes()).await
    }

    async fn tell(&self, hint: Hint) -> Result<(), StoreError> {
        self.call(Verb::Tell, self.store.tell(hint)).await
    }

    async fn now(&self) -> Result<Option<Timestamp>, StoreError> {
        self.call(Verb::Now, self.store.now()).await
    }
}
