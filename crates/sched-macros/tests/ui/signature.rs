use sched_macros::task;

#[task]
fn generic<T>(value: T) {}

#[task]
fn lifetime<'a>() {}

#[task]
fn bounded()
where
    u8: Copy,
{
}

#[task]
unsafe fn dangerous() {}

#[task]
extern "C" fn foreign() {}

#[task]
struct NotAFunction;

fn main() {}
