//! Describing a store before it is opened.

use std::fmt;
#[cfg(feature = "sqlite")]
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sched_core::store::StoreError;

use crate::dialect::Dialect;
use crate::place::Place;
use crate::schema;
use crate::session::{Pooled, Server};
use crate::store::SqlStore;
use crate::url;

/// How many connections there are, and how long a call waits for one.
#[derive(Debug, Clone)]
pub(crate) struct Connections {
    pub(crate) most: u32,
    pub(crate) patience: Duration,
}

impl Default for Connections {
    fn default() -> Self {
        Connections { most: 5, patience: Duration::from_secs(10) }
    }
}

/// A pool that a program has already.
///
/// Made with `From` of sqlx's pools. A store uses it as it is and never closes it.
#[derive(Clone)]
#[non_exhaustive]
pub enum GivenPool {
    /// Of connections to a SQLite file. They should be in WAL mode and have a busy timeout.
    #[cfg(feature = "sqlite")]
    Sqlite(sqlx::SqlitePool),
    /// Of connections to a PostgreSQL server.
    #[cfg(feature = "postgres")]
    Postgres(sqlx::PgPool),
    /// Of connections to a MySQL or MariaDB server. The isolation level READ COMMITTED spares
    /// deadlocks.
    #[cfg(feature = "mysql")]
    Mysql(sqlx::MySqlPool),
}

#[cfg(feature = "sqlite")]
impl From<sqlx::SqlitePool> for GivenPool {
    fn from(pool: sqlx::SqlitePool) -> Self {
        GivenPool::Sqlite(pool)
    }
}

#[cfg(feature = "postgres")]
impl From<sqlx::PgPool> for GivenPool {
    fn from(pool: sqlx::PgPool) -> Self {
        GivenPool::Postgres(pool)
    }
}

#[cfg(feature = "mysql")]
impl From<sqlx::MySqlPool> for GivenPool {
    fn from(pool: sqlx::MySqlPool) -> Self {
        GivenPool::Mysql(pool)
    }
}

/// Where the connections come from. Never shown: it may hold a password.
#[derive(Clone)]
pub(crate) enum Source {
    #[cfg(feature = "sqlite")]
    Sqlite(PathBuf),
    #[cfg(feature = "postgres")]
    Postgres(Box<sqlx::postgres::PgConnectOptions>),
    #[cfg(feature = "mysql")]
    Mysql(Box<sqlx::mysql::MySqlConnectOptions>),
    Given(GivenPool),
}

impl Source {
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            #[cfg(feature = "sqlite")]
            Source::Sqlite(_) | Source::Given(GivenPool::Sqlite(_)) => Dialect::Sqlite,
            #[cfg(feature = "postgres")]
            Source::Postgres(_) | Source::Given(GivenPool::Postgres(_)) => Dialect::Postgres,
            #[cfg(feature = "mysql")]
            Source::Mysql(_) | Source::Given(GivenPool::Mysql(_)) => Dialect::Mysql,
        }
    }

    /// What SQLite itself would only call "unable to open database file".
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        #[cfg(feature = "sqlite")]
        if let Source::Sqlite(path) = self
            && let Some(folder) = path.parent()
            && !folder.as_os_str().is_empty()
            && !folder.is_dir()
        {
            let hint = if path.is_relative() {
                "; the path is relative: an absolute one has four slashes, sqlite:////var/jobs.db"
            } else {
                ""
            };
            return Err(StoreError::Settings(format!(
                "there is no folder {} for {}{hint}",
                folder.display(),
                path.display()
            )));
        }
        Ok(())
    }

    /// The pool, new unless it was given.
    pub(crate) fn pool(&self, connections: &Connections) -> GivenPool {
        match self {
            #[cfg(feature = "sqlite")]
            Source::Sqlite(path) => {
                let file = crate::dialect::sqlite::file(path);
                crate::dialect::sqlite::pool(file, connections).into()
            }
            #[cfg(feature = "postgres")]
            Source::Postgres(options) => {
                crate::dialect::postgres::pool((**options).clone(), connections).into()
            }
            #[cfg(feature = "mysql")]
            Source::Mysql(options) => {
                crate::dialect::mysql::pool((**options).clone(), connections).into()
            }
            Source::Given(pool) => pool.clone(),
        }
    }
}

impl GivenPool {
    /// With the patience of those who wait for writers of other processes, unless the pool is
    /// somebody's own.
    pub(crate) fn server(&self, patience: Option<Duration>) -> Arc<dyn Server> {
        match self {
            #[cfg(feature = "sqlite")]
            GivenPool::Sqlite(pool) => Arc::new(Pooled::new(pool.clone(), patience)),
            #[cfg(feature = "postgres")]
            GivenPool::Postgres(pool) => Arc::new(Pooled::new(pool.clone(), patience)),
            #[cfg(feature = "mysql")]
            GivenPool::Mysql(pool) => Arc::new(Pooled::new(pool.clone(), patience)),
        }
    }
}

impl fmt::Debug for GivenPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            #[cfg(feature = "sqlite")]
            GivenPool::Sqlite(_) => "Sqlite",
            #[cfg(feature = "postgres")]
            GivenPool::Postgres(_) => "Postgres",
            #[cfg(feature = "mysql")]
            GivenPool::Mysql(_) => "Mysql",
        })
    }
}

/// Describes a [`SqlStore`]; see [`SqlStore::builder`].
#[must_use = "a builder does nothing until it is built"]
pub struct SqlStoreBuilder {
    source: Result<Source, StoreError>,
    place: Place,
    connections: Connections,
    migrate: bool,
    notify: bool,
}

impl SqlStoreBuilder {
    pub(crate) fn of_url(text: &str) -> Self {
        Self::new(url::read(text))
    }

    #[cfg(feature = "sqlite")]
    pub(crate) fn of_file(path: PathBuf) -> Self {
        Self::new(Ok(Source::Sqlite(path)))
    }

    pub(crate) fn of_pool(pool: GivenPool) -> Self {
        Self::new(Ok(Source::Given(pool)))
    }

    fn new(source: Result<Source, StoreError>) -> Self {
        let (place, connections) = (Place::default(), Connections::default());
        SqlStoreBuilder { source, place, connections, migrate: true, notify: true }
    }

    /// The table, `sched_jobs` unless said: up to 48 ASCII letters, digits and underscores.
    pub fn table(mut self, name: impl Into<String>) -> Self {
        self.place.table = name.into();
        self
    }

    /// The schema that the table is in; with MySQL the database. Made if it is not there. Unless
    /// said, the connection's own. SQLite has none.
    pub fn schema(mut self, name: impl Into<String>) -> Self {
        self.place.schema = Some(name.into());
        self
    }

    /// The most connections, 5 unless said. Of no effect on a pool that is given.
    pub fn connections(mut self, most: u32) -> Self {
        self.connections.most = most;
        self
    }

    /// How long a call waits for a connection before it fails as unavailable, 10 seconds unless
    /// said. Of no effect on a pool that is given.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.connections.patience = patience;
        self
    }

    /// Whether opening makes the table, and brings one of an older version up to date. Yes, unless
    /// said; where not, [`schema_sql`](Self::schema_sql) says what to run beforehand.
    pub fn migrate(mut self, migrate: bool) -> Self {
        self.migrate = migrate;
        self
    }

    /// Whether writes wake other schedulers on PostgreSQL by LISTEN and NOTIFY. Yes, unless said:
    /// a scheduler holds one connection more for it. Of no effect on other servers.
    pub fn notify(mut self, notify: bool) -> Self {
        self.notify = notify;
        self
    }

    /// The statements that make what the store needs, for those who run migrations themselves.
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")]
    /// # fn main() -> Result<(), sched_core::store::StoreError> {
    /// use sched_store_sql::SqlStore;
    ///
    /// let sql = SqlStore::builder("sqlite:///jobs.db").table("jobs").schema_sql()?;
    /// assert!(sql.contains(r#"CREATE TABLE IF NOT EXISTS "jobs""#));
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "sqlite"))]
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn schema_sql(self) -> Result<String, StoreError> {
        let store = self.build()?;
        Ok(schema::script(store.source.dialect(), &store.place))
    }

    /// The store, not yet connected.
    ///
    /// # Errors
    /// [`StoreError::Settings`] when the URL or a name makes no sense, or the URL is of a server
    /// that this program was built without.
    pub fn build(self) -> Result<SqlStore, StoreError> {
        let SqlStoreBuilder { source, place, connections, migrate, notify } = self;
        let source = source?;
        place.check()?;
        #[cfg(feature = "sqlite")]
        if place.schema.is_some() && source.dialect() == Dialect::Sqlite {
            return Err(StoreError::Settings("SQLite has no schemas".to_owned()));
        }
        if connections.most == 0 {
            return Err(StoreError::Settings("a store needs a connection".to_owned()));
        }
        Ok(SqlStore::new(source, place, connections, migrate, notify))
    }
}

impl fmt::Debug for SqlStoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlStoreBuilder")
            .field("dialect", &self.source.as_ref().ok().map(Source::dialect))
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}
