//! The Lua scripts: whatever is more than one command, so that it happens as a whole.

use redis::Script;

/// Those that need to know where a record is in the index, or to tell of a change.
macro_rules! writing {
    ($file:literal) => {
        concat!(
            include_str!("lua/many.lua"),
            include_str!("lua/place.lua"),
            include_str!("lua/owner.lua"),
            include_str!($file)
        )
    };
}

/// All scripts, each with its digest, by which the server knows those that it has seen before.
pub(crate) struct Scripts {
    pub(crate) open: Script,
    pub(crate) insert: Script,
    pub(crate) swap: Script,
    pub(crate) page: Script,
    pub(crate) next_due: Script,
    pub(crate) lanes: Script,
    pub(crate) clear: Script,
    pub(crate) now: Script,
}

impl Scripts {
    pub(crate) fn new() -> Scripts {
        Scripts {
            open: Script::new(concat!(include_str!("lua/owner.lua"), include_str!("lua/open.lua"))),
            insert: Script::new(writing!("lua/insert.lua")),
            swap: Script::new(writing!("lua/swap.lua")),
            page: Script::new(concat!(include_str!("lua/many.lua"), include_str!("lua/page.lua"))),
            next_due: Script::new(include_str!("lua/next_due.lua")),
            lanes: Script::new(include_str!("lua/lanes.lua")),
            clear: Script::new(writing!("lua/clear.lua")),
            // As a script it is asked of the server that has the keys, whichever that is in a
            // cluster.
            now: Script::new("return redis.call('TIME')"),
        }
    }
}
