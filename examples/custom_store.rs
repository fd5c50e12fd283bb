//! A job store of one's own: one JSON file, written anew with each change. For a handful of jobs;
//! what it shows is how little a store has to know.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sched_core::store::{Body, Change, NewState, Record, StoreError};
use sched_core::{EventMask, JobFilter, JobId, JobStore, Scheduler, Shutdown, Timestamp, task};
use sched_exec_tokio::TokioExecutor;
use serde::{Deserialize, Serialize};

/// Keeps jobs in a file, which any number of processes may share.
#[derive(Debug, Clone)]
struct FileStore {
    file: PathBuf,
}

/// A record, in a form that serde can write. What is in the body is none of our business.
#[derive(Serialize, Deserialize)]
struct Row {
    lane: String,
    due_at: Option<i64>,
    revision: u64,
    body: Vec<u8>,
}

type Rows = BTreeMap<String, Row>;

impl Row {
    fn new(revision: u64, to: &NewState) -> Result<Row, StoreError> {
        let body = to.body.bytes()?.to_vec();
        let due_at = to.due_at.map(Timestamp::as_micros);
        Ok(Row { lane: to.lane.to_string(), due_at, revision, body })
    }

    fn record(&self, id: &str) -> Record {
        Record {
            id: JobId::from(id),
            lane: Arc::from(&*self.lane),
            due_at: self.due_at.map(Timestamp::from_micros),
            revision: self.revision,
            body: Body::from_bytes(&*self.body),
        }
    }
}

impl FileStore {
    /// Reads the file, under a lock that other processes heed, and writes it if `work` says so.
    async fn with<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&mut Rows) -> Result<(T, Write), StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let file = self.file.clone();
        let fault = move |source: io::Error| StoreError::Unavailable {
            operation,
            source: Box::new(source),
        };
        let call = move || {
            let lock = File::create(file.with_extension("lock")).map_err(fault)?;
            lock.lock().map_err(fault)?; // until it is closed, at the end
            let mut rows: Rows = match fs::read(&file) {
                Ok(text) => {
                    serde_json::from_slice(&text).map_err(io::Error::from).map_err(fault)?
                }
                Err(none) if none.kind() == io::ErrorKind::NotFound => Rows::new(),
                Err(error) => return Err(fault(error)),
            };
            let (answer, write) = work(&mut rows)?;
            if write == Write::Yes {
                // Beside it first: whoever is killed in the middle leaves the old one whole.
                let text = serde_json::to_vec(&rows).map_err(io::Error::from).map_err(fault)?;
                let fresh = file.with_extension("fresh");
                fs::write(&fresh, text).map_err(fault)?;
                File::open(&fresh).and_then(|file| file.sync_all()).map_err(fault)?;
                fs::rename(fresh, &file).map_err(fault)?;
            }
            Ok(answer)
        };
        // Files block. A call that is dropped here goes on to its end there.
        match tokio::task::spawn_blocking(call).await {
            Ok(answer) => answer,
            Err(gone) => Err(fault(io::Error::other(gone))),
        }
    }
}

#[derive(PartialEq)]
enum Write {
    Yes,
    No,
}

#[async_trait]
impl JobStore for FileStore {
    async fn open(&self) -> Result<(), StoreError> {
        self.with("open", |_| Ok(((), Write::No))).await
    }

    async fn close(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn insert(&self, records: Vec<Record>) -> Result<Vec<bool>, StoreError> {
        self.with("insert", |rows| {
            let mut answers = Vec::new();
            for Record { id, lane, due_at, revision, body } in records {
                let row = Row::new(revision, &NewState { lane, due_at, body })?;
                let is_new = !rows.contains_key(id.as_str());
                if is_new {
                    rows.insert(id.to_string(), row);
                }
                answers.push(is_new);
            }
            Ok((answers, Write::Yes))
        })
        .await
    }

    async fn get(&self, id: &JobId) -> Result<Option<Record>, StoreError> {
        let id = id.to_string();
        self.with("get", move |rows| Ok((rows.get(&id).map(|row| row.record(&id)), Write::No)))
            .await
    }

    async fn list(&self, after: Option<&JobId>, limit: usize) -> Result<Vec<Record>, StoreError> {
        let after = after.map(ToString::to_string);
        self.with("list", move |rows| {
            let rows = rows.iter().filter(|(id, _)| after.as_ref().is_none_or(|after| *id > after));
            Ok((rows.take(limit).map(|(id, row)| row.record(id)).collect(), Write::No))
        })
        .await
    }

    async fn due(
        &self,
        lane: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let (lane, now) = (lane.to_owned(), now.as_micros());
        self.with("due", move |rows| {
            let is_due = |row: &Row| row.lane == lane && row.due_at.is_some_and(|at| at <= now);
            let mut due: Vec<_> = rows.iter().filter(|(_, row)| is_due(row)).collect();
            due.sort_by_key(|(_, row)| row.due_at);
            Ok((due.iter().take(limit).map(|(id, row)| row.record(id)).collect(), Write::No))
        })
        .await
    }

    async fn next_due(&self, lanes: &[Arc<str>]) -> Result<Option<Timestamp>, StoreError> {
        let lanes = lanes.to_vec();
        self.with("next_due", move |rows| {
            let wanted = rows.values().filter(|row| lanes.iter().any(|lane| **lane == *row.lane));
            Ok((wanted.filter_map(|row| row.due_at).min().map(Timestamp::from_micros), Write::No))
        })
        .await
    }

    async fn lanes(&self) -> Result<Vec<Arc<str>>, StoreError> {
        self.with("lanes", |rows| {
            let mut lanes: Vec<Arc<str>> = rows
                .values()
                .filter(|row| row.due_at.is_some())
                .map(|row| Arc::from(&*row.lane))
                .collect();
            lanes.sort();
            lanes.dedup();
            Ok((lanes, Write::No))
        })
        .await
    }

    /// The heart: of two who change a record at one revision, one wins. Here the lock sees to it.
    async fn swap(&self, changes: Vec<Change>) -> Result<Vec<bool>, StoreError> {
        self.with("swap", |rows| {
            let mut answers = Vec::new();
            for Change { id, revision, to } in changes {
                let to = to.map(|to| Row::new(revision + 1, &to)).transpose()?;
                let wins = rows.get(id.as_str()).is_some_and(|row| row.revision == revision);
                match to {
                    _ if !wins => {}
                    Some(row) => drop(rows.insert(id.to_string(), row)),
                    None => drop(rows.remove(id.as_str())),
                }
                answers.push(wins);
            }
            Ok((answers, Write::Yes))
        })
        .await
    }

    async fn clear(&self) -> Result<(), StoreError> {
        self.with("clear", |rows| {
            rows.clear();
            Ok(((), Write::Yes))
        })
        .await
    }
}

#[task]
async fn greet(whom: String) {
    println!("  hello, {whom}");
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let store = FileStore { file: folder.path().join("jobs.json") };
    let scheduler = |name: &str| {
        let builder = Scheduler::builder().name(name).poll_interval(Duration::from_millis(200));
        builder.jobstore("default", store.clone()).executor("default", TokioExecutor::new()).build()
    };
    // Two schedulers on one file, as two programs would be. Leases, retries, limits, take-overs:
    // all of that is core's, and works.
    let (one, two) = (scheduler("one")?, scheduler("two")?);
    let ends = EventMask::JOB_EXECUTED | EventMask::JOB_ERROR;
    let (mut of_one, mut of_two) = (one.events(ends), two.events(ends));
    one.start().await?;
    two.start().await?;
    one.add(greet.call("Ada")).every(Duration::from_millis(300)).max_runs(4).await?;
    for _ in 0..4 {
        tokio::select! {
            _ = of_one.next() => println!("  was run by one"),
            _ = of_two.next() => println!("  was run by two"),
        }
    }
    one.add(greet.call("Grace")).cron("@daily").id("daily").await?;
    one.shutdown(Shutdown::Wait).await?;
    println!("{} job is left in the file", two.get_jobs(JobFilter::all()).await?.len());
    two.shutdown(Shutdown::Wait).await?;
    println!("{} bytes of JSON", fs::metadata(&store.file)?.len());
    Ok(())
}
