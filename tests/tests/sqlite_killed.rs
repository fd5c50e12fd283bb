//! A process that writes to a SQLite store is killed: nothing that was acknowledged is lost, and
//! nothing is half written.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use sched_core::{JobStore, Timestamp};
use sched_store_sql::SqlStore;
use tempfile::TempDir;

/// Has a process write, kills it once it has told of `count` writes, and answers the last write
/// that it told of before it was gone.
fn write_and_die(file: &Path, count: usize) -> u64 {
    let mut writer = Command::new(env!("CARGO_BIN_EXE_sqlite-writer"))
        .arg(file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
    let mut last = String::new();
    for _ in 0..count {
        last = lines.next().expect("the writer goes on until it is killed").unwrap();
    }
    writer.kill().unwrap();
    last = lines.map(Result::unwrap).last().unwrap_or(last);
    assert!(!writer.wait().unwrap().success(), "it was killed");
    last.parse().unwrap()
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("jobs.db");
    for round in 1..=5 {
        let acknowledged = write_and_die(&file, 20 * round);
        let store = SqlStore::sqlite(&file).build().unwrap();
        store.open().await.unwrap();
        let record = store.get(&"job".into()).await.unwrap().unwrap();
        let stored = record.revision;
        assert!(stored == acknowledged || stored == acknowledged + 1, "{stored}, {acknowledged}");
        assert_eq!(record.body.bytes().unwrap(), stored.to_string().as_bytes());
        assert_eq!(&*record.lane, stored.to_string());
        let due = Timestamp::from_micros(i64::try_from(stored).unwrap());
        assert_eq!(store.next_due(&[record.lane]).await.unwrap(), Some(due));
        store.close().await.unwrap();
    }
}
