//! Qt's loop as Rust sees it: opened, posted to, run, told to quit.

#![allow(unsafe_code, reason = "Qt is C++, which only `unsafe` reaches; all of it is in this file")]

use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicBool, Ordering};

use sched_exec_loop::{Closed, Turn};

/// What C++ holds: taken out when it is called.
type Held = Option<Turn>;

// SAFETY: these are the signatures of qt.cpp.
unsafe extern "C" {
    safe fn qt_open();
    safe fn qt_run() -> c_int;
    safe fn qt_quit();
    fn qt_post(
        turn: *mut c_void,
        call: unsafe extern "C" fn(*mut c_void),
        drop: unsafe extern "C" fn(*mut c_void),
    ) -> bool;
}

/// The loop of this thread, which must be the program's first.
pub(crate) struct Application(());

impl Application {
    /// # Panics
    /// The second time in a program: Qt knows only one.
    pub(crate) fn open() -> Self {
        static OPENED: AtomicBool = AtomicBool::new(false);
        assert!(!OPENED.swap(true, Ordering::Relaxed), "a program has one Qt application");
        qt_open();
        Application(())
    }

    /// Runs the loop until it is told to quit. What has been posted and not called is dropped.
    pub(crate) fn run(self) -> i32 {
        qt_run()
    }
}

/// Ends the loop after what it does at present. For what runs on the loop.
pub(crate) fn quit() {
    qt_quit();
}

/// Has the turn called on the loop. From any thread.
pub(crate) fn post(turn: Turn) -> Result<(), Closed> {
    let held: *mut Held = Box::into_raw(Box::new(Some(turn)));
    // SAFETY: C++ owns `held` from here on; it calls `call` at most once, on one thread, and then
    // or instead `drop` exactly once. A turn may go to another thread: it is `Send`.
    let posted = unsafe { qt_post(held.cast(), call, drop_held) };
    posted.then_some(()).ok_or(Closed)
}

unsafe extern "C" fn call(held: *mut c_void) {
    // SAFETY: this is what `post` gave away, not dropped yet, and nobody else looks at it.
    let held = unsafe { &mut *held.cast::<Held>() };
    if let Some(turn) = held.take() {
        turn();
    }
}

unsafe extern "C" fn drop_held(held: *mut c_void) {
    // SAFETY: this is what `post` made of a box; nobody uses it afterwards.
    drop(unsafe { Box::from_raw(held.cast::<Held>()) });
}
