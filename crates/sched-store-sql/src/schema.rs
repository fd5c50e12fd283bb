//! The table and its versions.
//!
//! Beside the table there is one of the same name and `$schema`, with one row: the version of the
//! former. A version is a list of statements that make it of the one before.

use sched_core::store::StoreError;

use crate::dialect::{Dialect, Words};
use crate::fault::{Fault, passes, refused};
use crate::place::Place;
use crate::session::{Server, Session};

/// Any number that other programs are unlikely to lock.
#[cfg(feature = "postgres")]
const ADVISORY_LOCK: &str = "SELECT pg_advisory_xact_lock(7595424138254021937)";

/// The statements of each version, the first first.
fn versions(words: &Words, place: &Place, dialect: Dialect) -> Vec<Vec<String>> {
    let Words { quote, key, body, table_options, .. } = words;
    let table = place.table(words);
    let index = format!("{quote}{}$due{quote}", place.table);
    let primary = format!("{quote}{}$id{quote}", place.table);
    let columns = format!(
        "id {key} NOT NULL,\n  lane {key} NOT NULL,\n  due_at BIGINT,\n  \
         revision BIGINT NOT NULL,\n  body {body} NOT NULL,\n  \
         CONSTRAINT {primary} PRIMARY KEY (id)"
    );
    let first = match dialect {
        // An index made with the table, as one of its own cannot be made only where missing.
        #[cfg(feature = "mysql")]
        Dialect::Mysql => vec![format!(
            "CREATE TABLE IF NOT EXISTS {table} (\n  {columns},\n  \
             INDEX {index} (lane, due_at)\n){table_options}"
        )],
        #[allow(unreachable_patterns, reason = "depends on the features chosen")]
        _ => {
            // SQLite wants the schema before the index, PostgreSQL takes that of the table.
            vec![
                format!("CREATE TABLE IF NOT EXISTS {table} (\n  {columns}\n){table_options}"),
                format!(
                    "CREATE INDEX IF NOT EXISTS {index} ON {table} (lane, due_at) \
                     WHERE due_at IS NOT NULL"
                ),
            ]
        }
    };
    vec![first]
}

fn version_table(words: &Words, place: &Place) -> String {
    place.named(words, "$schema")
}

/// What must be there before any table.
fn foundation(words: &Words, place: &Place) -> Vec<String> {
    let version = version_table(words, place);
    let schema = place.schema.as_ref().map(|schema| {
        let quote = words.quote;
        format!("CREATE SCHEMA IF NOT EXISTS {quote}{schema}{quote}")
    });
    let table = format!(
        "CREATE TABLE IF NOT EXISTS {version} (version BIGINT NOT NULL){}",
        words.table_options
    );
    schema.into_iter().chain([table]).collect()
}

/// All statements that make what a store needs, for those who run migrations themselves.
pub(crate) fn script(dialect: Dialect, place: &Place) -> String {
    let words = dialect.words();
    let versions = versions(&words, place, dialect);
    let count = versions.len();
    let mut statements = foundation(&words, place);
    statements.extend(versions.into_iter().flatten());
    let version = version_table(&words, place);
    statements.push(format!("INSERT INTO {version} (version) VALUES ({count})"));
    statements.iter().map(|statement| format!("{statement};\n")).collect()
}

/// Sees that the table is of the current version, and makes it so where that is allowed.
pub(crate) async fn ensure(
    dialect: Dialect,
    place: &Place,
    server: &dyn Server,
    migrate: bool,
) -> Result<(), Fault> {
    let words = dialect.words();
    let versions = versions(&words, place, dialect);
    let found = match stored_version(&mut *server.session().await?, &words, place).await {
        Ok(found) => found,
        // A connection or a server in trouble is no missing table.
        Err(error) if passes(&error) => return Err(error.into()),
        Err(_) => None,
    };
    if is_current(found, versions.len())? {
        return Ok(());
    }
    if !migrate {
        let found = found.map_or("missing".to_owned(), |found| format!("of version {found}"));
        let why = format!("the table is {found}, and the store is told not to migrate it");
        return Err(refused("open", why).into());
    }
    let mut session = exclusive(dialect, server).await?;
    let made = make(&mut *session, &words, place, &versions).await;
    end(dialect, session, made).await
}

async fn stored_version(
    session: &mut dyn Session,
    words: &Words,
    place: &Place,
) -> sqlx::Result<Option<i64>> {
    let sql = format!("SELECT version FROM {}", version_table(words, place));
    session.number(&sql.into(), Vec::new()).await
}

fn is_current(found: Option<i64>, known: usize) -> Result<bool, StoreError> {
    let found = found.and_then(|found| usize::try_from(found).ok()).unwrap_or(0);
    if found > known {
        let why = format!("the table is of version {found}, newer than the {known} known here");
        return Err(refused("open", why));
    }
    Ok(found == known)
}

async fn make(
    session: &mut dyn Session,
    words: &Words,
    place: &Place,
    versions: &[Vec<String>],
) -> Result<(), Fault> {
    for statement in foundation(words, place) {
        session.run(&statement.into(), Vec::new()).await?;
    }
    // Somebody else may have been faster.
    let found = stored_version(session, words, place).await?;
    if is_current(found, versions.len())? {
        return Ok(());
    }
    let from = found.and_then(|found| usize::try_from(found).ok()).unwrap_or(0);
    for statement in versions.iter().skip(from).flatten() {
        session.run(&statement.as_str().into(), Vec::new()).await?;
    }
    let (table, version) = (version_table(words, place), versions.len());
    let note = match found {
        Some(_) => format!("UPDATE {table} SET version = {version}"),
        None => format!("INSERT INTO {table} (version) VALUES ({version})"),
    };
    session.run(&note.into(), Vec::new()).await?;
    Ok(())
}

/// A session that is alone in making schemas, of all stores on the server.
async fn exclusive(dialect: Dialect, server: &dyn Server) -> Result<Box<dyn Session>, Fault> {
    match dialect {
        #[cfg(feature = "sqlite")]
        Dialect::Sqlite => Ok(server.begin().await?),
        #[cfg(feature = "postgres")]
        Dialect::Postgres => {
            let mut session = server.begin().await?;
            session.run(&ADVISORY_LOCK.into(), Vec::new()).await?;
            Ok(session)
        }
        // Statements that make tables commit by themselves here: the lock is the session's.
        #[cfg(feature = "mysql")]
        Dialect::Mysql => {
            let mut session = server.session().await?;
            let sql = "SELECT CAST(GET_LOCK('sched schema', 60) AS SIGNED)".into();
            match session.number(&sql, Vec::new()).await? {
                Some(1) => Ok(session),
                _ => Err(Fault::Sql(sqlx::Error::PoolTimedOut)),
            }
        }
    }
}

async fn end(
    dialect: Dialect,
    mut session: Box<dyn Session>,
    made: Result<(), Fault>,
) -> Result<(), Fault> {
    match dialect {
        #[cfg(feature = "mysql")]
        Dialect::Mysql => {
            let sql = "SELECT CAST(RELEASE_LOCK('sched schema') AS SIGNED)".into();
            let released = session.number(&sql, Vec::new()).await;
            made?;
            released?;
        }
        #[allow(unreachable_patterns, reason = "depends on the features chosen")]
        _ => {
            made?;
            let _ = &mut session;
        }
    }
    Ok(session.commit().await?)
}
