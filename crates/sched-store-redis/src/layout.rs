//! How records and their places in the index are written as bytes.
//!
//! A value of the hash, whose fields are ids:
//!
//! | bytes | what |
//! | --- | --- |
//! | 1 | version of this layout |
//! | 8 | revision |
//! | 1 | 1, or 0 for a record without a due time |
//! | 8 | due time |
//! | 4 | length of the lane |
//! | .. | lane |
//! | .. | body |
//!
//! A member of the sorted set, all of score 0, so that the server orders them by their bytes:
//! `d`, length of the lane, lane, due time, id for a due time; `i`, id for each record; `o` and the
//! name of the hash. Numbers are big-endian and due times moved into the unsigned ones, so that
//! their bytes order as they do. (Scores are doubles, and cannot tell all microseconds apart.)
//! Revisions are counted here and compared there as bytes: no number of Lua's, a double, is one.
//!
//! The scripts in `lua` know these offsets.

use std::sync::Arc;

use sched_core::store::{Body, StoreError};
use sched_core::{JobId, Timestamp, store::Record};

const VERSION: u8 = 1;
/// Where the lane's length begins.
const LANE: usize = 18;
/// What a server takes in one piece, unless its `proto-max-bulk-len` says otherwise.
const LARGEST: usize = 512 * 1024 * 1024;
/// In no id, since they are UTF-8, and greater than all that is.
const BEYOND_IDS: u8 = 0xff;

/// A part of the index: its bounds as the server wants them, and the bytes before a place's id.
pub(crate) struct Range {
    pub(crate) from: Vec<u8>,
    pub(crate) to: Vec<u8>,
    pub(crate) before_id: usize,
}

impl Range {
    /// All records after this id.
    pub(crate) fn ids(after: Option<&JobId>) -> Range {
        let from = match after {
            Some(id) => [b"(i", id.as_bytes()].concat(),
            None => b"[i".to_vec(),
        };
        Range { from, to: b"(j".to_vec(), before_id: 1 }
    }

    /// The records of a lane that are due.
    pub(crate) fn due(lane: &str, now: Timestamp) -> Range {
        let lane = lane_start(lane);
        let from = [b"[", &lane[..]].concat();
        let to = [b"[", &lane[..], &ordered(now), &[BEYOND_IDS]].concat();
        Range { from, to, before_id: lane.len() + 8 }
    }
}

/// How the places of a lane begin.
pub(crate) fn lane_start(lane: &str) -> Vec<u8> {
    [b"d", &length(lane)[..], lane.as_bytes()].concat()
}

/// A record as it is stored.
///
/// # Errors
/// [`StoreError::TooLarge`], and [`StoreError::Live`].
pub(crate) fn value(
    id: &JobId,
    revision: u64,
    lane: &str,
    due_at: Option<Timestamp>,
    body: &Body,
) -> Result<Vec<u8>, StoreError> {
    let body = body.bytes()?;
    let size = LANE + 4 + lane.len() + body.len();
    if size > LARGEST {
        return Err(StoreError::TooLarge { id: id.clone(), size, limit: LARGEST });
    }
    let mut value = Vec::with_capacity(size);
    value.push(VERSION);
    value.extend(revision.to_be_bytes());
    value.push(u8::from(due_at.is_some()));
    value.extend(due_at.map_or([0; 8], ordered));
    value.extend(length(lane));
    value.extend(lane.as_bytes());
    value.extend(body);
    Ok(value)
}

/// A record as it was stored; none if this is not one of this version.
pub(crate) fn record(id: JobId, value: &[u8]) -> Option<Record> {
    let (&[version], rest) = value.split_first_chunk()?;
    let (revision, rest) = rest.split_first_chunk()?;
    let (&[has_due], rest) = rest.split_first_chunk()?;
    let (due, rest) = rest.split_first_chunk()?;
    let (length, rest) = rest.split_first_chunk()?;
    let (lane, body) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    if version != VERSION || has_due > 1 {
        return None;
    }
    Some(Record {
        id,
        lane: Arc::from(std::str::from_utf8(lane).ok()?),
        due_at: (has_due == 1).then(|| moment(*due)),
        revision: u64::from_be_bytes(*revision),
        body: Body::from_bytes(body),
    })
}

/// Eight bytes that order as the moment does.
fn ordered(moment: Timestamp) -> [u8; 8] {
    (moment.as_micros() ^ i64::MIN).to_be_bytes()
}

/// The moment of eight such bytes.
pub(crate) fn moment(ordered: [u8; 8]) -> Timestamp {
    Timestamp::from_micros(i64::from_be_bytes(ordered) ^ i64::MIN)
}

fn length(lane: &str) -> [u8; 4] {
    u32::try_from(lane.len()).expect("a lane has up to 255 bytes").to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written() {
        for due_at in [None, Some(Timestamp::MIN), Some(Timestamp::MAX)] {
            let id = JobId::from("id");
            let body = Body::from_bytes(*b"\0body");
            let written = value(&id, u64::MAX, "läne", due_at, &body).unwrap();
            let read = record(id, &written).unwrap();
            assert_eq!((&*read.id, &*read.lane), ("id", "läne"));
            assert_eq!((read.due_at, read.revision), (due_at, u64::MAX));
            assert_eq!(read.body.bytes().unwrap(), b"\0body");
        }
    }

    #[test]
    fn what_is_cut_off_or_of_another_version_is_no_record() {
        let body = Body::from_bytes(*b"");
        let mut written = value(&"id".into(), 1, "lane", None, &body).unwrap();
        for end in 0..written.len() {
            assert!(record("id".into(), &written[..end]).is_none(), "{end} bytes");
        }
        assert!(record("id".into(), &written).is_some());
        written[0] = VERSION + 1;
        assert!(record("id".into(), &written).is_none());
    }

    #[test]
    fn bytes_order_as_moments_do() {
        let moments = [i64::MIN, i64::MIN + 1, -1, 0, 1, 1 << 53, (1 << 53) + 1, i64::MAX];
        let bytes = moments.map(|micros| ordered(Timestamp::from_micros(micros)));
        assert!(bytes.is_sorted_by(|a, b| a < b));
        assert_eq!(bytes.map(|bytes| moment(bytes).as_micros()), moments);
    }
}
