//! On a table such as the store's, with the statements that suit a server best.

use async_trait::async_trait;
use sched_core::store::Record;
use sched_core::{JobStore, Timestamp};
use sched_store_sql::SqlStore;
use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection, PgConnection, SqliteConnection};

use super::Raw;
use crate::Outcome;

const TABLE: &str = "sched_bench_raw";

/// Makes the table, with these records in it and nothing else.
async fn fill(url: &str, records: &[Record]) -> Outcome {
    let store = SqlStore::builder(url).table(TABLE).build()?;
    store.open().await?;
    store.clear().await?;
    for batch in records.chunks(super::BATCH) {
        store.insert(batch.to_vec()).await?;
    }
    store.close().await?;
    Ok(())
}

fn ids(records: &[Record]) -> Vec<&[u8]> {
    records.iter().map(|record| record.id.as_bytes()).collect()
}

/// PostgreSQL: one statement over arrays.
pub(super) struct Postgres {
    connection: PgConnection,
    url: String,
}

impl Postgres {
    pub(super) async fn connect(url: String) -> Result<Self, sqlx::Error> {
        let mut connection = PgConnection::connect(&url).await?;
        // As the store has it: by the index, whatever the planner knows of a table just filled.
        connection.execute("SET enable_seqscan = off; SET enable_mergejoin = off").await?;
        Ok(Postgres { connection, url })
    }
}

#[async_trait]
impl Raw for Postgres {
    async fn fill(&mut self, records: &[Record]) -> Outcome {
        fill(&self.url, records).await
    }

    async fn claim(&mut self, records: &[Record], due: Timestamp) -> Outcome {
        let bodies =
            records.iter().map(|record| record.body.bytes()).collect::<Result<Vec<_>, _>>()?;
        // Such that the planner does not see how long the arrays are: it is faster by half.
        let update = "UPDATE sched_bench_raw AS job SET due_at = $3, revision = revision + 1, \
             body = new.body FROM unnest((SELECT $1::bytea[]), (SELECT $2::bytea[])) AS new(id, body) \
             WHERE job.id = new.id";
        let update = sqlx::query(update).bind(ids(records)).bind(bodies).bind(due.as_micros());
        update.execute(&mut self.connection).await?;
        Ok(())
    }

    async fn end(&mut self, records: &[Record]) -> Outcome {
        let delete = sqlx::query(
            "DELETE FROM sched_bench_raw WHERE id = ANY((SELECT $1::bytea[])::bytea[])",
        )
        .bind(ids(records));
        delete.execute(&mut self.connection).await?;
        Ok(())
    }
}

fn places(of: &str, count: usize) -> String {
    vec![of; count].join(", ")
}

macro_rules! rows {
    ($name:ident, $connection:ty, $overwrite:literal, $doc:literal) => {
        #[doc = $doc]
        pub(super) struct $name {
            connection: $connection,
            url: String,
        }

        impl $name {
            pub(super) async fn connect(url: String) -> Result<Self, sqlx::Error> {
                Ok($name { connection: <$connection>::connect(&url).await?, url })
            }
        }

        #[async_trait]
        impl Raw for $name {
            async fn fill(&mut self, records: &[Record]) -> Outcome {
                fill(&self.url, records).await
            }

            async fn claim(&mut self, records: &[Record], due: Timestamp) -> Outcome {
                let sql = format!(
                    "INSERT INTO sched_bench_raw (id, lane, due_at, revision, body) VALUES {} {}",
                    places("(?, ?, ?, ?, ?)", records.len()),
                    $overwrite
                );
                let mut write = sqlx::query(AssertSqlSafe(sql));
                for record in records {
                    write = write.bind(record.id.as_bytes()).bind(record.lane.as_bytes());
                    write = write.bind(due.as_micros()).bind(record.revision as i64 + 1);
                    write = write.bind(record.body.bytes()?);
                }
                write.execute(&mut self.connection).await?;
                Ok(())
            }

            async fn end(&mut self, records: &[Record]) -> Outcome {
                let places = places("?", records.len());
                let sql = format!("DELETE FROM sched_bench_raw WHERE id IN ({places})");
                let mut delete = sqlx::query(AssertSqlSafe(sql));
                for record in records {
                    delete = delete.bind(record.id.as_bytes());
                }
                delete.execute(&mut self.connection).await?;
                Ok(())
            }
        }
    };
}

rows!(
    Sqlite,
    SqliteConnection,
    "ON CONFLICT (id) DO UPDATE SET due_at = excluded.due_at, revision = excluded.revision, \
     body = excluded.body",
    "SQLite: many rows in one statement."
);
rows!(
    MySql,
    MySqlConnection,
    "ON DUPLICATE KEY UPDATE due_at = VALUES(due_at), revision = VALUES(revision), \
     body = VALUES(body)",
    "MariaDB: many rows in one statement."
);
