//! Jobs that are added in a transaction of the caller's own, on each server.
#![cfg(all(feature = "sqlite", feature = "postgres", feature = "mysql"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use sched_core::event::{EventStream, StreamItem};
use sched_core::task::{Args, Invocation};
use sched_core::{
    Context, EventMask, JobId, JobStore, PreparedJob, Scheduler, Shutdown, Task, Timestamp,
};
use sched_exec_tokio::TokioExecutor;
use sched_store_sql::{AddError, GivenPool, SqlStore};
use sched_testservers::{Service, shared};
use sqlx::{AssertSqlSafe, Executor, MySqlPool, PgPool, SqlitePool};
use tempfile::TempDir;

/// A table of a test's own, and a scheduler on it that looks by itself once in an hour.
struct Stage {
    table: String,
    store: Arc<SqlStore>,
    scheduler: Scheduler,
    events: EventStream,
}

impl Stage {
    async fn new(pool: impl Into<GivenPool>) -> Self {
        let table = format!("transaction_{}", &*JobId::unique());
        let store = Arc::new(SqlStore::with_pool(pool).table(&table).build().unwrap());
        let scheduler = scheduler(store.clone()).await;
        let events = scheduler.events(EventMask::all());
        Stage { table, store, scheduler, events }
    }

    fn prepare(&self, id: &str) -> PreparedJob {
        let call = Invocation::named("nothing", Args::NONE);
        self.scheduler.add(call).id(id).at(Timestamp::from_secs(0)).prepare().unwrap()
    }

    async fn ids(&self) -> Vec<String> {
        let all = self.store.list(None, 100).await.unwrap();
        all.into_iter().map(|record| record.id.to_string()).collect()
    }

    /// What was told of a job, up to its end.
    async fn until_executed(&mut self, id: &str) -> Vec<EventMask> {
        let told = async {
            let mut told = Vec::new();
            loop {
                match self.events.next().await.unwrap() {
                    StreamItem::Event(event) => {
                        if event.job_id().is_some_and(|job| &**job == id) {
                            told.push(event.code());
                        }
                        if told.last() == Some(&EventMask::JOB_EXECUTED) {
                            return told;
                        }
                    }
                    other => panic!("{other:?}"),
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), told).await.expect("the job runs")
    }

    async fn end(self) -> String {
        self.scheduler.shutdown(Shutdown::Wait).await.unwrap();
        format!("DROP TABLE {0}{1}{0}, {0}{1}$schema{0}", '?', self.table)
    }
}

async fn scheduler(store: Arc<SqlStore>) -> Scheduler {
    let scheduler = Scheduler::builder()
        .shared_jobstore("default", store)
        .executor("default", TokioExecutor::new())
        .poll_interval(Duration::from_secs(3_600))
        .task(Task::asynchronous("nothing", |_: Context, ()| async {}))
        .build()
        .unwrap();
    scheduler.start().await.unwrap();
    scheduler
}

/// The same tests on each: sqlx's pools have no type in common.
macro_rules! on_server {
    ($name:ident, $pool:expr, $quote:literal) => {
        mod $name {
            use super::*;

            async fn drop_tables(stage: Stage) {
                let Some((pool, _folder)) = $pool.await else { return };
                let sql = stage.end().await.replace('?', $quote);
                if $quote != "'" {
                    pool.execute(AssertSqlSafe(sql)).await.unwrap();
                }
            }

            #[tokio::test]
            async fn a_job_is_there_with_the_commit_and_not_before() {
                let Some((pool, _folder)) = $pool.await else { return };
                let mut stage = Stage::new(pool.clone()).await;
                // Else it could be over before it is looked for.
                stage.scheduler.pause().unwrap();
                let job = stage.prepare("job");
                assert_eq!((job.id().as_str(), &**job.store()), ("job", "default"));
                let mut transaction = pool.begin().await.unwrap();
                stage.store.add_in(&mut transaction, &job).await.unwrap();
                assert_eq!(stage.ids().await, [""; 0], "another connection sees nothing");
                transaction.commit().await.unwrap();
                assert_eq!(stage.ids().await.len(), 1);
                let job = job.committed();
                assert_eq!(job.store().map(|alias| &**alias), Some("default"));
                stage.scheduler.resume().unwrap();
                let told = stage.until_executed("job").await;
                assert_eq!(told.iter().filter(|kind| **kind == EventMask::JOB_ADDED).count(), 1);
                drop_tables(stage).await;
            }

            #[tokio::test]
            async fn what_is_rolled_back_or_dropped_was_never_there() {
                let Some((pool, _folder)) = $pool.await else { return };
                let mut stage = Stage::new(pool.clone()).await;
                stage.scheduler.pause().unwrap();
                let mut transaction = pool.begin().await.unwrap();
                stage.store.add_in(&mut transaction, &stage.prepare("back")).await.unwrap();
                transaction.rollback().await.unwrap();
                let mut transaction = pool.begin().await.unwrap();
                stage.store.add_in(&mut transaction, &stage.prepare("drop")).await.unwrap();
                drop(transaction);
                // A connection of the caller's own, without a transaction: at once.
                let mut connection = pool.acquire().await.unwrap();
                let kept = stage.prepare("kept");
                stage.store.add_in(&mut connection, &kept).await.unwrap();
                drop(connection);
                assert_eq!(stage.ids().await, ["kept"]);
                kept.committed();
                stage.scheduler.resume().unwrap();
                stage.until_executed("kept").await;
                assert!(stage.scheduler.get_job("back").await.unwrap().is_none());
                drop_tables(stage).await;
            }

            #[tokio::test]
            async fn an_id_that_is_taken_is_told_and_the_transaction_goes_on() {
                let Some((pool, _folder)) = $pool.await else { return };
                let stage = Stage::new(pool.clone()).await;
                stage.scheduler.pause().unwrap();
                let call = Invocation::named("nothing", Args::NONE);
                stage.scheduler.add(call).id("taken").paused().await.unwrap();
                let mut transaction = pool.begin().await.unwrap();
                let refused =
                    stage.store.add_in(&mut transaction, &stage.prepare("taken")).await.unwrap_err();
                assert!(matches!(&refused, AddError::ConflictingId { id } if &**id == "taken"));
                stage.store.add_in(&mut transaction, &stage.prepare("other")).await.unwrap();
                let twice =
                    stage.store.add_in(&mut transaction, &stage.prepare("other")).await.unwrap_err();
                assert!(matches!(twice, AddError::ConflictingId { .. }), "{twice}");
                transaction.commit().await.unwrap();
                assert_eq!(stage.ids().await, ["other", "taken"]);
                drop_tables(stage).await;
            }

            #[tokio::test]
            async fn a_store_that_is_not_open_says_so() {
                let Some((pool, _folder)) = $pool.await else { return };
                let stage = Stage::new(pool.clone()).await;
                let closed = SqlStore::with_pool(pool.clone()).table(&stage.table).build().unwrap();
                let mut transaction = pool.begin().await.unwrap();
                let job = stage.prepare("job");
                let refused = closed.add_in(&mut transaction, &job).await.unwrap_err();
                assert!(refused.to_string().contains("not open"), "{refused}");
                transaction.rollback().await.unwrap();
                drop_tables(stage).await;
            }
        }
    };
}

async fn sqlite() -> Option<(SqlitePool, TempDir)> {
    let folder = TempDir::new().unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(folder.path().join("own.db"))
        .create_if_missing(true)
        .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal);
    Some((SqlitePool::connect_with(options).await.unwrap(), folder))
}

async fn postgres() -> Option<(PgPool, ())> {
    Some((PgPool::connect(&shared(Service::Postgres)?).await.unwrap(), ()))
}

async fn mysql() -> Option<(MySqlPool, ())> {
    Some((MySqlPool::connect(&shared(Service::MariaDb)?).await.unwrap(), ()))
}

// The file goes with its folder.
on_server!(on_sqlite, sqlite(), "'");
on_server!(on_postgres, postgres(), "\"");
on_server!(on_mysql, mysql(), "`");

/// Nobody says that it was committed, and nobody looks: the commit itself tells both schedulers.
#[tokio::test]
async fn the_commit_wakes_every_scheduler_on_postgresql() {
    let Some((pool, ())) = postgres().await else { return };
    let mut stage = Stage::new(pool.clone()).await;
    let other = Arc::new(SqlStore::with_pool(pool.clone()).table(&stage.table).build().unwrap());
    let other = scheduler(other).await;
    let mut others = other.events(EventMask::JOB_EXECUTED);
    for round in 0..4 {
        // Each of them in turn is the only one that could run it.
        let (awake, asleep) =
            if round % 2 == 0 { (&stage.scheduler, &other) } else { (&other, &stage.scheduler) };
        asleep.pause().unwrap();
        let id = format!("job {round}");
        let mut transaction = pool.begin().await.unwrap();
        stage.store.add_in(&mut transaction, &stage.prepare(&id)).await.unwrap();
        transaction.commit().await.unwrap();
        let mine = awake.clone();
        if round % 2 == 0 {
            stage.until_executed(&id).await;
        } else {
            let ran = tokio::time::timeout(Duration::from_secs(30), others.next()).await;
            assert!(ran.unwrap().is_some());
        }
        assert!(mine.is_running());
        let asleep = if round % 2 == 0 { &other } else { &stage.scheduler };
        asleep.resume().unwrap();
    }
    other.shutdown(Shutdown::Wait).await.unwrap();
    let sql = stage.end().await.replace('?', "\"");
    pool.execute(AssertSqlSafe(sql)).await.unwrap();
}

#[tokio::test]
async fn a_transaction_on_another_kind_of_server_is_refused() {
    let Some((pool, ())) = postgres().await else { return };
    let (file, _folder) = sqlite().await.unwrap();
    let stage = Stage::new(file).await;
    let mut transaction = pool.begin().await.unwrap();
    let refused = stage.store.add_in(&mut transaction, &stage.prepare("job")).await.unwrap_err();
    assert!(refused.to_string().contains("Postgres was given"), "{refused}");
}
