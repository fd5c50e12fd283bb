//! Inserting and conditional writes in batches.
//!
//! Where a server takes arrays, a batch is one statement. Elsewhere it is one transaction that
//! locks the rows in the order of their ids, compares, and writes what won.

use std::collections::{HashMap, HashSet};

use sched_core::JobId;
use sched_core::store::{Body, Change, Record, StoreError};

use crate::dialect::repeated;
use crate::fault::{Fault, refused};
use crate::session::{Session, Sql, Value};
use crate::table::Table;

/// The longest id and lane in bytes.
const LONGEST_KEY: usize = 255;
/// The most rows of one statement: 5 values each, of the 32,766 that SQLite takes.
const MOST_ROWS: usize = 4_096;
/// The most bytes of one statement, unless one row has more.
const MOST_BYTES: usize = 8 << 20;

/// A row as it is to be, checked.
#[derive(Clone, Copy)]
struct Row<'a> {
    id: &'a [u8],
    lane: &'a [u8],
    due_at: Option<i64>,
    revision: i64,
    body: &'a [u8],
}

/// A change as it is to be made, checked: the revision that it needs, and none for a deletion.
struct Step<'a> {
    id: &'a [u8],
    revision: i64,
    to: Option<Row<'a>>,
}

impl<'a> Row<'a> {
    fn checked(
        table: &Table,
        operation: &'static str,
        id: &'a JobId,
        lane: &'a str,
        body: &'a Body,
    ) -> Result<Self, StoreError> {
        for (what, key) in [("id", id.as_str()), ("lane", lane)] {
            if key.len() > LONGEST_KEY {
                let why = format!("{what} of {} bytes; {LONGEST_KEY} are the most", key.len());
                return Err(refused(operation, why));
            }
        }
        let body = body.bytes()?;
        if body.len() > table.largest {
            let (size, limit) = (body.len(), table.largest);
            return Err(StoreError::TooLarge { id: id.clone(), size, limit });
        }
        Ok(Row { id: id.as_bytes(), lane: lane.as_bytes(), due_at: None, revision: 1, body })
    }

    fn size(&self) -> usize {
        self.id.len() + self.lane.len() + self.body.len() + 64
    }

    fn bind(&self, values: &mut Vec<Value<'a>>) {
        values.extend([
            Value::Bytes(self.id),
            Value::Bytes(self.lane),
            Value::Moment(self.due_at),
            Value::Integer(self.revision),
            Value::Bytes(self.body),
        ]);
    }
}

/// Inserts what is not there yet. Answers for each record.
pub(crate) async fn insert(table: &Table, records: &[Record]) -> Result<Vec<bool>, Fault> {
    let mut rows = Vec::with_capacity(records.len());
    let mut first = HashMap::with_capacity(records.len());
    for (number, record) in records.iter().enumerate() {
        let row = Row::checked(table, "insert", &record.id, &record.lane, &record.body)?;
        if !first.contains_key(row.id) {
            first.insert(row.id, number);
            let due_at = record.due_at.map(|at| at.as_micros());
            let revision = i64::try_from(record.revision);
            let revision = revision.map_err(|error| refused("insert", error.to_string()))?;
            rows.push(Row { due_at, revision, ..row });
        }
    }
    rows.sort_unstable_by_key(|row| row.id);
    let mut won = vec![false; records.len()];
    let mut session = begin(table, rows.iter().map(Row::size).sum()).await?;
    if table.dialect.has_arrays() {
        for rows in portions(&rows, Row::size, table, usize::MAX) {
            for id in insert_columns(&mut *session, table, rows).await? {
                won[first[&*id]] = true;
            }
        }
        session.commit().await?;
        return Ok(won);
    }
    for ids in portions(&rows, |row| row.id.len(), table, MOST_ROWS) {
        let there = locked(&mut *session, table, ids.iter().map(|row| row.id)).await?;
        let new: Vec<Row<'_>> =
            ids.iter().copied().filter(|row| !there.contains_key(row.id)).collect();
        write_rows(&mut *session, table, &new, "").await?;
        for row in new {
            won[first[row.id]] = true;
        }
    }
    session.commit().await?;
    Ok(won)
}

/// Inserts one record in a transaction that the caller began and commits; false if its id is there.
/// Nothing is read first, so that SQLite has no reason to find the file changed in between.
pub(crate) async fn add(
    session: &mut dyn Session,
    table: &Table,
    record: &Record,
) -> Result<bool, Fault> {
    let row = Row::checked(table, "add_in", &record.id, &record.lane, &record.body)?;
    let due_at = record.due_at.map(|at| at.as_micros());
    let revision = i64::try_from(record.revision);
    let revision = revision.map_err(|error| refused("add_in", error.to_string()))?;
    let mut values = Vec::with_capacity(5);
    Row { due_at, revision, ..row }.bind(&mut values);
    match session.keys(&table.statements.add, values).await {
        Ok(added) => Ok(table.words.insert_new.is_empty() || !added.is_empty()),
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Applies changes in a transaction of their own. Answers for each change.
pub(crate) async fn swap(table: &Table, changes: &[Change]) -> Result<Vec<bool>, Fault> {
    let size = |change: &Change| match &change.to {
        Some(to) => to.body.bytes().map_or(0, <[u8]>::len) + 2 * LONGEST_KEY + 64,
        None => 64,
    };
    let mut session = begin(table, changes.iter().map(size).sum()).await?;
    let won = swap_within(&mut *session, table, changes, Rows::Unseen).await?;
    session.commit().await?;
    Ok(won)
}

/// What a transaction knows of the rows that it is to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    Unseen,
    /// It has read them, at the revisions of the changes, and nobody else can write to them.
    Held,
}

/// What a batch of that many bytes is written in, all of it or nothing: one statement over arrays
/// is a transaction by itself.
async fn begin(table: &Table, bytes: usize) -> sqlx::Result<Box<dyn Session>> {
    if table.dialect.has_arrays() && bytes <= MOST_BYTES.min(table.largest) {
        table.server.session().await
    } else {
        table.server.begin().await
    }
}

/// Applies changes in a transaction that the caller began and commits.
pub(crate) async fn swap_within(
    session: &mut dyn Session,
    table: &Table,
    changes: &[Change],
    rows: Rows,
) -> Result<Vec<bool>, Fault> {
    let mut steps = Vec::with_capacity(changes.len());
    let mut place = HashMap::with_capacity(changes.len());
    for (number, change) in changes.iter().enumerate() {
        // No row has a revision that does not fit.
        let Ok(revision) = i64::try_from(change.revision) else { continue };
        let id = change.id.as_bytes();
        let to = match &change.to {
            None => None,
            Some(to) => {
                let row = Row::checked(table, "swap", &change.id, &to.lane, &to.body)?;
                let due_at = to.due_at.map(|at| at.as_micros());
                Some(Row { due_at, revision: revision.saturating_add(1), ..row })
            }
        };
        steps.push(Step { id, revision, to });
        place.insert(id, number);
    }
    steps.sort_unstable_by_key(|step| step.id);
    let mut won = vec![false; changes.len()];
    if table.dialect.has_arrays() {
        for steps in
            portions(&steps, |step| step.to.map_or(64, |row| row.size()), table, usize::MAX)
        {
            for id in swap_columns(session, table, steps).await? {
                won[place[&*id]] = true;
            }
        }
        return Ok(won);
    }
    if rows == Rows::Unseen && !all_hold(session, table, &steps).await? {
        let mut held = HashMap::new();
        for steps in portions(&steps, |step| step.id.len(), table, MOST_ROWS) {
            held.extend(locked(session, table, steps.iter().map(|step| step.id)).await?);
        }
        steps.retain(|step| held.get(step.id) == Some(&step.revision));
    }
    let rows: Vec<Row<'_>> = steps.iter().filter_map(|step| step.to).collect();
    // The rows are there, and locked: nothing is inserted.
    write_rows(session, table, &rows, table.words.overwrite).await?;
    let gone: Vec<&[u8]> =
        steps.iter().filter(|step| step.to.is_none()).map(|step| step.id).collect();
    for ids in portions(&gone, |id| id.len(), table, MOST_ROWS) {
        let sql = format!("DELETE FROM {} WHERE id IN ({})", table.name, repeated("?", ids.len()));
        session.run(&sql.into(), ids.iter().map(|id| Value::Bytes(id)).collect()).await?;
    }
    for step in steps {
        won[place[step.id]] = true;
    }
    Ok(won)
}

/// Whether all rows are as the changes want them, where that can be found out without a row for
/// each: where the transaction holds whatever it has seen.
async fn all_hold<'a>(
    session: &mut dyn Session,
    table: &Table,
    steps: &[Step<'a>],
) -> sqlx::Result<bool> {
    if !table.words.lock.is_empty() {
        return Ok(false);
    }
    for steps in portions(steps, |step| step.id.len(), table, MOST_ROWS) {
        let (name, wanted) = (&table.name, repeated("(?, ?)", steps.len()));
        let sql = format!(
            "SELECT count(*) FROM (VALUES {wanted}) AS wanted JOIN {name} AS there \
             ON there.id = wanted.column1 AND there.revision = wanted.column2"
        );
        let both = |step: &Step<'a>| [Value::Bytes(step.id), Value::Integer(step.revision)];
        let values = steps.iter().flat_map(both).collect();
        let count = session.number(&sql.into(), values).await?;
        if count != i64::try_from(steps.len()).ok() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Those of the rows that are there, with their revisions. Where rows can be locked, they are.
async fn locked<'a>(
    session: &mut dyn Session,
    table: &Table,
    ids: impl ExactSizeIterator<Item = &'a [u8]>,
) -> sqlx::Result<HashMap<Vec<u8>, i64>> {
    let (name, places, lock) = (&table.name, repeated("?", ids.len()), table.words.lock);
    let sql = format!("SELECT id, revision FROM {name} WHERE id IN ({places}) ORDER BY id{lock}");
    let found = session.revisions(&sql.into(), ids.map(Value::Bytes).collect()).await?;
    Ok(found.into_iter().collect())
}

async fn write_rows(
    session: &mut dyn Session,
    table: &Table,
    rows: &[Row<'_>],
    overwrite: &str,
) -> sqlx::Result<()> {
    for rows in portions(rows, Row::size, table, MOST_ROWS) {
        let (name, places) = (&table.name, repeated("(?, ?, ?, ?, ?)", rows.len()));
        let sql: Sql = format!(
            "INSERT INTO {name} (id, lane, due_at, revision, body) VALUES {places} {overwrite}"
        )
        .into();
        let mut values = Vec::with_capacity(rows.len() * 5);
        rows.iter().for_each(|row| row.bind(&mut values));
        session.run(&sql, values).await?;
    }
    Ok(())
}

async fn insert_columns(
    session: &mut dyn Session,
    table: &Table,
    rows: &[Row<'_>],
) -> sqlx::Result<HashSet<Vec<u8>>> {
    let values = vec![
        Value::BytesColumn(rows.iter().map(|row| row.id).collect()),
        Value::BytesColumn(rows.iter().map(|row| row.lane).collect()),
        Value::MomentColumn(rows.iter().map(|row| row.due_at).collect()),
        Value::IntegerColumn(rows.iter().map(|row| row.revision).collect()),
        Value::BytesColumn(rows.iter().map(|row| row.body).collect()),
    ];
    Ok(session.keys(&table.statements.insert_columns, values).await?.into_iter().collect())
}

async fn swap_columns(
    session: &mut dyn Session,
    table: &Table,
    steps: &[Step<'_>],
) -> sqlx::Result<HashSet<Vec<u8>>> {
    let statements = &table.statements;
    let mut values = vec![
        Value::BytesColumn(steps.iter().map(|step| step.id).collect()),
        Value::IntegerColumn(steps.iter().map(|step| step.revision).collect()),
    ];
    let gone = steps.iter().filter(|step| step.to.is_none()).count();
    if gone == steps.len() {
        let gone = session.keys(&statements.delete_columns, values).await?;
        return Ok(gone.into_iter().collect());
    }
    let rows = || steps.iter().map(|step| step.to);
    values.extend([
        Value::BytesColumn(rows().map(|to| to.map_or(&[][..], |to| to.lane)).collect()),
        Value::MomentColumn(rows().map(|to| to.and_then(|to| to.due_at)).collect()),
        Value::BytesColumn(rows().map(|to| to.map_or(&[][..], |to| to.body)).collect()),
    ]);
    let won = if gone == 0 {
        session.keys(&statements.write_columns, values).await?
    } else {
        values.push(Value::IntegerColumn(rows().map(|to| i64::from(to.is_none())).collect()));
        session.keys(&statements.swap_columns, values).await?
    };
    Ok(won.into_iter().collect())
}

/// Cuts a batch into pieces that one statement can take.
///
/// Their lengths are powers of two: a statement is prepared once for each length that there is.
fn portions<'a, T>(
    items: &'a [T],
    size: impl Fn(&T) -> usize,
    table: &Table,
    most: usize,
) -> impl Iterator<Item = &'a [T]> {
    let room = table.largest.min(MOST_BYTES);
    let mut left = items;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fit = left.iter().take(most).take_while(|item| {
            bytes += size(item);
            bytes <= room
        });
        let fit = fit.count().max(1).min(left.len());
        if fit == 0 {
            return None;
        }
        let count = if most == usize::MAX { fit } else { 1 << fit.ilog2() };
        let (portion, rest) = left.split_at(count);
        left = rest;
        Some(portion)
    })
}
