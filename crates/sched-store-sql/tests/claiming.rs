//! How PostgreSQL is asked: by index, and without locks as long as nobody else claims.
#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ops::Range;
use std::time::Duration;

use sched_core::store::{Body, Change, NewState, Record};
use sched_core::{Clock, JobId, JobStore, SystemClock, Timestamp};
use sched_store_sql::SqlStore;
use sched_testservers::{Service, shared};
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, PgPool};

fn state() -> NewState {
    let due_at = Some(Timestamp::from_micros(1));
    NewState { lane: "default".into(), due_at, body: Body::from_bytes(vec![7; 100]) }
}

fn id(number: usize) -> JobId {
    format!("{number:05}").into()
}

fn record(number: usize) -> Record {
    let NewState { lane, due_at, body } = state();
    Record { id: id(number), lane, due_at, revision: 1, body }
}

async fn pool(url: &str) -> PgPool {
    PgPoolOptions::new().max_connections(1).connect(url).await.unwrap()
}

/// The planner makes up its mind while the table is small, and reads all of it if it may.
#[tokio::test]
async fn a_table_that_has_grown_and_nobody_has_analysed_is_read_by_its_indexes() {
    const ROWS: usize = 4_000;
    const BATCH: usize = 1_000;
    let Some(url) = shared(Service::Postgres) else { return };
    let (table, pool) = (format!("fresh_{}", JobId::unique()), pool(&url).await);
    let store = SqlStore::builder(&url).table(&*table).connections(1).build().unwrap();
    store.open().await.unwrap();
    let ours = format!(r#"ALTER TABLE "{table}" SET (autovacuum_enabled = off)"#);
    sqlx::query(AssertSqlSafe(ours)).execute(&pool).await.unwrap();
    let all_of = async |numbers: Range<usize>, revision: u64| {
        let count = numbers.len();
        let to = || (revision == 1).then(state);
        let change = |number| Change { id: id(number), revision, to: to() };
        assert_eq!(store.swap(numbers.map(change).collect()).await.unwrap(), vec![true; count]);
        store.due("default", Timestamp::MAX, count).await.unwrap();
    };
    for number in 0..10 {
        store.insert(vec![record(number)]).await.unwrap();
        all_of(number..number + 1, 1).await;
        all_of(number..number + 1, 2).await;
    }
    for from in (0..ROWS).step_by(BATCH) {
        let records = (from..from + BATCH).map(record).collect();
        assert_eq!(store.insert(records).await.unwrap(), [true; BATCH]);
    }
    all_of(0..BATCH, 1).await;
    all_of(0..BATCH, 2).await;
    // What a connection has read is counted at its end at the latest.
    store.close().await.unwrap();
    let counted = "SELECT n_tup_del, seq_tup_read FROM pg_stat_user_tables WHERE relname = $1";
    let read = loop {
        let counts: (i64, i64) =
            sqlx::query_as(counted).bind(&table).fetch_one(&pool).await.unwrap();
        if counts.0 >= BATCH as i64 {
            break counts.1;
        }
        SystemClock::new().sleep(Duration::from_millis(20)).await;
    };
    assert!(read < ROWS as i64, "{read} rows were read one after the other");
    sqlx::query(AssertSqlSafe(format!(r#"DROP TABLE "{table}""#))).execute(&pool).await.unwrap();
}

/// Whether a row of the table can be locked, seen from a connection that waits for nobody.
fn is_free(url: &str, table: &str) -> bool {
    let (url, table) = (url.to_owned(), table.to_owned());
    let look = async move {
        let free = format!(r#"SELECT id FROM "{table}" FOR UPDATE SKIP LOCKED"#);
        let rows = sqlx::query(AssertSqlSafe(free)).fetch_all(&pool(&url).await).await.unwrap();
        !rows.is_empty()
    };
    // A planner cannot wait.
    let thread = std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(look)
    });
    thread.join().unwrap()
}

#[tokio::test]
async fn rows_are_locked_for_some_time_once_a_claim_has_lost_some() {
    let Some(url) = shared(Service::Postgres) else { return };
    let table = format!("rivals_{}", JobId::unique());
    let store = SqlStore::builder(&url).table(&*table).build().unwrap();
    store.open().await.unwrap();
    assert_eq!(store.insert(vec![record(1)]).await.unwrap(), [true]);
    // Whether the row was locked while it was planned; `behind`: as if another had changed it.
    let claim = async |behind: bool| {
        let mut locked = false;
        let mut plan = |record: &Record| {
            locked = !is_free(&url, &table);
            let revision = record.revision - u64::from(behind);
            Some(Change { id: record.id.clone(), revision, to: Some(state()) })
        };
        let claimed = store.claim("default", Timestamp::MAX, 10, &mut plan).await.unwrap();
        assert_eq!(claimed.won, [!behind]);
        locked
    };
    assert!(!claim(false).await, "nobody else claims");
    assert!(!claim(true).await, "nobody knew");
    for number in 0..64 {
        assert!(claim(false).await, "claim {number} after one that lost");
    }
    assert!(!claim(false).await, "it seems that nobody else claims any more");
    store.clear().await.unwrap();
}
