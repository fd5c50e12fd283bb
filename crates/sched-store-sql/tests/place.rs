//! Where the table is, who makes it, and what is refused.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::error::Error;

use sched_core::JobStore;
use sched_core::config::{Config, Plugins};
use sched_core::store::{Body, Record, StoreError};
use sched_store_sql::SqlStore;
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, SqlitePool};
use tempfile::TempDir;

async fn pool(folder: &TempDir) -> SqlitePool {
    let file = SqliteConnectOptions::new().filename(folder.path().join("own.db"));
    SqlitePoolOptions::new().connect_with(file.create_if_missing(true)).await.unwrap()
}

fn record(id: &str) -> Record {
    let body = Body::from_bytes(&b"body"[..]);
    Record { id: id.into(), lane: "default".into(), due_at: None, revision: 1, body }
}

fn reason(error: &StoreError) -> String {
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}

#[tokio::test]
async fn a_given_pool_is_used_and_stays_open() {
    let folder = TempDir::new().unwrap();
    let pool = pool(&folder).await;
    let store = SqlStore::with_pool(pool.clone()).table("mine").build().unwrap();
    store.open().await.unwrap();
    assert_eq!(store.insert(vec![record("a")]).await.unwrap(), [true]);
    store.close().await.unwrap();
    let count: i64 =
        sqlx::query_scalar(r#"SELECT count(*) FROM "mine""#).fetch_one(&pool).await.unwrap();
    assert_eq!(count, 1);
}

#[tokio::test]
async fn the_printed_schema_is_all_that_a_store_needs() {
    let folder = TempDir::new().unwrap();
    let pool = pool(&folder).await;
    let describe = || SqlStore::with_pool(pool.clone()).table("mine").migrate(false);
    let store = describe().build().unwrap();
    let error = store.open().await.unwrap_err();
    assert!(matches!(error, StoreError::Refused { operation: "open", .. }), "{error}");
    assert_eq!(reason(&error), "the table is missing, and the store is told not to migrate it");
    assert!(matches!(store.lanes().await, Err(StoreError::NotOpen { operation: "lanes" })));

    sqlx::raw_sql(AssertSqlSafe(describe().schema_sql().unwrap())).execute(&pool).await.unwrap();
    store.open().await.unwrap();
    assert_eq!(store.insert(vec![record("a")]).await.unwrap(), [true]);
    assert_eq!(store.list(None, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_table_newer_than_the_program_is_left_alone() {
    let folder = TempDir::new().unwrap();
    let pool = pool(&folder).await;
    let store = SqlStore::with_pool(pool.clone()).table("mine").build().unwrap();
    store.open().await.unwrap();
    sqlx::query(r#"UPDATE "mine$schema" SET version = 99"#).execute(&pool).await.unwrap();
    let store = SqlStore::with_pool(pool.clone()).table("mine").build().unwrap();
    let error = store.open().await.unwrap_err();
    assert!(matches!(error, StoreError::Refused { operation: "open", .. }), "{error}");
    assert!(reason(&error).contains("version 99"), "{}", reason(&error));
}

#[tokio::test]
async fn an_id_that_no_server_takes_is_refused_by_name() {
    let folder = TempDir::new().unwrap();
    let store = SqlStore::sqlite(folder.path().join("jobs.db")).build().unwrap();
    store.open().await.unwrap();
    let error = store.insert(vec![record("a"), record(&"x".repeat(256))]).await.unwrap_err();
    assert_eq!(reason(&error), "id of 256 bytes; 255 are the most");
    assert!(store.list(None, 10).await.unwrap().is_empty(), "none of the batch was inserted");
}

#[test]
fn names_that_would_need_escaping_are_refused() {
    for name in ["", "1a", "a-b", "a b", "a\"b", "a$b", "ä", &"a".repeat(49)] {
        let built = SqlStore::builder("sqlite:///jobs.db").table(name).build();
        assert!(matches!(built, Err(StoreError::Settings(_))), "{name:?}");
    }
    let schema = SqlStore::builder("sqlite:///jobs.db").schema("other").build();
    assert_eq!(schema.unwrap_err().to_string(), "store settings: SQLite has no schemas");
}

#[cfg(feature = "postgres")]
#[test]
fn nothing_shows_a_password() {
    let url = "postgresql://scott:tiger@db.example/jobs";
    let store = SqlStore::connect(url).unwrap();
    let told = format!("{store:?} {:?}", SqlStore::builder(url));
    assert!(!told.contains("tiger") && told.contains("Postgres"), "{told}");
}

#[test]
fn the_references_options_are_known() {
    let mut plugins = Plugins::new();
    sched_store_sql::register(&mut plugins);
    let build = |store: serde_json::Value| {
        let executors = json!({"default": {"type": "debug"}});
        let config = Config::default().with("executors", executors)?;
        let config = config.with("jobstores", json!({ "default": store }))?;
        config.into_builder(&plugins)?.build()
    };
    let all = json!({
        "type": "sqlalchemy", "url": "sqlite:///jobs.sqlite", "tablename": "apscheduler_jobs",
        "engine_options": {"pool_size": "3", "pool_timeout": 1.5},
    });
    assert_eq!(build(all).unwrap().jobstores().len(), 1);
    for (options, expected) in [
        (json!({"type": "sql"}), "url"),
        (json!({"type": "sql", "url": "sqlite:///a", "tablenam": "a"}), "tablenam"),
        (json!({"type": "sql", "url": "sqlite:///a", "tablename": "a;b"}), "tablename"),
        (
            json!({"type": "sql", "url": "sqlite:///a", "engine_options": {"pool_timeout": -1}}),
            "pool_timeout",
        ),
    ] {
        let error = build(options).err().unwrap();
        let told =
            format!("{error} {}", error.source().map(ToString::to_string).unwrap_or_default());
        assert!(told.contains(expected), "{told}");
    }
}

/// The reference's three slashes are relative: whoever forgets the fourth is told.
#[tokio::test]
async fn a_folder_that_is_not_there_is_named() {
    for (url, hint) in [("sqlite:///no/such/jobs.db", true), ("sqlite:////no/such/jobs.db", false)]
    {
        let told = SqlStore::connect(url).unwrap().open().await.unwrap_err().to_string();
        assert!(told.contains("no folder") && told.contains("no/such/jobs.db"), "{told}");
        assert_eq!(told.contains("four slashes"), hint, "{told}");
    }
}
