//! A clock that a test moves.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use sched_core::{Clock, Timestamp};
use tokio::sync::Notify;

/// A clock that stands still until a test moves it.
///
/// Shared: every clone shows the same time.
///
/// ```
/// use std::time::Duration;
/// use sched_core::{Clock, Timestamp};
/// use sched_testkit::ManualClock;
///
/// let clock = ManualClock::at(Timestamp::from_secs(1_000));
/// clock.advance(Duration::from_secs(5));
/// assert_eq!(clock.now(), Timestamp::from_secs(1_005));
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock {
    face: Arc<Face>,
}

#[derive(Debug)]
struct Face {
    state: Mutex<State>,
    jumped: Notify,
}

#[derive(Debug)]
struct State {
    wall: Timestamp,
    steady: Duration,
    /// How far the wall clock was moved by itself since somebody was told.
    jump: i64,
    next_sleeper: u64,
    sleepers: BTreeMap<(Duration, u64), Waker>,
    /// Sleepers whose time has come and that have not been polled since.
    rising: usize,
}

impl ManualClock {
    /// A clock that shows `wall`.
    pub fn at(wall: Timestamp) -> Self {
        let state = State {
            wall,
            steady: Duration::ZERO,
            jump: 0,
            next_sleeper: 0,
            sleepers: BTreeMap::new(),
            rising: 0,
        };
        ManualClock { face: Arc::new(Face { state: Mutex::new(state), jumped: Notify::new() }) }
    }

    /// Moves both clocks on, and wakes whoever slept until then.
    pub fn advance(&self, span: Duration) {
        let wakers: Vec<Waker> = {
            let mut state = self.face.state();
            state.steady += span;
            state.wall = state.wall + span;
            let now = state.steady;
            let still_asleep = state.sleepers.split_off(&(now, u64::MAX));
            let risen = std::mem::replace(&mut state.sleepers, still_asleep);
            state.rising += risen.len();
            risen.into_values().collect()
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Sets the wall clock, as a person does: the steady clock goes on as before.
    pub fn set_wall(&self, wall: Timestamp) {
        let mut state = self.face.state();
        state.jump += wall.as_micros() - state.wall.as_micros();
        state.wall = wall;
        drop(state);
        self.face.jumped.notify_one();
    }

    /// How long until the first sleeper is to be woken; none: nobody sleeps.
    pub fn until_next_sleeper(&self) -> Option<Duration> {
        let state = self.face.state();
        let ((deadline, _), _) = state.sleepers.first_key_value()?;
        Some(deadline.saturating_sub(state.steady))
    }

    /// Whether everybody whose time has come, or who was told of a jump, has taken notice.
    pub fn is_settled(&self) -> bool {
        let state = self.face.state();
        state.rising == 0 && state.jump == 0
    }
}

impl Face {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.face.state().wall
    }

    fn steady(&self) -> Duration {
        self.face.state().steady
    }

    async fn sleep_until(&self, moment: Duration) {
        let key = {
            let mut state = self.face.state();
            state.next_sleeper += 1;
            (moment, state.next_sleeper)
        };
        Sleep { face: self.face.clone(), key, registered: false }.await;
    }

    async fn jumped(&self) -> i64 {
        loop {
            let told = self.face.jumped.notified();
            let by = std::mem::take(&mut self.face.state().jump);
            if by != 0 {
                return by;
            }
            told.await;
        }
    }
}

/// Somebody asleep until the steady clock shows `key.0`.
struct Sleep {
    face: Arc<Face>,
    key: (Duration, u64),
    registered: bool,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let (key, registered) = (self.key, self.registered);
        let mut state = self.face.state();
        if state.steady >= key.0 {
            if registered && state.sleepers.remove(&key).is_none() {
                state.rising -= 1;
            }
            drop(state);
            self.registered = false;
            return Poll::Ready(());
        }
        state.sleepers.insert(key, cx.waker().clone());
        drop(state);
        self.registered = true;
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if self.registered {
            let mut state = self.face.state();
            if state.sleepers.remove(&self.key).is_none() {
                state.rising -= 1;
            }
        }
    }
}
