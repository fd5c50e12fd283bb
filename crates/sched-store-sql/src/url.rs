//! URLs of databases, as the reference's users write them.

#[cfg(feature = "sqlite")]
use std::path::PathBuf;

use sched_core::store::StoreError;

use crate::settings::Source;

/// Reads `dialect+driver://..`; the driver, which is Python's, is passed over.
///
/// Nothing of the URL but its scheme is shown in an error: it may hold a password.
pub(crate) fn read(url: &str) -> Result<Source, StoreError> {
    let Some((scheme, rest)) = url.split_once(':') else {
        return Err(StoreError::Settings("the url has no scheme such as sqlite:".to_owned()));
    };
    match scheme.split('+').next().unwrap_or(scheme) {
        "sqlite" => sqlite(rest),
        "postgres" | "postgresql" => postgres(rest),
        "mysql" | "mariadb" => mysql(rest),
        _ => Err(StoreError::Settings(
            "the url is of no known server: sqlite, postgresql, mysql and mariadb are".to_owned(),
        )),
    }
}

/// `sqlite:///jobs.db` is relative, as is `sqlite:jobs.db`; `sqlite:////var/jobs.db` is absolute.
#[cfg(feature = "sqlite")]
fn sqlite(rest: &str) -> Result<Source, StoreError> {
    let path = match rest.strip_prefix("//") {
        Some(rest) => rest.strip_prefix('/').unwrap_or(rest),
        None => rest,
    };
    if path.is_empty() || path == ":memory:" {
        return Err(StoreError::Settings(
            "SQLite in memory keeps nothing: use the memory store".to_owned(),
        ));
    }
    if path.contains('?') {
        return Err(StoreError::Settings("an sqlite url takes no parameters".to_owned()));
    }
    Ok(Source::Sqlite(PathBuf::from(path)))
}

#[cfg(feature = "postgres")]
fn postgres(rest: &str) -> Result<Source, StoreError> {
    match format!("postgresql:{rest}").parse() {
        Ok(options) => Ok(Source::Postgres(Box::new(options))),
        Err(_) => Err(unreadable("postgresql")),
    }
}

#[cfg(feature = "mysql")]
fn mysql(rest: &str) -> Result<Source, StoreError> {
    match format!("mysql:{rest}").parse() {
        Ok(options) => Ok(Source::Mysql(Box::new(options))),
        Err(_) => Err(unreadable("mysql")),
    }
}

/// The driver's error may quote what it could not read.
#[cfg(any(feature = "postgres", feature = "mysql"))]
fn unreadable(scheme: &str) -> StoreError {
    StoreError::Settings(format!(
        "the url is not of the form {scheme}://user:password@host:port/database?sslmode=.."
    ))
}

#[cfg(not(feature = "sqlite"))]
fn sqlite(_rest: &str) -> Result<Source, StoreError> {
    Err(left_out("sqlite"))
}

#[cfg(not(feature = "postgres"))]
fn postgres(_rest: &str) -> Result<Source, StoreError> {
    Err(left_out("postgres"))
}

#[cfg(not(feature = "mysql"))]
fn mysql(_rest: &str) -> Result<Source, StoreError> {
    Err(left_out("mysql"))
}

#[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
fn left_out(feature: &str) -> StoreError {
    StoreError::Settings(format!(
        "the url needs the feature `{feature}` of sched-store-sql, which this program is built \
         without"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "sqlite")]
    #[test]
    fn slashes_of_sqlite_are_counted_as_the_reference_does() {
        for (url, expected) in [
            ("sqlite:///jobs.db", "jobs.db"),
            ("sqlite+pysqlite:///a/jobs.db", "a/jobs.db"),
            ("sqlite:////var/jobs.db", "/var/jobs.db"),
            ("sqlite:jobs.db", "jobs.db"),
            ("sqlite:/var/jobs.db", "/var/jobs.db"),
            ("sqlite://jobs.db", "jobs.db"),
        ] {
            match read(url) {
                Ok(Source::Sqlite(path)) => assert_eq!(path, PathBuf::from(expected), "{url}"),
                _ => panic!("{url} is a file"),
            }
        }
        for url in ["sqlite://", "sqlite:///:memory:", "sqlite::memory:", "sqlite:///a?mode=ro"] {
            assert!(read(url).is_err(), "{url}");
        }
    }

    #[test]
    fn an_error_shows_nothing_of_the_url() {
        for url in [
            "oracle://scott:tiger@db",
            "postgresql://scott:tiger@db:port/x",
            "mysql://scott:tiger@db:port/x?sslmode=tiger",
            "postgresql://scott:tiger@db/x?sslmode=tiger",
        ] {
            let error = read(url).err().expect("this is no URL of a database");
            let told = format!("{error} {error:?}");
            assert!(!told.contains("tiger"), "{told}");
        }
    }

    #[cfg(all(feature = "postgres", feature = "mysql"))]
    #[test]
    fn drivers_of_python_are_passed_over() {
        assert!(matches!(read("postgresql+psycopg2://me@db/x"), Ok(Source::Postgres(_))));
        assert!(matches!(read("mysql+pymysql://me@db/x?charset=utf8mb4"), Ok(Source::Mysql(_))));
        assert!(matches!(read("mariadb://me@db/x"), Ok(Source::Mysql(_))));
    }
}
