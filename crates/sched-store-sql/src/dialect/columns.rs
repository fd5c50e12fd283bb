//! Batches as one statement over arrays, where a server has them: PostgreSQL.

/// Takes columns of ids, lanes, due times, revisions and bodies; answers the ids that were inserted.
pub(super) fn insert(table: &str) -> String {
    let columns = columns(&["bytea", "bytea", "bigint", "bigint", "bytea"]);
    format!(
        "INSERT INTO {table} (id, lane, due_at, revision, body) \
         SELECT id, lane, due_at, revision, body \
         FROM unnest({columns}) AS new(id, lane, due_at, revision, body) \
         ORDER BY id ON CONFLICT DO NOTHING RETURNING id"
    )
}

/// A column of values whose length the planner is not to see: knowing of a thousand rows it would
/// read the whole table, and a plan for few, by the index, is the right one for any number. It is
/// also made once, and not for each batch anew.
fn column(number: usize, kind: &str) -> String {
    format!("(SELECT ${number}::{kind}[])")
}

fn columns(kinds: &[&str]) -> String {
    let columns: Vec<String> =
        (1..).zip(kinds).map(|(number, kind)| column(number, kind)).collect();
    columns.join(", ")
}

/// Takes columns of ids, revisions, lanes, due times and bodies; answers the ids of those rows that
/// were at these revisions, and are written now.
///
/// Going through the columns row by row, which is the plan that [`column`] is for, locks rows in the
/// order of their ids. Two batches that deadlock all the same are tried again. What is compared is
/// the state of a row under its lock.
pub(super) fn write(table: &str) -> String {
    let columns = columns(&["bytea", "bigint", "bytea", "bigint", "bytea"]);
    format!(
        "UPDATE {table} AS job SET lane = change.lane, due_at = change.due_at, \
         revision = change.revision + 1, body = change.body \
         FROM unnest({columns}) AS change(id, revision, lane, due_at, body) \
         WHERE job.id = change.id AND job.revision = change.revision RETURNING job.id"
    )
}

/// Takes columns of ids and revisions; answers the ids of those rows that were at these revisions,
/// and are gone now. Locks as [`write`] does.
pub(super) fn delete(table: &str) -> String {
    let columns = columns(&["bytea", "bigint"]);
    format!(
        "DELETE FROM {table} AS job USING unnest({columns}) AS change(id, revision) \
         WHERE job.id = change.id AND job.revision = change.revision RETURNING job.id"
    )
}

/// Takes columns of ids, revisions, lanes, due times, bodies, and 1 for deletions; answers the ids
/// of the changes that took effect.
///
/// All rows are locked first, in the order of their ids, which two statements in one do not keep.
pub(super) fn swap(table: &str) -> String {
    let ids = column(1, "bytea");
    let columns = columns(&["bytea", "bigint", "bytea", "bigint", "bytea", "bigint"]);
    format!(
        "WITH held AS MATERIALIZED (\
           SELECT id, revision FROM {table} WHERE id = ANY({ids}::bytea[]) ORDER BY id FOR UPDATE), \
         won AS MATERIALIZED (\
           SELECT change.* FROM held JOIN \
           unnest({columns}) AS change(id, revision, lane, due_at, body, gone) \
           USING (id, revision)), \
         deleted AS (\
           DELETE FROM {table} AS job USING won \
           WHERE job.id = won.id AND job.revision = won.revision AND won.gone = 1 \
           RETURNING job.id), \
         written AS (\
           UPDATE {table} AS job SET lane = won.lane, due_at = won.due_at, \
           revision = won.revision + 1, body = won.body FROM won \
           WHERE job.id = won.id AND job.revision = won.revision AND won.gone = 0 \
           RETURNING job.id) \
         SELECT id FROM deleted UNION ALL SELECT id FROM written"
    )
}
