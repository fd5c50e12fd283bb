//! A record as the data of a node.
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
//! Numbers are big-endian, the due time as in names: without a sign.

use std::sync::Arc;

use sched_core::JobId;
use sched_core::store::{Body, NewState, Record, StoreError};

use crate::name::{moment, ordered};

const VERSION: u8 = 1;
/// A server takes requests of up to 1,048,575 bytes, unless its `jute.maxbuffer` says otherwise.
/// The rest is for the request's three or four paths.
const LARGEST: usize = 1_040_000;

/// A record of this revision as it is stored.
///
/// # Errors
/// [`StoreError::TooLarge`], and [`StoreError::Live`].
pub(crate) fn value(id: &JobId, revision: u64, state: &NewState) -> Result<Vec<u8>, StoreError> {
    let NewState { lane, due_at, body } = state;
    let body = body.bytes()?;
    let size = 22 + lane.len() + body.len();
    if size > LARGEST {
        return Err(StoreError::TooLarge { id: id.clone(), size, limit: LARGEST });
    }
    let length = u32::try_from(lane.len()).expect("a lane has up to 255 bytes");
    let mut value = Vec::with_capacity(size);
    value.push(VERSION);
    value.extend(revision.to_be_bytes());
    value.push(u8::from(due_at.is_some()));
    value.extend(due_at.map_or(0, ordered).to_be_bytes());
    value.extend(length.to_be_bytes());
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
        due_at: (has_due == 1).then(|| moment(u64::from_be_bytes(*due))),
        revision: u64::from_be_bytes(*revision),
        body: Body::from_bytes(body),
    })
}

#[cfg(test)]
mod tests {
    use sched_core::Timestamp;

    use super::*;

    fn state(due_at: Option<Timestamp>) -> NewState {
        NewState { lane: "läne".into(), due_at, body: Body::from_bytes(*b"\0body") }
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        for due_at in [None, Some(Timestamp::MIN), Some(Timestamp::MAX)] {
            let written = value(&"id".into(), u64::MAX, &state(due_at)).unwrap();
            let read = record("id".into(), &written).unwrap();
            assert_eq!((&*read.id, &*read.lane), ("id", "läne"));
            assert_eq!((read.due_at, read.revision), (due_at, u64::MAX));
            assert_eq!(read.body.bytes().unwrap(), b"\0body");
        }
    }

    #[test]
    fn what_is_cut_off_or_of_another_version_is_no_record() {
        let mut written = value(&"id".into(), 1, &state(None)).unwrap();
        written.truncate(22 + "läne".len());
        for end in 0..written.len() {
            assert!(record("id".into(), &written[..end]).is_none(), "{end} bytes");
        }
        assert!(record("id".into(), &written).is_some());
        written[0] = VERSION + 1;
        assert!(record("id".into(), &written).is_none());
    }
}
