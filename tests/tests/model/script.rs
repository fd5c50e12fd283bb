//! What happens to a cluster: drawn from a seed, and made shorter when it breaks a promise.

use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::request::{Description, Request, When};

/// The most schedulers at once.
pub(crate) const SLOTS: usize = 4;
/// How many ids jobs may have.
const JOBS: usize = 3;

/// Everything that is not the schedulers' own doing.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    pub(crate) world: World,
    pub(crate) steps: Vec<Step>,
}

/// What stays as it is.
#[derive(Debug, Clone)]
pub(crate) struct World {
    /// For each scheduler, by how many seconds its wall clock is ahead of the store's.
    pub(crate) skews: Vec<i64>,
    /// Whether the store tells of writes.
    pub(crate) hints: bool,
}

/// One thing that happens. What makes no sense at the moment, such as thawing what is not frozen,
/// does nothing: so that any part of a script is a script.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// A program asks something of the scheduler in this place.
    Ask(usize, Request),
    /// Time passes, and everything that is not held up goes on meanwhile, in an order drawn from
    /// the number; 0 is one scheduler after the other, and one call after the other.
    Pass(Duration, u64),
    /// A mishap will come with the call after so many others of this scheduler.
    Trap(usize, Trap),
    /// The process is killed.
    Crash(usize),
    /// A process without a scheduler gets a new one.
    Start(usize),
    /// The process stands still.
    Freeze(usize),
    Thaw(usize),
    /// The way to the store is this from now on.
    Link(usize, Link),
    /// Somebody sets the wall clock, by so many seconds.
    Jump(usize, i64),
    /// All calls that are held go on.
    Release,
}

/// What goes wrong, beside crashes and calls that overtake each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Weather {
    /// Wall clocks differ, and are set.
    pub(crate) clocks: bool,
    /// Processes, calls and ways to the store stand still.
    pub(crate) stalls: bool,
    /// Jobs are replaced, and ids used again.
    pub(crate) again: bool,
}

impl Weather {
    fn allows(self, step: &Step) -> bool {
        match step {
            Step::Jump(..) => self.clocks,
            Step::Freeze(_) | Step::Link(..) => self.stalls,
            Step::Trap(_, trap) => {
                self.stalls || matches!(trap.mishap, Mishap::Fail | Mishap::Crash)
            }
            Step::Ask(_, Request::Add(..)) => self.again,
            _ => true,
        }
    }
}

/// A mishap that waits for its call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trap {
    pub(crate) calls: u32,
    /// Whether the store has done what the call asks when the mishap comes.
    pub(crate) done: bool,
    pub(crate) mishap: Mishap,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mishap {
    /// The call stays where it is until it is released.
    Hold,
    /// The caller is told that the store is unavailable.
    Fail,
    /// The process is killed; the call stays where it is until it is released.
    Crash,
    Freeze,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    Up,
    /// Calls fail and do nothing.
    Refuses,
    /// Calls do what they do, and fail.
    LosesAnswers,
    /// Calls get no answer, and may do what they do when the way is up again.
    Hangs,
}

impl Script {
    /// The script of a seed.
    pub(crate) fn of(seed: u64, weather: Weather) -> impl ValueTree<Value = Script> {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(Config::default(), random);
        script(weather).new_tree(&mut runner).expect("nothing is ever refused")
    }
}

/// Makes a script that breaks a promise as short and as plain as it gets. Answers with the last
/// that still breaks it.
pub(crate) fn shrink(
    mut tree: impl ValueTree<Value = Script>,
    breaks: impl Fn(&Script) -> bool,
) -> Script {
    let mut shortest = tree.current();
    let mut moved = tree.simplify();
    while moved {
        let script = tree.current();
        moved = if breaks(&script) {
            shortest = script;
            tree.simplify()
        } else {
            tree.complicate()
        };
    }
    // proptest tries to leave out each step once; one may become superfluous after another.
    let mut at = shortest.steps.len();
    while at > 0 {
        at -= 1;
        let mut script = shortest.clone();
        script.steps.remove(at);
        if breaks(&script) {
            at = script.steps.len();
            shortest = script;
        }
    }
    shortest
}

fn script(weather: Weather) -> impl Strategy<Value = Script> {
    let steps = prop::collection::vec(step(), 1..60);
    (world(), prop::collection::vec(description(), 1..=JOBS), steps).prop_map(
        move |(mut world, jobs, mut steps)| {
            steps.retain(|step| weather.allows(step));
            if !weather.clocks {
                world.skews.fill(0);
            }
            let add = |(job, of)| Step::Ask(0, Request::Add(job, of));
            steps.splice(0..0, jobs.into_iter().enumerate().map(add));
            Script { world, steps }
        },
    )
}

fn world() -> impl Strategy<Value = World> {
    let skew = prop_oneof![3 => Just(0), 1 => -600..600_i64];
    (prop::collection::vec(skew, 2..=SLOTS), any::<bool>())
        .prop_map(|(skews, hints)| World { skews, hints })
}

fn step() -> impl Strategy<Value = Step> {
    let node = || 0..SLOTS;
    prop_oneof![
        20 => (1..15_000_u64, mix()).prop_map(|(millis, mix)| Step::Pass(Duration::from_millis(millis), mix)),
        8 => (node(), request()).prop_map(|(node, request)| Step::Ask(node, request)),
        8 => (node(), trap()).prop_map(|(node, trap)| Step::Trap(node, trap)),
        3 => node().prop_map(Step::Crash),
        4 => node().prop_map(Step::Start),
        2 => node().prop_map(Step::Freeze),
        4 => node().prop_map(Step::Thaw),
        4 => (node(), link()).prop_map(|(node, link)| Step::Link(node, link)),
        1 => (node(), -600..600_i64).prop_map(|(node, by)| Step::Jump(node, by)),
        3 => Just(Step::Release),
    ]
}

fn mix() -> impl Strategy<Value = u64> {
    prop_oneof![1 => Just(0), 2 => any::<u64>()]
}

fn trap() -> impl Strategy<Value = Trap> {
    let mishap = prop_oneof![
        Just(Mishap::Hold),
        Just(Mishap::Fail),
        Just(Mishap::Crash),
        Just(Mishap::Freeze)
    ];
    (0..12_u32, any::<bool>(), mishap).prop_map(|(calls, done, mishap)| Trap {
        calls,
        done,
        mishap,
    })
}

fn link() -> impl Strategy<Value = Link> {
    prop_oneof![
        3 => Just(Link::Up),
        1 => Just(Link::Refuses),
        1 => Just(Link::LosesAnswers),
        1 => Just(Link::Hangs)
    ]
}

fn request() -> impl Strategy<Value = Request> {
    let job = || 0..JOBS;
    prop_oneof![
        2 => job().prop_map(Request::Pause),
        3 => job().prop_map(Request::Resume),
        2 => job().prop_map(Request::Remove),
        3 => (job(), description()).prop_map(|(job, of)| Request::Add(job, of)),
        3 => job().prop_map(Request::RunNow),
        2 => (job(), when()).prop_map(|(job, when)| Request::Reschedule(job, when)),
        1 => (job(), any::<bool>()).prop_map(|(job, on)| Request::Coalesce(job, on)),
        1 => Just(Request::ShutDown),
    ]
}

fn when() -> impl Strategy<Value = When> {
    prop_oneof![
        5 => (1..20_u64).prop_map(When::Every),
        1 => (1..20_u64, 0..60_u64).prop_map(|(seconds, end)| When::Until(seconds, end)),
        2 => (1..10_u64).prop_map(When::After),
        2 => (0..120_u64).prop_map(When::Once),
    ]
}

fn description() -> impl Strategy<Value = Description> {
    let millis = prop_oneof![1 => Just(0), 2 => 1..4_000_u64, 2 => 4_000..25_000_u64];
    let grace = prop_oneof![2 => Just(None), 1 => (1..10_u64).prop_map(Some)];
    let coalesce = prop_oneof![2 => Just(true), 1 => Just(false)];
    (when(), coalesce, 1..3_u32, grace, any::<bool>(), 1..4_u32, millis, 0..3_u32).prop_map(
        |(when, coalesce, max_instances, grace, reruns, attempts, millis, failures)| Description {
            when,
            coalesce,
            max_instances,
            grace,
            reruns,
            attempts,
            millis,
            failures,
        },
    )
}
