//! The same jobs on real servers, laid out as the reference lays them out.

use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Document, doc};
use redis::AsyncCommands;
use sched_import::apscheduler::StoredJob;
use sched_import::source;
use sched_testservers::{Service, shared};
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::{TABLES, expected, fixtures, import, stored};

const VERSION: &str = "3.11.3";

async fn jobs() -> Vec<StoredJob> {
    stored(&fixtures(), VERSION, TABLES[0]).await
}

/// A name that no other test has.
fn name() -> String {
    format!("import_{:016x}", fastrand::u64(..))
}

#[tokio::test]
async fn postgres() {
    let Some(url) = shared(Service::Postgres) else { return };
    let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
    let schema = name();
    let table = format!("{schema}.apscheduler_jobs");
    // What SQLAlchemy makes of the reference's table.
    let create = format!(
        "CREATE SCHEMA {schema}; CREATE TABLE {table} (id VARCHAR(191) NOT NULL, \
         next_run_time FLOAT(25), job_state BYTEA NOT NULL, PRIMARY KEY (id)); \
         CREATE INDEX ix ON {table} (next_run_time)"
    );
    connection.execute(AssertSqlSafe(create)).await.unwrap();
    for job in jobs().await {
        sqlx::query(AssertSqlSafe(format!("INSERT INTO {table} VALUES ($1, $2, $3)")))
            .bind(job.id)
            .bind(job.next_run_time)
            .bind(job.state)
            .execute(&mut connection)
            .await
            .unwrap();
    }
    expected::check(
        &import(source::postgres::read(&url, &table).await.unwrap()),
        &fixtures(),
        VERSION,
    );
    connection.execute(AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE"))).await.unwrap();

    let error = source::postgres::read(&url, &table).await.unwrap_err();
    assert!(error.to_string().starts_with(&format!("reading table {table}: ")), "{error}");
}

#[tokio::test]
async fn redis() {
    let Some(url) = shared(Service::Redis) else { return };
    let client = redis::Client::open(url.as_str()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let (jobs_key, run_times_key) = (name(), name());
    for job in jobs().await {
        let _: () = connection.hset(&jobs_key, &job.id, job.state).await.unwrap();
        if let Some(due) = job.next_run_time {
            let _: () = connection.zadd(&run_times_key, &job.id, due).await.unwrap();
        }
    }
    let read = async || source::redis::read(&url, &jobs_key, &run_times_key).await.unwrap();
    expected::check(&import(read().await), &fixtures(), VERSION);

    // A job that is due and has no state, which the reference would drop.
    let _: () = connection.zadd(&run_times_key, "ghost", 1).await.unwrap();
    let import = import(read().await);
    let ghost = import.refused.iter().find(|refused| refused.id == "ghost").unwrap();
    assert_eq!(ghost.to_string(), "ghost: the store holds no state of it");
    let _: () = connection.del(&[&jobs_key, &run_times_key]).await.unwrap();
}

#[tokio::test]
async fn mongodb() {
    let Some(url) = shared(Service::MongoDb) else { return };
    let client = mongodb::Client::with_uri_str(&url).await.unwrap();
    let database = name();
    let collection = client.database(&database).collection::<Document>("jobs");
    for job in jobs().await {
        let state = Binary { subtype: BinarySubtype::Generic, bytes: job.state };
        let document =
            doc! { "_id": job.id, "next_run_time": job.next_run_time, "job_state": state };
        collection.insert_one(document).await.unwrap();
    }
    let read = async || source::mongodb::read(&url, &database, "jobs").await.unwrap();
    expected::check(&import(read().await), &fixtures(), VERSION);

    // Documents of somebody else's.
    collection.insert_one(doc! { "_id": 7, "job_state": "text" }).await.unwrap();
    collection.insert_one(doc! { "_id": "other", "next_run_time": "soon" }).await.unwrap();
    let import = import(read().await);
    for id in ["7", "other"] {
        let refused = import.refused.iter().find(|refused| refused.id == id).unwrap();
        assert_eq!(refused.to_string(), format!("{id}: the store holds no state of it"));
    }
    client.database(&database).drop().await.unwrap();
}
