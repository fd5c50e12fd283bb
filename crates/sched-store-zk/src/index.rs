//! Reading the index: names, and no records.

use futures_util::{StreamExt, TryStreamExt, stream};
use sched_core::Timestamp;
use sched_core::store::StoreError;

use crate::call::Call;
use crate::name;
use crate::place::{self, Entry};

/// How many slots are read ahead.
const AHEAD: usize = 16;

/// The parts of one slot of time.
struct Slot {
    start: u64,
    paths: Vec<String>,
}

impl Call<'_> {
    /// Up to `limit` entries of a lane that are due by then, the earliest first.
    ///
    /// Nodes of the index that are found empty are removed on the way. One that is in use after
    /// all is left by the server, and made again by whoever misses it.
    pub(crate) async fn due_entries(
        &self,
        lane: &str,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut found = Vec::new();
        if limit == 0 {
            return Ok(found);
        }
        let until = name::ordered(until);
        for (start, hour) in self.hours(lane).await? {
            if start > until {
                break;
            }
            let mut slots = stream::iter(self.slots(start, &hour).await?)
                .take_while(|slot| std::future::ready(slot.start <= until))
                .map(|slot| self.entries(slot))
                .buffered(limit.min(AHEAD));
            while let Some(mut entries) = slots.try_next().await? {
                entries.retain(|entry| name::ordered(entry.due_at) <= until);
                entries.sort_unstable_by_key(|entry| entry.due_at);
                found.append(&mut entries);
                if found.len() >= limit {
                    found.truncate(limit);
                    return Ok(found);
                }
            }
        }
        Ok(found)
    }

    /// Whether the lane has any entry, and the earliest.
    pub(crate) async fn first_due(&self, lane: &str) -> Result<Option<Timestamp>, StoreError> {
        let first = self.due_entries(lane, Timestamp::MAX, 1).await?;
        Ok(first.first().map(|entry| entry.due_at))
    }

    /// The lanes that have nodes, which may be empty.
    pub(crate) async fn lane_names(&self) -> Result<Vec<String>, StoreError> {
        let due = self.place.due();
        let names = self.children(&due).await?.unwrap_or_default().into_iter();
        let lane =
            |name: String| name::text(&name).ok_or_else(|| self.foreign(&format!("{due}/{name}")));
        names.map(lane).collect()
    }

    /// The hours of a lane and when they begin, in order.
    async fn hours(&self, lane: &str) -> Result<Vec<(u64, String)>, StoreError> {
        let lane = self.place.lane(lane);
        let names = self.kept(&lane).await?.into_iter();
        let hour = |name: String| {
            let path = format!("{lane}/{name}");
            let start = place::hour_start(&name).ok_or_else(|| self.foreign(&path))?;
            Ok((start, path))
        };
        names.map(hour).collect()
    }

    async fn slots(&self, hour_start: u64, hour: &str) -> Result<Vec<Slot>, StoreError> {
        let mut slots: Vec<Slot> = Vec::new();
        for name in self.kept(hour).await? {
            let path = format!("{hour}/{name}");
            let start = place::slot_start(hour_start, &name).ok_or_else(|| self.foreign(&path))?;
            match slots.last_mut() {
                Some(slot) if slot.start == start => slot.paths.push(path),
                _ => slots.push(Slot { start, paths: vec![path] }),
            }
        }
        Ok(slots)
    }

    async fn entries(&self, slot: Slot) -> Result<Vec<Entry>, StoreError> {
        let mut entries = Vec::new();
        let mut parts = stream::iter(slot.paths)
            .map(|path| async move { Ok((self.kept(&path).await?, path)) })
            .buffered(AHEAD);
        while let Some((names, path)) = parts.try_next().await? {
            for name in names {
                let entry = place::entry(slot.start, &name);
                entries.push(entry.ok_or_else(|| self.foreign(&format!("{path}/{name}")))?);
            }
        }
        Ok(entries)
    }

    /// The children of a node of the index, which is removed if it has none.
    async fn kept(&self, path: &str) -> Result<Vec<String>, StoreError> {
        let names = self.children(path).await?;
        if names.as_ref().is_some_and(Vec::is_empty) {
            // Sent when it is made; what comes of it matters to nobody.
            drop(self.client.delete(path, None));
        }
        Ok(names.unwrap_or_default())
    }
}
