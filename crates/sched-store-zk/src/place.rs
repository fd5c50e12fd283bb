//! Where in the tree a store has its nodes.
//!
//! | node below the store's path | what |
//! | --- | --- |
//! | `records` | its data says that the place is a store's, and of which layout |
//! | `records/<shard>/<id>` | a record |
//! | `due/<lane>/<hour>/<slot>/<rest><id>` | an entry of the index: its name is all there is to it |
//! | `changes` | written with every change; whoever wants hints watches it |
//! | `clock` | written by whoever wants to know the server's time |
//!
//! A server answers for the children of one node at once, so no node may have very many. Records
//! are spread over 64 shards by a hash of their ids. The index is a tree by time: the upper half of
//! a due time is its hour (71 minutes, in truth), the next ten bits and two of a hash make its slot
//! (4 seconds), and an entry begins with what is left. So a look at what is due reads the names of
//! a few seconds' jobs and neither later ones nor any record.

use sched_core::{JobId, Timestamp};
use zookeeper_client::{Acls, CreateMode, CreateOptions};

use crate::name;

/// The data of the node of records.
pub(crate) const LAYOUT: &[u8] = b"sched 1";
/// How many nodes the records are spread over.
const SHARDS: u64 = 64;
/// Longer ones would not leave records the room they are promised.
const LONGEST_PATH: usize = 1_000;
/// Bits of a due time after its hour, and after its slot.
const HOUR: u32 = 32;
const SLOT: u32 = 22;
/// Two bits of a hash: a slot's jobs may be very many, such as all that are due at nine o'clock.
const PARTS: u64 = 4;
/// Hexadecimal digits of what an entry begins with.
const REST: usize = 6;

/// The paths of one store's nodes.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) path: String,
    /// Whether only who made the nodes may use them.
    pub(crate) is_private: bool,
}

/// An entry of the index.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) due_at: Timestamp,
    pub(crate) id: JobId,
}

impl Place {
    pub(crate) fn new(path: String) -> Place {
        Place { path, is_private: false }
    }

    /// What is wrong with the path.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        if !self.path.starts_with('/') {
            Some("it must begin with a slash")
        } else if self.path.ends_with('/') {
            Some("it must be the path of a node below the root")
        } else if self.path.len() > LONGEST_PATH {
            Some("it is too long")
        } else {
            None
        }
    }

    /// The node above.
    pub(crate) fn parent(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(parent, _)| parent)
    }

    pub(crate) fn records(&self) -> String {
        format!("{}/records", self.path)
    }

    pub(crate) fn due(&self) -> String {
        format!("{}/due", self.path)
    }

    pub(crate) fn changes(&self) -> String {
        format!("{}/changes", self.path)
    }

    pub(crate) fn clock(&self) -> String {
        format!("{}/clock", self.path)
    }

    /// The nodes that records are spread over.
    pub(crate) fn shards(&self) -> impl Iterator<Item = String> {
        (0..SHARDS).map(|shard| self.shard(shard))
    }

    fn shard(&self, shard: u64) -> String {
        format!("{}/records/{shard:02x}", self.path)
    }

    pub(crate) fn record(&self, id: &JobId) -> String {
        let mut path = self.shard(name::hash(id) % SHARDS);
        path.push('/');
        name::push(&mut path, id);
        path
    }

    pub(crate) fn lane(&self, lane: &str) -> String {
        let mut path = self.due();
        path.push('/');
        name::push(&mut path, lane);
        path
    }

    /// The path of a record's entry in the index.
    pub(crate) fn entry(&self, lane: &str, due_at: Timestamp, id: &JobId) -> String {
        let due = name::ordered(due_at);
        let part = name::hash(id) / SHARDS % PARTS;
        let (hour, slot) = (due >> HOUR, (due << HOUR >> HOUR >> SLOT) * PARTS + part);
        let rest = due & ((1 << SLOT) - 1);
        let mut path = self.lane(lane);
        path.push_str(&format!("/{hour:08x}/{slot:03x}/{rest:06x}"));
        name::push(&mut path, id);
        path
    }

    /// How nodes are made.
    pub(crate) fn options(&self) -> CreateOptions<'static> {
        let acls = if self.is_private { Acls::creator_all() } else { Acls::anyone_all() };
        CreateMode::Persistent.with_acls(acls)
    }
}

/// The nodes that must be there before an entry can be: of its lane, its hour and its slot.
pub(crate) fn above(entry: &str) -> [&str; 3] {
    let up = |path: &'_ str| path.rfind('/').unwrap_or(0);
    let slot = &entry[..up(entry)];
    let hour = &slot[..up(slot)];
    [&hour[..up(hour)], hour, slot]
}

/// When an hour of this name begins, as a number that orders as moments do.
pub(crate) fn hour_start(name: &str) -> Option<u64> {
    Some(digits(name, 8)? << HOUR)
}

/// When a slot of this name begins. The four parts of one begin together.
pub(crate) fn slot_start(hour_start: u64, name: &str) -> Option<u64> {
    Some(hour_start | (digits(name, 3)? / PARTS) << SLOT)
}

/// The entry of this name.
pub(crate) fn entry(slot_start: u64, name: &str) -> Option<Entry> {
    let (rest, id) = name.split_at_checked(REST)?;
    let due_at = name::moment(slot_start | digits(rest, REST)?);
    Some(Entry { due_at, id: name::text(id)?.into() })
}

fn digits(name: &str, count: usize) -> Option<u64> {
    let plain = name.len() == count && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    plain.then(|| u64::from_str_radix(name, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_from_its_path() {
        let place = Place::new("/a/b".to_owned());
        for micros in [i64::MIN, -1, 0, 1_700_000_000_123_456, i64::MAX] {
            for id in ["", "job", "/", "\0"] {
                let (due_at, id) = (Timestamp::from_micros(micros), JobId::from(id));
                let path = place.entry("lane/", due_at, &id);
                let [lane, hour, slot] = above(&path);
                assert_eq!(lane, "/a/b/due/lane%2F");
                let last = |path: &str| path.rsplit_once('/').unwrap().1.to_owned();
                let start = hour_start(&last(hour)).unwrap();
                let start = slot_start(start, &last(slot)).unwrap();
                assert_eq!(entry(start, &last(&path)), Some(Entry { due_at, id }));
            }
        }
    }

    #[test]
    fn names_order_as_moments_do() {
        let place = Place::new("/a".to_owned());
        let id = JobId::from("same");
        let micros = [i64::MIN, -1 << 40, -1 << 23, -1, 0, 1, 1 << 22, 1 << 33, i64::MAX];
        let paths = micros.map(|micros| place.entry("x", Timestamp::from_micros(micros), &id));
        assert!(paths.is_sorted_by(|a, b| a < b), "{paths:?}");
    }

    #[test]
    fn what_is_not_of_the_index_is_none() {
        for name in ["", "0", "0000000", "0000000x", "+0000000", "000000000"] {
            assert_eq!(hour_start(name), None, "{name:?}");
        }
        for name in ["", "00000", "000000", "00000xa", "000000.a"] {
            assert_eq!(entry(0, name), None, "{name:?}");
        }
    }
}
