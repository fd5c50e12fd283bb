//! Writes one record of a SQLite store again and again, and tells each write once the store has
//! acknowledged it, until it is killed. For the test of crashes.

use std::io::Write;

use sched_core::store::{Body, Change, NewState, Record};
use sched_core::{JobStore, Timestamp};
use sched_store_sql::SqlStore;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("which file?")?;
    let store = SqlStore::sqlite(file).build()?;
    store.open().await?;
    let body = Body::from_bytes(&b"1"[..]);
    let new = Record { id: "job".into(), lane: "1".into(), due_at: None, revision: 1, body };
    store.insert(vec![new]).await?;
    let record = store.get(&"job".into()).await?.ok_or("it was inserted")?;
    let mut out = std::io::stdout().lock();
    for revision in record.revision.. {
        // All that is stored tells of the same write.
        let number = revision + 1;
        let to = NewState {
            lane: number.to_string().into(),
            due_at: Some(Timestamp::from_micros(i64::try_from(number)?)),
            body: Body::from_bytes(number.to_string().into_bytes()),
        };
        let change = Change { id: "job".into(), revision, to: Some(to) };
        if store.swap(vec![change]).await? != [true] {
            return Err("somebody else writes".into());
        }
        writeln!(out, "{number}")?;
        out.flush()?;
    }
    Ok(())
}
