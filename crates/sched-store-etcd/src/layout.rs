//! The keys and values of a store.
//!
//! All keys begin with the path and `//`. No path has `//` in it or `/` at its end, so the first
//! `//` of a key ends the path, and no store has a key of another.
//!
//! | key, behind that | value |
//! | --- | --- |
//! | `id/<id>`, the entry | `1`, the revision in decimal digits and the place, with spaces between |
//! | `<place><id>`, the record | the byte `1`, the revision (8 bytes, big-endian), the body |
//! | `written` | who wrote last: put with every request that writes |
//!
//! A place is `due/<length of the lane>/<lane>/<due time>/`, or `none/<length of the lane>/<lane>/`
//! for a record without a due time. Due times are moved into the unsigned numbers and written as
//! 16 hexadecimal digits, so that their text orders as they do: what is due in a lane is one range,
//! bodies included.
//!
//! Every write of a record writes both keys, so the two were modified at the same *mod revision*,
//! which is what a write is conditional on. Both say the record's revision, for those who come by
//! way of the id and those who come by way of the due times. (etcd's own count of the writes to a
//! key, its *version*, begins at 1 whenever there is a new one.)

use std::ops::Range;
use std::sync::Arc;

use sched_core::store::{Body, Record, StoreError};
use sched_core::{JobId, Timestamp};

const ENTRY_VERSION: &str = "1 ";
const RECORD_VERSION: u8 = b'1';

/// Keys from the first to before the second.
pub(crate) type Keys = Range<String>;

/// Where a store's keys are.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    path: String,
}

/// What is known of a stored record but for its body.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) place: String,
    pub(crate) revision: u64,
    /// The mod revision of both its keys.
    pub(crate) modified: i64,
}

impl Layout {
    pub(crate) fn new(path: &str) -> Layout {
        Layout { path: path.trim_end_matches('/').to_owned() }
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// # Errors
    /// [`StoreError::Settings`] if the path may not be one.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        match &*self.path {
            "" => Err(StoreError::Settings("the path must not be empty".to_owned())),
            path if path.contains("//") => {
                Err(StoreError::Settings("the path must not have `//` in it".to_owned()))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn all(&self) -> Keys {
        within(self.key(""))
    }

    pub(crate) fn written(&self) -> String {
        self.key("written")
    }

    pub(crate) fn entry(&self, id: &str) -> String {
        self.key(&format!("id/{id}"))
    }

    /// The entries of all ids after this one.
    pub(crate) fn entries(&self, after: Option<&JobId>) -> Keys {
        let mut keys = within(self.entry(""));
        if let Some(id) = after {
            // The least that is greater.
            keys.start = self.entry(id) + "\0";
        }
        keys
    }

    pub(crate) fn record(&self, place: &str, id: &str) -> String {
        self.key(&format!("{place}{id}"))
    }

    /// The records of a lane that have a due time.
    pub(crate) fn lane(&self, lane: &str) -> Keys {
        within(self.key(&lane_start("due", lane)))
    }

    /// The records of a lane that are due.
    pub(crate) fn due(&self, lane: &str, now: Timestamp) -> Keys {
        let all = self.lane(lane).start;
        let due = within(format!("{all}{}/", ordered(now)));
        all..due.end
    }

    /// The records of all lanes that have a due time.
    pub(crate) fn lanes(&self) -> Keys {
        within(self.key("due/"))
    }

    /// The lane, due time and id of the record with this key; none if it is not one of ours.
    pub(crate) fn read_key<'a>(&self, key: &'a [u8]) -> Option<(Arc<str>, Timestamp, &'a str)> {
        let key = std::str::from_utf8(key).ok()?.strip_prefix(&*self.path)?.strip_prefix("//")?;
        let (lane, due_at, id) = read_place(key)?;
        Some((Arc::from(lane), due_at?, id))
    }

    fn key(&self, rest: &str) -> String {
        format!("{}//{rest}", self.path)
    }
}

/// All keys that begin with this text, which ends with a `/`.
fn within(start: String) -> Keys {
    let mut end = start.clone();
    // The character after it.
    end.truncate(start.len() - 1);
    end.push('0');
    start..end
}

pub(crate) fn place(lane: &str, due_at: Option<Timestamp>) -> String {
    match due_at {
        Some(due_at) => format!("{}{}/", lane_start("due", lane), ordered(due_at)),
        None => lane_start("none", lane),
    }
}

fn lane_start(kind: &str, lane: &str) -> String {
    format!("{kind}/{}/{lane}/", lane.len())
}

/// The lane and due time of the place that this text begins with, and the rest of the text.
fn read_place(text: &str) -> Option<(&str, Option<Timestamp>, &str)> {
    let (kind, rest) = text.split_once('/')?;
    let (length, rest) = rest.split_once('/')?;
    let (lane, rest) = rest.split_at_checked(length.parse().ok()?)?;
    let rest = rest.strip_prefix('/')?;
    match kind {
        "due" => {
            let (due_at, rest) = rest.split_once('/')?;
            Some((lane, Some(moment(due_at)?), rest))
        }
        "none" => Some((lane, None, rest)),
        _ => None,
    }
}

fn ordered(moment: Timestamp) -> String {
    format!("{:016x}", moment.as_micros() ^ i64::MIN)
}

fn moment(ordered: &str) -> Option<Timestamp> {
    let digits = u64::from_str_radix(ordered, 16).ok().filter(|_| ordered.len() == 16)?;
    Some(Timestamp::from_micros(digits.cast_signed() ^ i64::MIN))
}

pub(crate) fn entry_value(revision: u64, place: &str) -> String {
    format!("{ENTRY_VERSION}{revision} {place}")
}

/// The revision and place that an entry tells; none if it is not an entry.
pub(crate) fn read_entry(value: &[u8]) -> Option<(u64, &str)> {
    let text = std::str::from_utf8(value).ok()?.strip_prefix(ENTRY_VERSION)?;
    let (revision, place) = text.split_once(' ')?;
    Some((revision.parse().ok()?, place))
}

pub(crate) fn record_value(revision: u64, body: &[u8]) -> Vec<u8> {
    [&[RECORD_VERSION][..], &revision.to_be_bytes(), body].concat()
}

/// A record from its parts; none if the value is not that of a record.
pub(crate) fn read_record(
    id: JobId,
    lane: Arc<str>,
    due_at: Option<Timestamp>,
    value: &[u8],
) -> Option<Record> {
    let (&[RECORD_VERSION], rest) = value.split_first_chunk()? else { return None };
    let (revision, body) = rest.split_first_chunk()?;
    let revision = u64::from_be_bytes(*revision);
    Some(Record { id, lane, due_at, revision, body: Body::from_bytes(body) })
}

/// The lane and due time of a place; none if it is not one.
pub(crate) fn lane_and_due(place: &str) -> Option<(Arc<str>, Option<Timestamp>)> {
    let (lane, due_at, rest) = read_place(place)?;
    rest.is_empty().then(|| (Arc::from(lane), due_at))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENTS: [i64; 8] = [i64::MIN, i64::MIN + 1, -1, 0, 1, 1 << 53, (1 << 53) + 1, i64::MAX];

    #[test]
    fn keys_are_read_as_they_were_written() {
        let layout = Layout::new("/jobs");
        for lane in ["", "default", "5/a/b/", "läne", "/", "\0"] {
            for id in ["", "a", "/", "//", "0/due/", "\u{10ffff}"] {
                for moment in MOMENTS.map(Timestamp::from_micros) {
                    let place = place(lane, Some(moment));
                    let key = layout.record(&place, id);
                    let read = layout.read_key(key.as_bytes());
                    assert_eq!(read, Some((lane.into(), moment, id)));
                    assert!(layout.due(lane, moment).contains(&key));
                    assert!(layout.lane(lane).contains(&key));
                    assert!(layout.lanes().contains(&key));
                    assert_eq!(lane_and_due(&place), Some((lane.into(), Some(moment))));
                }
                let place = place(lane, None);
                let key = layout.record(&place, id);
                assert_eq!(layout.read_key(key.as_bytes()), None, "it is not due");
                assert_eq!(lane_and_due(&place), Some((lane.into(), None)));
            }
        }
    }

    #[test]
    fn keys_order_as_moments_do() {
        let layout = Layout::new("/jobs");
        let key = |micros| layout.record(&place("x", Some(Timestamp::from_micros(micros))), "id");
        let keys = MOMENTS.map(key);
        assert!(keys.is_sorted_by(|a, b| a < b));
        for (n, micros) in MOMENTS.into_iter().enumerate() {
            let due = layout.due("x", Timestamp::from_micros(micros));
            let seen = keys.iter().filter(|key| due.contains(*key)).count();
            assert_eq!(seen, n + 1);
        }
    }

    #[test]
    fn no_store_has_a_key_of_another() {
        let paths = ["/a", "/a2", "/a/b", "/a/id", "/a/due/1/x", "a", "/", "/a0"];
        for (path, other) in paths.iter().flat_map(|a| paths.iter().map(move |b| (a, b))) {
            let (path, other) = (Layout::new(path), Layout::new(other));
            if path.check().is_err() || path.path() == other.path() {
                continue;
            }
            for id in ["", "/", "//id/x"] {
                assert!(!path.all().contains(&other.entry(id)), "{path:?} has a key of {other:?}");
                assert!(!path.all().contains(&other.record(&place("", None), id)));
            }
            assert!(!path.all().contains(&other.written()));
        }
        assert_eq!(Layout::new("/a/").entry("x"), Layout::new("/a").entry("x"));
    }

    #[test]
    fn what_is_not_ours_is_not_read() {
        for revision in [1, 1 << 62, u64::MAX] {
            let entry = entry_value(revision, "none/3/x y/");
            assert_eq!(read_entry(entry.as_bytes()), Some((revision, "none/3/x y/")));
        }
        assert_eq!(read_entry(b"2 1 none/1/x/"), None);
        assert_eq!(read_entry(b"1 none/1/x/"), None);
        assert_eq!(read_entry(b"1 -1 none/1/x/"), None);
        assert_eq!(read_entry(b"pickle"), None);
        for place in ["", "due/", "due/1/x/", "due/2/x/", "none/1/x", "none/1/x/y", "due/1/x/8/"] {
            assert_eq!(lane_and_due(place), None, "{place}");
        }
        let read = |value: &[u8]| read_record("id".into(), "lane".into(), None, value);
        let value = record_value(7, b"body");
        assert_eq!(read(&value).unwrap().revision, 7);
        assert!(read(&value[..8]).is_none());
        assert!(read(b"2\0\0\0\0\0\0\0\x01").is_none());
    }
}
