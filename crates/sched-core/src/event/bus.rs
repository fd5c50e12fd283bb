//! Carries events to listeners and streams without ever holding up whoever tells them.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;

use tokio::sync::{broadcast, oneshot};

use crate::clock::Clock;
use crate::event::{Event, EventKind, EventMask};

/// Events that wait for slow listeners; what comes when it is full is dropped and counted.
const QUEUE: usize = 100_000;
/// Events that a stream holds for its reader.
const STREAM: usize = 8_192;

type Callback = Arc<dyn Fn(&Event) + Send + Sync>;

/// Names a listener, to remove it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ListenerId(u64);

struct Listener {
    id: ListenerId,
    mask: EventMask,
    callback: Callback,
}

enum Item {
    Event(Arc<Event>),
    /// Answered once everything before it has been delivered.
    Marker(oneshot::Sender<()>),
}

#[derive(Default)]
struct Queue {
    items: VecDeque<Item>,
    dropped: u64,
    closed: bool,
    /// The thread that calls listeners, if it is there.
    thread: Option<ThreadId>,
}

#[derive(Default)]
struct Listening {
    listeners: Mutex<(u64, Arc<Vec<Listener>>)>,
    queue: Mutex<Queue>,
    filled: Condvar,
}

impl Listening {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listeners(&self) -> MutexGuard<'_, (u64, Arc<Vec<Listener>>)> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Carries events to listeners and streams.
pub(crate) struct EventBus {
    clock: Arc<dyn Clock>,
    /// What anybody listens for: an event nobody wants is never made.
    wanted: AtomicU32,
    listening: Arc<Listening>,
    streams: broadcast::Sender<Arc<Event>>,
    streamed: AtomicU32,
}

impl EventBus {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        EventBus {
            clock,
            wanted: AtomicU32::new(0),
            listening: Arc::default(),
            streams: broadcast::Sender::new(STREAM),
            streamed: AtomicU32::new(0),
        }
    }

    /// Whether anybody listens for any of `mask`.
    pub(crate) fn wants(&self, mask: EventMask) -> bool {
        self.wanted.load(Ordering::Relaxed) & mask.bits() != 0
    }

    /// Tells an event, if anybody listens at all. Never blocks.
    pub(crate) fn emit(&self, kind: impl FnOnce() -> EventKind) {
        let wanted = self.wanted.load(Ordering::Relaxed);
        if wanted == 0 {
            return;
        }
        let kind = kind();
        let code = kind.code().bits();
        if wanted & code == 0 {
            return;
        }
        let event = Arc::new(Event { at: self.clock.now(), kind });
        if self.streamed.load(Ordering::Relaxed) & code != 0 {
            // An error says that every reader is gone.
            let _ = self.streams.send(event.clone());
        }
        let mut queue = self.listening.queue();
        if queue.thread.is_none() {
            return;
        }
        if queue.items.len() >= QUEUE {
            queue.dropped += 1;
            return;
        }
        queue.items.push_back(Item::Event(event));
        drop(queue);
        self.listening.filled.notify_one();
    }

    pub(crate) fn add_listener(&self, mask: EventMask, callback: Callback) -> ListenerId {
        let mut listeners = self.listening.listeners();
        listeners.0 += 1;
        let id = ListenerId(listeners.0);
        let mut all: Vec<Listener> = listeners.1.iter().map(Listener::copy).collect();
        all.push(Listener { id, mask, callback });
        listeners.1 = Arc::new(all);
        drop(listeners);
        self.wanted.fetch_or(mask.bits(), Ordering::Relaxed);
        self.start_thread();
        id
    }

    pub(crate) fn remove_listener(&self, id: ListenerId) -> bool {
        let mut listeners = self.listening.listeners();
        let before = listeners.1.len();
        let kept: Vec<Listener> =
            listeners.1.iter().filter(|other| other.id != id).map(Listener::copy).collect();
        let removed = kept.len() < before;
        let heard = kept.iter().fold(EventMask::empty(), |mask, other| mask | other.mask);
        listeners.1 = Arc::new(kept);
        self.wanted.store(heard.bits() | self.streamed.load(Ordering::Relaxed), Ordering::Relaxed);
        removed
    }

    pub(crate) fn stream(&self, mask: EventMask) -> EventStream {
        // Held, so that a listener that goes at this moment does not take our kinds with it.
        let _listeners = self.listening.listeners();
        let events = self.streams.subscribe();
        self.streamed.fetch_or(mask.bits(), Ordering::Relaxed);
        self.wanted.fetch_or(mask.bits(), Ordering::Relaxed);
        EventStream { events, mask }
    }

    /// Returns when the listeners have heard everything told so far; at once if a listener asks.
    pub(crate) async fn delivered(&self) {
        let (heard, wait) = oneshot::channel();
        {
            let mut queue = self.listening.queue();
            if queue.thread.is_none_or(|thread| thread == std::thread::current().id()) {
                return;
            }
            queue.items.push_back(Item::Marker(heard));
        }
        self.listening.filled.notify_one();
        // An error says that the thread is gone: nothing more will be heard.
        let _ = wait.await;
    }

    /// The thread is started with the first listener, so that a program without any has none.
    fn start_thread(&self) {
        let mut queue = self.listening.queue();
        if queue.thread.is_some() {
            return;
        }
        let listening = self.listening.clone();
        let thread = std::thread::Builder::new().name("sched-events".to_owned());
        match thread.spawn(move || deliver(&listening)) {
            Ok(thread) => queue.thread = Some(thread.thread().id()),
            Err(error) => tracing::error!(%error, "no thread for event listeners"),
        }
    }
}

impl Drop for EventBus {
    fn drop(&mut self) {
        self.listening.queue().closed = true;
        self.listening.filled.notify_one();
    }
}

impl Listener {
    fn copy(&self) -> Self {
        Listener { id: self.id, mask: self.mask, callback: self.callback.clone() }
    }
}

/// Calls listeners until the bus is gone and the queue is empty.
fn deliver(listening: &Listening) {
    loop {
        let (items, dropped) = {
            let mut queue = listening.queue();
            while queue.items.is_empty() && !queue.closed {
                queue = listening.filled.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
            if queue.items.is_empty() {
                return;
            }
            (std::mem::take(&mut queue.items), std::mem::take(&mut queue.dropped))
        };
        if dropped > 0 {
            tracing::warn!(dropped, "listeners are too slow: events were dropped");
        }
        for item in items {
            match item {
                Item::Event(event) => {
                    let listeners = listening.listeners().1.clone();
                    listeners.iter().for_each(|listener| listener.hear(&event));
                }
                Item::Marker(heard) => {
                    // Whoever asked may have stopped waiting.
                    let _ = heard.send(());
                }
            }
        }
    }
}

impl Listener {
    fn hear(&self, event: &Event) {
        if !self.mask.contains(event.code()) {
            return;
        }
        let heard = catch_unwind(AssertUnwindSafe(|| (self.callback)(event)));
        if let Err(panic) = heard {
            let message = crate::executor::panic_text(&*panic);
            tracing::error!(event = ?event.kind, message, "an event listener panicked");
        }
    }
}

/// What an [`EventStream`] yields.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum StreamItem {
    /// The next event.
    Event(Arc<Event>),
    /// The reader was too slow: this many events, of any kind, are gone.
    Lagged(u64),
}

/// Events as they happen, for async readers.
///
/// Holds some thousand events for its reader; one that is slower is told how many it missed.
#[derive(Debug)]
pub struct EventStream {
    events: broadcast::Receiver<Arc<Event>>,
    mask: EventMask,
}

impl EventStream {
    /// The next event of the kinds asked for, or how many were missed; none when the scheduler
    /// is gone. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<StreamItem> {
        loop {
            match self.events.recv().await {
                Ok(event) if self.mask.contains(event.code()) => {
                    return Some(StreamItem::Event(event));
                }
                Ok(_) => {}
                Err(broadcast::error::RecvError::Lagged(count)) => {
                    return Some(StreamItem::Lagged(count));
                }
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }

    /// As [`next`](Self::next), but none also when nothing has happened yet.
    pub fn try_next(&mut self) -> Option<StreamItem> {
        loop {
            match self.events.try_recv() {
                Ok(event) if self.mask.contains(event.code()) => {
                    return Some(StreamItem::Event(event));
                }
                Ok(_) => {}
                Err(broadcast::error::TryRecvError::Lagged(count)) => {
                    return Some(StreamItem::Lagged(count));
                }
                Err(_) => return None,
            }
        }
    }
}
