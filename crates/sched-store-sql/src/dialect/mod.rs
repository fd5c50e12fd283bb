//! What differs between the servers: types, quotes, and the statements that write in batches.

mod columns;
#[cfg(feature = "mysql")]
pub(crate) mod mysql;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;

use crate::place::Place;
use crate::session::Sql;

/// Which kind of server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    #[cfg(feature = "sqlite")]
    Sqlite,
    #[cfg(feature = "postgres")]
    Postgres,
    #[cfg(feature = "mysql")]
    Mysql,
}

/// How one dialect says what the others say otherwise.
pub(crate) struct Words {
    /// Around a name.
    pub(crate) quote: char,
    /// The types of an id or lane, and of a body.
    pub(crate) key: &'static str,
    pub(crate) body: &'static str,
    /// What makes a SELECT lock its rows, and what makes it leave out those that others locked.
    pub(crate) lock: &'static str,
    pub(crate) skip_locked: &'static str,
    /// Makes an INSERT overwrite the row of the same id.
    pub(crate) overwrite: &'static str,
    /// Makes an INSERT pass over a row whose id is there, and answer with the id of one that was
    /// not. Empty: it ends in an error that leaves the transaction as it was.
    pub(crate) insert_new: &'static str,
    /// Microseconds since 1970 by the server's clock, where it has one of its own.
    pub(crate) now: Option<&'static str>,
    /// After the columns of a table.
    pub(crate) table_options: &'static str,
}

impl Dialect {
    pub(crate) fn words(self) -> Words {
        match self {
            #[cfg(feature = "sqlite")]
            Dialect::Sqlite => sqlite::WORDS,
            #[cfg(feature = "postgres")]
            Dialect::Postgres => postgres::WORDS,
            #[cfg(feature = "mysql")]
            Dialect::Mysql => mysql::WORDS,
        }
    }

    /// Whether whole columns can be bound, so that a batch of any size is one statement.
    pub(crate) fn has_arrays(self) -> bool {
        match self {
            #[cfg(feature = "postgres")]
            Dialect::Postgres => true,
            #[allow(unreachable_patterns, reason = "depends on the features chosen")]
            _ => false,
        }
    }
}

/// The statements of a store that are the same whatever they are given.
#[derive(Debug)]
pub(crate) struct Statements {
    pub(crate) get: Sql,
    pub(crate) first_page: Sql,
    pub(crate) page: Sql,
    pub(crate) due: Sql,
    pub(crate) claim: Sql,
    pub(crate) next_due: Sql,
    pub(crate) lanes: Sql,
    pub(crate) clear: Sql,
    pub(crate) now: Option<Sql>,
    /// Inserts one row, unless it is there.
    pub(crate) add: Sql,
    /// Used where there are arrays.
    pub(crate) insert_columns: Sql,
    pub(crate) write_columns: Sql,
    pub(crate) delete_columns: Sql,
    pub(crate) swap_columns: Sql,
}

impl Statements {
    pub(crate) fn new(dialect: Dialect, place: &Place) -> Self {
        let words = dialect.words();
        let table = place.table(&words);
        let read = format!("SELECT id, lane, due_at, revision, body FROM {table}");
        let due = format!("{read} WHERE lane = ? AND due_at <= ? ORDER BY due_at LIMIT ?");
        let sql = |text: String| numbered(dialect, &text);
        Statements {
            get: sql(format!("{read} WHERE id = ?")),
            first_page: sql(format!("{read} ORDER BY id LIMIT ?")),
            page: sql(format!("{read} WHERE id > ? ORDER BY id LIMIT ?")),
            claim: sql(format!("{due}{}", words.skip_locked)),
            due: sql(due),
            next_due: sql(format!("SELECT MIN(due_at) FROM {table} WHERE lane = ?")),
            lanes: sql(format!("SELECT DISTINCT lane FROM {table} WHERE due_at IS NOT NULL")),
            clear: sql(format!("DELETE FROM {table}")),
            now: words.now.map(|now| sql(format!("SELECT {now}"))),
            add: sql(format!(
                "INSERT INTO {table} (id, lane, due_at, revision, body) \
                 VALUES (?, ?, ?, ?, ?){}",
                words.insert_new
            )),
            insert_columns: columns::insert(&table).into(),
            write_columns: columns::write(&table).into(),
            delete_columns: columns::delete(&table).into(),
            swap_columns: columns::swap(&table).into(),
        }
    }
}

/// Statements are written with `?`; none has one that is not a place for a value.
fn numbered(dialect: Dialect, text: &str) -> Sql {
    if !dialect.has_arrays() {
        return text.into();
    }
    let mut parts = text.split('?');
    let mut numbered = parts.next().unwrap_or_default().to_owned();
    for (number, part) in (1..).zip(parts) {
        numbered += &format!("${number}{part}");
    }
    numbered.into()
}

/// `count` times the same, with commas.
pub(crate) fn repeated(what: &str, count: usize) -> String {
    vec![what; count].join(", ")
}
