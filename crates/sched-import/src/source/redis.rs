//! RedisJobStore.

use std::collections::HashMap;

use redis::AsyncCommands;

use super::SourceError;
use crate::apscheduler::StoredJob;

/// Every job in a database of Redis. `url` is `redis://:password@host:port/database`; the
/// reference's keys are `apscheduler.jobs` and `apscheduler.run_times` unless it was told others.
///
/// A job that is due but has no state comes back with an empty one, so that it is refused by name.
///
/// # Errors
/// [`SourceError`] if the server is not there, or a key holds something else.
pub async fn read(
    url: &str,
    jobs_key: &str,
    run_times_key: &str,
) -> Result<Vec<StoredJob>, SourceError> {
    let client = redis::Client::open(url).map_err(SourceError::of("the address of Redis"))?;
    let connected = client.get_multiplexed_async_connection().await;
    let mut connection = connected.map_err(SourceError::of("connecting to Redis"))?;
    let mut states: HashMap<Vec<u8>, Vec<u8>> = connection
        .hgetall(jobs_key)
        .await
        .map_err(SourceError::of(format!("reading the hash {jobs_key}")))?;
    let run_times: Vec<(Vec<u8>, f64)> =
        connection
            .zrange_withscores(run_times_key, 0, -1)
            .await
            .map_err(SourceError::of(format!("reading the sorted set {run_times_key}")))?;

    // An id is text in Python, so these are the bytes of UTF-8.
    let id = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let mut jobs: Vec<StoredJob> = run_times
        .into_iter()
        .map(|(key, due)| {
            let state = states.remove(&key).unwrap_or_default();
            StoredJob { id: id(key), next_run_time: Some(due), state }
        })
        .collect();
    let due = jobs.len();
    let paused = states.into_iter();
    jobs.extend(paused.map(|(key, state)| StoredJob { id: id(key), next_run_time: None, state }));
    jobs[due..].sort_by(|a, b| a.id.cmp(&b.id));
    Ok(jobs)
}
