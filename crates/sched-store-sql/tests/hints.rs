//! What a PostgreSQL store tells others of its last writes, and after a notification that failed.
#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used, reason = "a test")]

use futures_util::StreamExt;
use sched_core::store::{Body, Hint, Record};
use sched_core::{JobStore, Timestamp};
use sched_store_sql::SqlStore;
use sched_testservers::{Service, shared};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Executor, PgPool};

fn record(due: i64) -> Record {
    Record {
        id: due.to_string().into(),
        lane: "default".into(),
        due_at: Some(Timestamp::from_micros(due)),
        revision: 1,
        body: Body::from_bytes(*b"a job"),
    }
}

fn due(at: i64) -> Option<Hint> {
    Some(Hint::Due(Timestamp::from_micros(at)))
}

async fn pool(options: PgConnectOptions) -> PgPool {
    PgPoolOptions::new().max_connections(3).connect_with(options).await.unwrap()
}

async fn discard(url: &str, table: &str) {
    let pool = pool(url.parse().unwrap()).await;
    let drop = format!(r#"DROP TABLE IF EXISTS "{table}", "{table}$schema""#);
    pool.execute(AssertSqlSafe(drop)).await.unwrap();
}

#[tokio::test]
async fn what_was_written_just_before_the_end_is_told() {
    let Some(url) = shared(Service::Postgres) else { return };
    let table = "hints_at_the_end";
    discard(&url, table).await;
    let store = || SqlStore::builder(&url).table(table).build().unwrap();
    let (listener, other) = (store(), store());
    listener.open().await.unwrap();
    other.open().await.unwrap();
    let mut hints = listener.changes().await.unwrap().unwrap();
    for given in [false, true] {
        let writer = if given {
            let pool = pool(url.parse().unwrap()).await;
            SqlStore::with_pool(pool).table(table).build().unwrap()
        } else {
            store()
        };
        writer.open().await.unwrap();
        // After this one, the next is held back for a moment.
        writer.insert(vec![record(10 + i64::from(given))]).await.unwrap();
        assert_eq!(hints.next().await, due(10 + i64::from(given)));
        writer.insert(vec![record(5 + i64::from(given))]).await.unwrap();
        writer.close().await.unwrap();
        // Commits are told of in order.
        other.tell(Hint::Anything).await.unwrap();
        assert_eq!(hints.next().await, due(5 + i64::from(given)), "given: {given}");
        assert_eq!(hints.next().await, Some(Hint::Anything));
    }
    discard(&url, table).await;
}

/// The server refuses to notify until the test has seen it do so.
#[tokio::test]
async fn what_could_not_be_told_is_told_later() {
    let Some(url) = shared(Service::Postgres) else { return };
    let table = "hints_told_later";
    discard(&url, table).await;
    let options: PgConnectOptions = url.parse().unwrap();
    let admin = pool(options.clone()).await;
    let broken = "
        DROP SCHEMA IF EXISTS hints_broken CASCADE;
        CREATE SCHEMA hints_broken;
        CREATE SEQUENCE hints_broken.refusals;
        CREATE FUNCTION hints_broken.pg_notify(text, text) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM nextval('hints_broken.refusals');
            RAISE EXCEPTION 'not now';
        END $$;";
    sqlx::raw_sql(broken).execute(&admin).await.unwrap();
    let listener = SqlStore::builder(&url).table(table).schema("public").build().unwrap();
    listener.open().await.unwrap();
    let mut hints = listener.changes().await.unwrap().unwrap();

    let broken = options.options([("search_path", "hints_broken,pg_catalog,public")]);
    let writer = SqlStore::with_pool(pool(broken).await);
    let writer = writer.table(table).schema("public").build().unwrap();
    writer.open().await.unwrap();
    writer.insert(vec![record(5)]).await.unwrap();
    let refused = "SELECT is_called FROM hints_broken.refusals";
    while !sqlx::query_scalar::<_, bool>(refused).fetch_one(&admin).await.unwrap() {}
    admin.execute("DROP FUNCTION hints_broken.pg_notify").await.unwrap();
    assert_eq!(hints.next().await, due(5));

    writer.close().await.unwrap();
    admin.execute("DROP SCHEMA hints_broken CASCADE").await.unwrap();
    discard(&url, table).await;
}
