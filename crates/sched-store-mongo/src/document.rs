//! How records are written as documents.
//!
//! | Field | What |
//! | --- | --- |
//! | `_id` | the id; strings are compared by their bytes |
//! | `lane` | the lane |
//! | `due_at` | microseconds; not there for a record without a due time |
//! | `revision` | the revision |
//! | `body` | the body |
//! | `writer` | which store object wrote it, and at which revision |
//! | `gone` | when it was deleted; such a document has nothing else but `_id` and `writer` |
//! | `told` | what one scheduler lets the others know; such a document is gone from the first |
//!
//! A record is deleted by a mark, since only updates tell which of a batch took effect. The
//! document itself goes right after; where nobody came to that, an index has the server do it.
//!
//! A change stream tells of the fields that an update altered. With the revision in it, `writer` is
//! always one of them.

use std::sync::Arc;

use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{RawBinaryRef, RawDocument, RawDocumentBuf, cstr, rawbson, rawdoc};
use sched_core::store::{Body, Change, Record, StoreError};
use sched_core::{JobId, Timestamp};

use crate::answers::Update;
use crate::fault::refused;

/// What a server takes in one document.
const LARGEST: usize = 16 * 1024 * 1024;

/// The length of a document without fields.
const EMPTY: usize = 5;

/// Who writes: a name of its own for each store object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Writer<'a>(pub(crate) &'a str);

impl Writer<'_> {
    /// The document of a new record.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`], and [`StoreError::Live`]; refused if it is no revision to begin with.
    pub(crate) fn inserted(self, record: &Record) -> Result<RawDocumentBuf, StoreError> {
        let Record { id, lane, due_at, body, .. } = record;
        let revision = counted(record)?;
        let mut document = rawdoc! { "_id": &**id };
        self.append(&mut document, revision, lane, *due_at, body)?;
        within_limit(id, document.as_bytes().len())?;
        Ok(document)
    }

    /// Makes a record anew of one that was deleted, and whose mark is still there.
    ///
    /// # Errors
    /// [`StoreError::Live`]; refused if it is no revision to begin with.
    pub(crate) fn revived(self, record: &Record) -> Result<Update, StoreError> {
        let Record { id, lane, due_at, body, .. } = record;
        let revision = counted(record)?;
        let mut set = RawDocumentBuf::new();
        self.append(&mut set, revision, lane, *due_at, body)?;
        Ok(Update {
            filter: rawdoc! { "_id": &**id, "gone": { "$exists": true } },
            changes: rawdoc! { "$set": set, "$unset": { "gone": true } },
        })
    }

    /// Makes this change; none where no record can have its revision.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`], and [`StoreError::Live`].
    pub(crate) fn changed(self, change: &Change) -> Result<Option<Update>, StoreError> {
        let Change { id, revision, to } = change;
        let Ok(revision) = i64::try_from(*revision) else { return Ok(None) };
        let Some(next) = revision.checked_add(1) else { return Ok(None) };
        let changes = match to {
            Some(to) => {
                let mut set = RawDocumentBuf::new();
                self.append(&mut set, next, &to.lane, to.due_at, &to.body)?;
                let id_alone = rawdoc! { "_id": &**id };
                within_limit(id, id_alone.as_bytes().len() - EMPTY + set.as_bytes().len())?;
                match to.due_at {
                    Some(_) => rawdoc! { "$set": set },
                    None => rawdoc! { "$set": set, "$unset": { "due_at": true } },
                }
            }
            None => self.deleted(next),
        };
        Ok(Some(Update { filter: rawdoc! { "_id": &**id, "revision": revision }, changes }))
    }

    /// Marks a record as deleted.
    pub(crate) fn deleted(self, revision: i64) -> RawDocumentBuf {
        rawdoc! {
            "$set": { "writer": [self.0, revision] },
            "$currentDate": { "gone": true },
            "$unset": { "lane": true, "due_at": true, "revision": true, "body": true },
        }
    }

    fn append(
        self,
        document: &mut RawDocumentBuf,
        revision: i64,
        lane: &str,
        due_at: Option<Timestamp>,
        body: &Body,
    ) -> Result<(), StoreError> {
        document.append(cstr!("lane"), lane);
        if let Some(due_at) = due_at {
            document.append(cstr!("due_at"), due_at.as_micros());
        }
        document.append(cstr!("revision"), revision);
        let body = RawBinaryRef { subtype: BinarySubtype::Generic, bytes: body.bytes()? };
        document.append(cstr!("body"), body);
        document.append(cstr!("writer"), rawbson!([self.0, revision]));
        Ok(())
    }
}

/// The revision of a new record as a server counts.
fn counted(record: &Record) -> Result<i64, StoreError> {
    i64::try_from(record.revision).map_err(|error| refused("insert", error))
}

fn within_limit(id: &JobId, size: usize) -> Result<(), StoreError> {
    if size > LARGEST {
        return Err(StoreError::TooLarge { id: id.clone(), size, limit: LARGEST });
    }
    Ok(())
}

/// A record as it was stored; none if the document is not one.
pub(crate) fn record(document: &RawDocument) -> Option<Record> {
    let due_at = match document.get("due_at").ok()? {
        Some(due_at) => Some(Timestamp::from_micros(due_at.as_i64()?)),
        None => None,
    };
    Some(Record {
        id: JobId::from(document.get_str("_id").ok()?),
        lane: Arc::from(document.get_str("lane").ok()?),
        due_at,
        revision: u64::try_from(document.get_i64("revision").ok()?).ok()?,
        body: Body::from_bytes(document.get_binary("body").ok()?.bytes),
    })
}

#[cfg(test)]
mod tests {
    use sched_core::store::NewState;

    use super::*;

    fn written(due_at: Option<Timestamp>, body: &[u8]) -> Record {
        let body = Body::from_bytes(body);
        Record { id: "\0$id".into(), lane: "läne".into(), due_at, revision: 7, body }
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        for due_at in [None, Some(Timestamp::MIN), Some(Timestamp::MAX)] {
            let document = Writer("me").inserted(&written(due_at, b"\0body")).unwrap();
            let read = record(&document).unwrap();
            assert_eq!((&*read.id, &*read.lane), ("\0$id", "läne"));
            assert_eq!((read.due_at, read.revision), (due_at, 7));
            assert_eq!(read.body.bytes().unwrap(), b"\0body");
        }
    }

    #[test]
    fn what_lacks_a_field_or_has_another_type_there_is_no_record() {
        let document = Writer("me").inserted(&written(Some(Timestamp::MIN), b"")).unwrap();
        for (name, other) in [
            ("_id", rawbson!(1)),
            ("lane", rawbson!(null)),
            ("due_at", rawbson!(1.5)),
            ("revision", rawbson!(-1_i64)),
            ("body", rawbson!("text")),
        ] {
            let (mut lacking, mut different) = (rawdoc! {}, rawdoc! {});
            for element in document.iter() {
                let (key, value) = element.unwrap();
                if key.as_str() == name {
                    different.append(key, other.clone());
                } else {
                    lacking.append(key, value);
                    different.append(key, value);
                }
            }
            assert!(record(&different).is_none(), "{name} is another type's");
            assert_eq!(record(&lacking).is_some(), name == "due_at", "{name} is not there");
        }
    }

    #[test]
    fn the_limit_is_that_of_the_whole_document() {
        let around = Writer("me").inserted(&written(None, b"")).unwrap().as_bytes().len();
        let fits = written(None, &vec![1; LARGEST - around]);
        let document = Writer("me").inserted(&fits).unwrap();
        assert_eq!(document.as_bytes().len(), LARGEST);
        let to_fitting = |body: Body| {
            let to = NewState { lane: "läne".into(), due_at: None, body };
            Writer("me").changed(&Change { id: "\0$id".into(), revision: 7, to: Some(to) })
        };
        assert!(to_fitting(fits.body).is_ok());
        let larger = written(None, &vec![1; LARGEST - around + 1]);
        let refused = [Writer("me").inserted(&larger).err(), to_fitting(larger.body).err()];
        for error in refused {
            assert!(matches!(error, Some(StoreError::TooLarge { size, .. }) if size > LARGEST));
        }
    }

    #[test]
    fn no_record_has_a_revision_beyond_those_that_a_server_counts() {
        for (revision, possible) in [(0, true), (1, true), (1 << 63, false), (u64::MAX, false)] {
            let change = Change { id: "id".into(), revision, to: None };
            assert_eq!(Writer("me").changed(&change).unwrap().is_some(), possible, "{revision}");
        }
    }
}
