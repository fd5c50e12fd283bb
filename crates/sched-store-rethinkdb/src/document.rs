//! A record as a document, and a document as a record.
//!
//! | field | what |
//! | --- | --- |
//! | `id` | [key](crate::key) of the job's id: the primary key |
//! | `lane` | key of the lane |
//! | `whole_id`, `whole_lane` | the whole of either, where the key has only its beginning |
//! | `due` | due time as 16 hexadecimal digits that order as moments do; absent if there is none |
//! | `revision` | in decimal digits |
//! | `body` | bytes |
//! | `writer` | which store object wrote it |
//!
//! One document is no record, has a number for its `id`, and what a scheduler last let the others
//! know as `told`; its `revision` is another one each time.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sched_core::store::{Body, Record, StoreError};
use sched_core::{JobId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fault::refused;
use crate::key::{self, Key, unescaped};

/// What a scheduler lets the others know, in the document that is no record.
pub(crate) const TOLD: &str = "told";

/// The largest body. The server's documentation advises against larger documents, and takes no
/// query of more than 64 MiB, bodies written as base64 included.
pub(crate) const LARGEST: usize = 16 * 1024 * 1024;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Document {
    pub(crate) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    whole_id: Option<String>,
    lane: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    whole_lane: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<String>,
    revision: String,
    body: Binary,
    writer: String,
}

/// Bytes, in the form that the protocol gives them.
#[derive(Debug, Serialize, Deserialize)]
struct Binary {
    #[serde(rename = "$reql_type$")]
    kind: String,
    data: String,
}

/// What a document is made of.
#[derive(Debug)]
pub(crate) struct Parts<'a> {
    pub(crate) id: &'a JobId,
    pub(crate) lane: &'a str,
    pub(crate) due_at: Option<Timestamp>,
    pub(crate) revision: u64,
    pub(crate) body: &'a Body,
    pub(crate) writer: &'a str,
}

impl Document {
    /// # Errors
    /// [`StoreError::TooLarge`], and [`StoreError::Live`].
    pub(crate) fn new(parts: &Parts<'_>) -> Result<Document, StoreError> {
        let body = parts.body.bytes()?;
        if body.len() > LARGEST {
            let (id, size) = (parts.id.clone(), body.len());
            return Err(StoreError::TooLarge { id, size, limit: LARGEST });
        }
        let id = Key::new(parts.id, key::ID);
        let lane = Key::new(parts.lane, key::LANE);
        Ok(Document {
            id: id.key,
            whole_id: id.whole,
            lane: lane.key,
            whole_lane: lane.whole,
            due: parts.due_at.map(ordered),
            revision: revision(parts.revision),
            body: Binary { kind: "BINARY".to_owned(), data: BASE64_STANDARD.encode(body) },
            writer: parts.writer.to_owned(),
        })
    }

    /// About how much of a query it takes, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.body.data.len()
    }

    /// None if nothing that this store writes looks so.
    fn into_record(mut self) -> Option<Record> {
        // The server breaks what it encodes into lines.
        self.body.data.retain(|digit| !digit.is_ascii_whitespace());
        Some(Record {
            id: unescaped(self.whole_id.as_ref().unwrap_or(&self.id))?.into(),
            lane: lane(&self.lane, self.whole_lane.as_deref())?,
            due_at: match self.due {
                Some(due) => Some(moment(&due)?),
                None => None,
            },
            revision: self.revision.parse().ok()?,
            body: Body::from_bytes(BASE64_STANDARD.decode(self.body.data).ok()?),
        })
    }
}

/// The record of a document.
///
/// # Errors
/// [`StoreError::Refused`] if the document is none of this store's.
pub(crate) fn record(operation: &'static str, document: Value) -> Result<Record, StoreError> {
    let id = document.get("id").map(Value::to_string).unwrap_or_default();
    let read = serde_json::from_value(document).ok().and_then(Document::into_record);
    read.ok_or_else(|| refused(operation, format!("the document with the id {id} is no record")))
}

/// The name of a lane, of its key and of its whole if that is not in the key.
pub(crate) fn lane(key: &str, whole: Option<&str>) -> Option<Arc<str>> {
    unescaped(whole.unwrap_or(key)).map(Arc::from)
}

/// A revision as it is stored.
pub(crate) fn revision(revision: u64) -> String {
    revision.to_string()
}

/// Sixteen digits that order as moments do.
pub(crate) fn ordered(moment: Timestamp) -> String {
    format!("{:016x}", moment.as_micros() ^ i64::MIN)
}

/// The moment of such digits.
pub(crate) fn moment(ordered: &str) -> Option<Timestamp> {
    let moved = u64::from_str_radix(ordered, 16).ok()?;
    Some(Timestamp::from_micros(moved.cast_signed() ^ i64::MIN))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(id: &str, lane: &str, due_at: Option<Timestamp>, revision: u64) -> Document {
        let body = Body::from_bytes(*b"\0body\xff");
        let id = &JobId::from(id);
        Document::new(&Parts { id, lane, due_at, revision, body: &body, writer: "me" }).unwrap()
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let long = "\0läne".repeat(40);
        for text in ["", "id", "\0", &long] {
            for due_at in [None, Some(Timestamp::MIN), Some(Timestamp::MAX)] {
                let mut document = document(text, text, due_at, u64::MAX);
                document.body.data.insert_str(4, "\r\n");
                let read = record("get", serde_json::to_value(document).unwrap()).unwrap();
                assert_eq!((&*read.id, &*read.lane), (text, text));
                assert_eq!((read.due_at, read.revision), (due_at, u64::MAX));
                assert_eq!(read.body.bytes().unwrap(), b"\0body\xff");
            }
        }
    }

    #[test]
    fn a_document_is_what_people_expect() {
        let due_at = Some(Timestamp::from_micros(-1));
        let document = serde_json::to_value(document("daily", "default", due_at, 3)).unwrap();
        let expected = json!({
            "id": "daily",
            "lane": "default",
            "due": "7fffffffffffffff",
            "revision": "3",
            "body": {"$reql_type$": "BINARY", "data": "AGJvZHn/"},
            "writer": "me",
        });
        assert_eq!(document, expected);
    }

    #[test]
    fn what_somebody_else_wrote_is_no_record() {
        let own = serde_json::to_value(document("a", "b", Some(Timestamp::MIN), 1)).unwrap();
        for (field, value) in [
            ("id", json!(1)),
            ("id", json!("\u{1}")),
            ("lane", json!(null)),
            ("due", json!(1.5)),
            ("due", json!("soon")),
            ("revision", json!("-1")),
            ("body", json!("text")),
            ("body", json!({"$reql_type$": "BINARY", "data": "?"})),
        ] {
            let mut other = own.clone();
            other[field] = value;
            assert!(record("get", other.clone()).is_err(), "{other}");
        }
        let theirs = json!({"id": "a", "next_run_time": 1.5, "job_state": "pickle"});
        let error = record("get", theirs).unwrap_err();
        assert!(matches!(error, StoreError::Refused { operation: "get", .. }));
    }

    #[test]
    fn digits_order_as_moments_do() {
        let moments = [i64::MIN, i64::MIN + 1, -1, 0, 1, 1 << 53, (1 << 53) + 1, i64::MAX];
        let digits = moments.map(|micros| ordered(Timestamp::from_micros(micros)));
        assert!(digits.is_sorted_by(|a, b| a < b));
        assert_eq!(digits.map(|digits| moment(&digits).unwrap().as_micros()), moments);
    }

    #[test]
    fn a_body_beyond_the_limit_is_too_large() {
        let body = Body::from_bytes(vec![0; LARGEST + 1]);
        let id = &JobId::from("a");
        let parts = Parts { id, lane: "", due_at: None, revision: 1, body: &body, writer: "" };
        let error = Document::new(&parts).unwrap_err();
        assert!(matches!(error, StoreError::TooLarge { limit: LARGEST, .. }));
    }
}
