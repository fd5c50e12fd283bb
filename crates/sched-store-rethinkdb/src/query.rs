//! The queries, in the server's language.
//!
//! A write of several documents answers with their keys only, so that no body travels back.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use unreql::cmd::options::{
    BetweenOptions, Conflict, DeleteOptions, Durability, InsertOptions, ReplaceOptions,
    ReturnChanges, Status,
};
use unreql::{Command, Datum, func, r, rjson};

use crate::document::{Document, TOLD};
use crate::key::Crowd;
use crate::place::INDEX;

/// What an answer says when a document is there already.
const DUPLICATE: &str = "Duplicate primary key";
/// The first line of an error: the documents follow.
const FIRST_LINE: &str = "^[^\n]*";
/// Before each id that is a field's name: some names mean something to the server.
const FIELD: &str = "id:";
/// The largest limit that the server takes. Nobody has as many records.
const UNLIMITED: usize = i32::MAX as usize;

/// Where a page begins.
pub(crate) enum After {
    Nothing,
    /// After this key.
    Key(String),
    /// At this key.
    Before(String),
}

/// The records of a page, in the order of their keys.
pub(crate) fn page(table: Command, after: After, limit: usize) -> Command {
    let (from, bound) = match after {
        // Numbers come before texts.
        After::Nothing => (r.expr(""), Status::Closed),
        After::Key(key) => (r.expr(key), Status::Open),
        After::Before(key) => (r.expr(key), Status::Closed),
    };
    let rest = table.between(from, r.maxval(), BetweenOptions::new().left_bound(bound));
    rest.order_by(r.index("id")).limit(limit.min(UNLIMITED))
}

/// All records of a crowd.
pub(crate) fn crowd(table: Command, crowd: &Crowd) -> Command {
    let before = match &crowd.before {
        Some(before) => r.expr(before),
        None => r.maxval(),
    };
    table.between(r.expr(&crowd.from), before, ())
}

/// A part of the index.
fn indexed(table: Command, from: Command, to: Command) -> Command {
    let bounds = BetweenOptions::new().left_bound(Status::Open).right_bound(Status::Closed);
    table.between(from, to, bounds.index(INDEX.to_owned())).order_by(r.index(INDEX))
}

/// A place in the index.
fn place(lane: &str, due: Command) -> Command {
    Command::from([r.expr(lane), due])
}

/// The records of a lane that are due, the earliest first.
pub(crate) fn due(table: Command, lane: &str, now: &str, limit: usize) -> Command {
    let until_now = indexed(table, place(lane, r.minval()), place(lane, r.expr(now)));
    until_now.limit(limit.min(UNLIMITED))
}

/// Of each lane, a list of the first due time, or an empty one.
pub(crate) fn firsts(table: &Command, lanes: impl Iterator<Item = String>) -> Command {
    let first = |lane: String| {
        let all = indexed(table.clone(), place(&lane, r.minval()), place(&lane, r.maxval()));
        Datum::Command(Box::new(all.limit(1).g("due").coerce_to("array")))
    };
    Datum::Array(lanes.map(first).collect()).into_command()
}

/// The first record, without its body, of the lanes after this one.
pub(crate) fn next_lane(table: Command, after: Option<&str>) -> Command {
    let from = match after {
        Some(lane) => place(lane, r.maxval()),
        None => r.minval(),
    };
    indexed(table, from, r.maxval()).limit(1).pluck(r.args(["lane", "whole_lane"]))
}

/// Inserts these documents, but those that are there.
pub(crate) fn insert(table: Command, documents: &[Document]) -> Command {
    let documents = r.expr(documents);
    let options = InsertOptions::new().return_changes(ReturnChanges::Always);
    answered(table.insert(r.with_opt(documents, options)), "new_val")
}

/// A conditional write.
pub(crate) struct Write {
    pub(crate) id: String,
    pub(crate) revision: String,
    pub(crate) to: Option<Document>,
}

impl Write {
    /// About how much of a query it takes, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.to.as_ref().map_or(0, Document::size)
    }
}

/// Carries out each of these writes whose document is at its revision. The server evaluates the
/// condition and writes in one step for each document.
pub(crate) fn swap(table: Command, writes: &[Write]) -> Command {
    let ids: Vec<&str> = writes.iter().map(|write| &*write.id).collect();
    let of_ids: Map<String, Value> = writes
        .iter()
        .map(|write| {
            let change = json!({"revision": write.revision, "to": write.to});
            (format!("{FIELD}{}", write.id), change)
        })
        .collect();
    let found = table.get_all(r.args(r.expr(ids)));
    // Bound to a name, so that the server reads it once and not for each document.
    let swapped = func!(|changes| {
        let decide = func!(|old| {
            let row = old.clone();
            let change = changes.g(r.expr(FIELD).add(old.clone().g("id")));
            let decided = func!(|change| {
                let is_at_it = change.clone().g("revision").eq(row.clone().g("revision"));
                is_at_it.branch(change.g("to"), row)
            });
            // It was found, but somebody may have deleted it since.
            let is_gone = old.clone().eq(r.args([Value::Null]));
            is_gone.branch(Value::Null, r.do_(r.args((change, decided))))
        });
        let options = ReplaceOptions::new().return_changes(ReturnChanges::Bool(true));
        answered(found.replace(r.with_opt(decide, options)), "old_val")
    });
    r.do_(r.args((Value::Object(of_ids), swapped)))
}

/// Lets all who watch the table know something: a document that is gone once they have been told.
pub(crate) fn tell(table: Command, hint: &str, writer: &str) -> Command {
    let revision = format!("{:x}", fastrand::u64(..));
    let told = json!({"id": 0, "revision": revision, "writer": writer, TOLD: hint});
    let options = InsertOptions::new().conflict(Conflict::Replace).durability(Durability::Soft);
    let insertion = answered(table.clone().insert(r.with_opt(told, options)), "new_val");
    let deletion = table.get(0).delete(DeleteOptions::new().durability(Durability::Soft));
    // What the insertion did is the answer, whatever became of the deletion.
    let then = func!(|done| deletion.do_(func!(|_deleted| done)));
    r.do_(r.args((insertion, then)))
}

/// Deletes some of the records, and nothing that is none.
pub(crate) fn clear(table: Command, most: usize) -> Command {
    table.has_fields(r.args(["lane", "revision", "body"])).limit(most).delete(())
}

/// What a write did, each document by its key alone.
fn answered(write: Command, side: &'static str) -> Command {
    let first_line = |text: Command| text.match_(FIRST_LINE).g("str").default(Value::Null);
    write.do_(func!(|done| {
        // There is no such field if nothing was found.
        let changes = done.clone().g("changes").default(Vec::<Value>::new()).map(func!(|change| {
            rjson!({
                "id": change.clone().g(side).g("id").default(Value::Null),
                "error": first_line(change.g("error")),
            })
        }));
        rjson!({
            "changes": changes,
            "first_error": first_line(done.g("first_error")),
        })
    }))
}

/// The answer to a write.
#[derive(Debug, Deserialize)]
pub(crate) struct Written {
    #[serde(default)]
    changes: Vec<Answer>,
    first_error: Option<String>,
    #[serde(default)]
    pub(crate) deleted: usize,
}

#[derive(Debug, Deserialize)]
struct Answer {
    id: Option<String>,
    error: Option<String>,
}

impl Written {
    /// The keys of those that took effect.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        let done = self.changes.iter().filter(|answer| answer.error.is_none());
        done.filter_map(|answer| answer.id.as_deref())
    }

    /// What went wrong, if anything did but that others were first.
    pub(crate) fn fault(&self) -> Option<String> {
        let errors = self.changes.iter().filter_map(|answer| answer.error.as_ref());
        let mut errors = errors.chain(&self.first_error);
        errors.find(|text| !text.starts_with(DUPLICATE)).cloned()
    }
}
