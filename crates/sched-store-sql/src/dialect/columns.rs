//! Batches as one statement over arrays, where a server has them: PostgreSQL.

/// Takes columns of ids, lanes, due times, revisions and bodies; answers the ids that were inserted.
pub(super) fn insert(table: &str) -> String {
    format!(
        "INSERT INTO {table} (id, lane, due_at, revision, body) \
         SELECT id, lane, due_at, revision, body \
         FROM unnest($1::bytea[], $2::bytea[], $3::bigint[], $4::bigint[], $5::bytea[]) \
         AS new(id, lane, due_at, revision, body) \
         ORDER BY id ON CONFLICT DO NOTHING RETURNING id"
    )
}

/// Takes columns of ids, revisions, lanes, due times, bodies, and 1 for deletions; answers the ids
/// of the changes that took effect.
///
/// All rows are locked first, in the order of their ids, so that batches do not deadlock; what is
/// compared is their state under that lock.
pub(super) fn swap(table: &str) -> String {
    format!(
        "WITH held AS MATERIALIZED (\
           SELECT id, revision FROM {table} WHERE id = ANY($1::bytea[]) ORDER BY id FOR UPDATE), \
         won AS MATERIALIZED (\
           SELECT change.* FROM held JOIN \
           unnest($1::bytea[], $2::bigint[], $3::bytea[], $4::bigint[], $5::bytea[], $6::bigint[]) \
           AS change(id, revision, lane, due_at, body, gone) USING (id, revision)), \
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
