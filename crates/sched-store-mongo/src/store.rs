//! The verbs of a job store.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures_core::stream::BoxStream;
use futures_util::TryStreamExt;
use mongodb::Client;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};
use mongodb::options::{
    Acknowledgment, ConnectionString, ReadPreference, SelectionCriteria, WriteConcern,
};
use sched_core::store::{Change, Hint, Record, StoreError};
use sched_core::{JobId, JobStore, Timestamp};

use crate::document::Writer;
use crate::fault::{fault, refused, taken, unavailable};
use crate::hints::hints;
use crate::place::Place;
use crate::source::Source;

/// Keeps jobs in MongoDB.
///
/// - Each record is a document. A thousand changes are a request or two, whichever of them take
///   effect.
/// - A write is acknowledged once it is journaled by a majority of the replica set.
/// - A lost connection is made again when it is next needed, and another primary is found. While
///   there is none, every call is [`StoreError::Unavailable`], after no longer than the time-outs.
/// - All that it writes is in one collection, with two indexes of its own.
/// - On a replica set or a sharded cluster all who share the collection are told of changes.
/// - Any due time is kept exactly; a record has up to 16 MiB.
///
/// What survives what: see the [crate's documentation](crate).
///
/// ```no_run
/// use sched_core::Scheduler;
/// use sched_store_mongo::MongoStore;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MongoStore::new("mongodb://127.0.0.1:27017/?replicaSet=rs0")?;
/// let scheduler = Scheduler::builder().jobstore("default", store).build()?;
/// # Ok(())
/// # }
/// ```
pub struct MongoStore {
    source: Source,
    database: String,
    collection: String,
    patience: Duration,
    /// Written with each change, so that this object does not wake up at its own.
    writer: String,
    place: Mutex<Option<Place>>,
}

/// How many documents, and bytes of bodies, are surely one request: a server takes 100,000 and 48 MB.
const AT_ONCE: (usize, usize) = (10_000, 16 << 20);

impl MongoStore {
    /// A store on this server or set of servers: a URL such as
    /// `mongodb://user:password@host:27017,other/?replicaSet=rs0&tls=true`, or one that begins with
    /// `mongodb+srv://`. Connects when it is opened, in the tokio runtime that it is opened in.
    ///
    /// Where the URL does not say, looking for a server takes 5 seconds at most
    /// (`serverSelectionTimeoutMS`), and so does connecting (`connectTimeoutMS`). A database that it
    /// names is that of the account only.
    ///
    /// # Errors
    /// [`StoreError::Settings`] when the URL is not one of these.
    pub fn new(url: &str) -> Result<Self, StoreError> {
        Ok(Self::on(Source::parse(url)?))
    }

    /// A store on the server of this client, with the client's settings but for what makes writes
    /// and reads safe. The client stays open when the store is closed.
    pub fn with_client(client: Client) -> Self {
        Self::over(Source::Client(client))
    }

    pub(crate) fn on(server: ConnectionString) -> Self {
        Self::over(Source::Server(Box::new(server)))
    }

    fn over(source: Source) -> Self {
        MongoStore {
            source,
            database: "apscheduler".to_owned(),
            collection: "jobs".to_owned(),
            patience: Duration::from_secs(30),
            writer: format!("{:016x}", fastrand::u64(..)),
            place: Mutex::default(),
        }
    }

    /// The database; unless said, `apscheduler`.
    pub fn database(mut self, name: impl Into<String>) -> Self {
        self.database = name.into();
        self
    }

    /// The collection, which has nothing else in it; unless said, `jobs`.
    pub fn collection(mut self, name: impl Into<String>) -> Self {
        self.collection = name.into();
        self
    }

    /// How long to wait for an answer to a request; unless said, 30 seconds.
    pub fn response_timeout(mut self, timeout: Duration) -> Self {
        self.patience = timeout;
        self
    }

    fn slot(&self) -> MutexGuard<'_, Option<Place>> {
        // Nothing that holds it can panic.
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn place(&self, operation: &'static str) -> Result<Place, StoreError> {
        self.slot().clone().ok_or(StoreError::NotOpen { operation })
    }

    fn writer(&self) -> Writer<'_> {
        Writer(&self.writer)
    }
}

#[async_trait]
impl JobStore for MongoStore {
    async fn open(&self) -> Result<(), StoreError> {
        for (what, name) in [("database", &self.database), ("collection", &self.collection)] {
            if name.is_empty() {
                return Err(StoreError::Settings(format!("{what}: it must have a name")));
            }
        }
        let client = tokio::time::timeout(self.patience, self.source.client()).await;
        let client = client.map_err(|late| unavailable("open", late))?;
        let client = client.map_err(|error| fault("open", error))?;
        let place = Place::new(&client, &self.database, &self.collection, self.patience);
        place.prepare().await?;
        *self.slot() = Some(place);
        Ok(())
    }

    async fn close(&self) -> Result<(), StoreError> {
        // The last to let go of a client closes its connections.
        *self.slot() = None;
        Ok(())
    }

    async fn insert(&self, records: Vec<Record>) -> Result<Vec<bool>, StoreError> {
        let place = self.place("insert")?;
        let mut inserted = vec![true; records.len()];
        if records.is_empty() {
            return Ok(inserted);
        }
        let documents: Result<Vec<_>, _> =
            records.iter().map(|record| self.writer().inserted(record)).collect();
        let documents = documents?;
        // The driver sends more than this in parts.
        let is_one = records.len() <= AT_ONCE.0 && bytes(&records)? <= AT_ONCE.1;
        let insertion = place.records().insert_many(&documents).ordered(false);
        let Err(error) = place.in_time("insert", insertion).await? else {
            return Ok(inserted);
        };
        // By another record, or by the mark of a deleted one.
        let taken = taken("insert", error);
        let taken = taken.map_err(|error| if is_one { error } else { error.in_part() })?;
        let revived: Result<Vec<_>, _> =
            taken.iter().map(|number| self.writer().revived(&records[*number])).collect();
        let revived = place.update("insert", revived?).await.map_err(StoreError::in_part)?;
        for (number, revived) in taken.into_iter().zip(revived) {
            inserted[number] = revived;
        }
        Ok(inserted)
    }

    async fn get(&self, id: &JobId) -> Result<Option<Record>, StoreError> {
        let filter = doc! { "_id": &**id, "gone": null };
        Ok(self.place("get")?.find("get", filter, "_id", 1).await?.pop())
    }

    async fn list(&self, after: Option<&JobId>, limit: usize) -> Result<Vec<Record>, StoreError> {
        let ids = match after {
            Some(after) => doc! { "$gt": &**after },
            None => doc! { "$gte": "" },
        };
        self.place("list")?.find("list", doc! { "_id": ids, "gone": null }, "_id", limit).await
    }

    async fn due(
        &self,
        lane: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let filter = doc! { "lane": lane, "due_at": { "$lte": now.as_micros() } };
        let mut due = self.place("due")?.find("due", filter, "due_at", limit).await?;
        // One that was moved on while the server read is met again further on.
        let mut met = HashSet::with_capacity(due.len());
        due.retain(|record| met.insert(record.id.clone()));
        Ok(due)
    }

    async fn next_due(&self, lanes: &[Arc<str>]) -> Result<Option<Timestamp>, StoreError> {
        let place = self.place("next_due")?;
        let lanes: Vec<&str> = lanes.iter().map(|lane| &**lane).collect();
        let first = place
            .records()
            .find_one(doc! { "lane": { "$in": lanes }, "due_at": { "$gte": i64::MIN } })
            .sort(doc! { "due_at": 1 })
            // In the index: no record is read.
            .projection(doc! { "_id": false, "due_at": true });
        let Some(first) = place.answer("next_due", first).await? else { return Ok(None) };
        let due_at = first.get_i64("due_at").map_err(|error| refused("next_due", error))?;
        Ok(Some(Timestamp::from_micros(due_at)))
    }

    async fn lanes(&self) -> Result<Vec<Arc<str>>, StoreError> {
        let place = self.place("lanes")?;
        // The bounds have the server leap from lane to lane in the index.
        let due = doc! { "$match": { "lane": { "$gte": "" }, "due_at": { "$gte": i64::MIN } } };
        let lanes = place.records().aggregate([due, doc! { "$group": { "_id": "$lane" } }]);
        let lanes = async { lanes.await?.try_collect::<Vec<Document>>().await };
        let lanes = place.answer("lanes", lanes).await?;
        let name = |lane: &Document| lane.get_str("_id").map(Arc::from);
        let names: Result<_, _> = lanes.iter().map(name).collect();
        names.map_err(|error| refused("lanes", error))
    }

    async fn swap(&self, changes: Vec<Change>) -> Result<Vec<bool>, StoreError> {
        let place = self.place("swap")?;
        let (mut possible, mut updates) = (Vec::new(), Vec::new());
        for (number, change) in changes.iter().enumerate() {
            if let Some(update) = self.writer().changed(change)? {
                possible.push(number);
                updates.push(update);
            }
        }
        let mut won = vec![false; changes.len()];
        for (number, found) in possible.into_iter().zip(place.update("swap", updates).await?) {
            won[number] = found;
        }
        let ended = changes.iter().zip(&won).filter(|(change, won)| **won && change.to.is_none());
        let ended: Vec<&str> = ended.map(|(change, _)| &*change.id).collect();
        if !ended.is_empty() {
            let marks = doc! { "_id": { "$in": ended }, "gone": { "$ne": null } };
            let sweep = place.records().delete_many(marks).write_concern(at_leisure());
            // They are deleted already; if this fails, the server sweeps by itself.
            drop(place.in_time("swap", sweep).await);
        }
        Ok(won)
    }

    async fn clear(&self) -> Result<(), StoreError> {
        let place = self.place("clear")?;
        let all = place.records().delete_many(doc! { "writer": { "$ne": null } });
        place.answer("clear", all).await.map(drop)
    }

    async fn changes(&self) -> Result<Option<BoxStream<'static, Hint>>, StoreError> {
        let place = self.place("changes")?;
        place.answer("changes", hints(place.records(), &self.writer)).await
    }

    async fn tell(&self, hint: Hint) -> Result<(), StoreError> {
        let place = self.place("tell")?;
        // Records have texts for ids. The server deletes this as it does the marks of deleted ones.
        let id = doc! { "_id": ObjectId::new() };
        let told = doc! {
            "$set": { "writer": [&self.writer], "told": hint.to_string() },
            "$currentDate": { "gone": true },
        };
        let tell = place.records().update_one(id, told).upsert(true);
        place.answer("tell", tell.write_concern(at_leisure())).await.map(drop)
    }

    async fn now(&self) -> Result<Option<Timestamp>, StoreError> {
        let place = self.place("now")?;
        let admin = place.records().client().database("admin");
        let primary = SelectionCriteria::ReadPreference(ReadPreference::Primary);
        let hello = admin.run_command(doc! { "hello": 1 }).selection_criteria(primary);
        let hello = place.answer("now", hello).await?;
        let now = hello.get_datetime("localTime").map_err(|error| refused("now", error))?;
        Ok(Some(Timestamp::from_micros(now.timestamp_millis().saturating_mul(1_000))))
    }
}

/// The bytes of these records' bodies.
fn bytes(records: &[Record]) -> Result<usize, StoreError> {
    records.iter().map(|record| Ok(record.body.bytes()?.len())).sum()
}

/// For what may be lost with the server that took it.
fn at_leisure() -> WriteConcern {
    WriteConcern::from(Acknowledgment::Nodes(1))
}

/// Names and addresses; nothing that is secret.
impl fmt::Debug for MongoStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MongoStore")
            .field("server", &self.source)
            .field("database", &self.database)
            .field("collection", &self.collection)
            .finish_non_exhaustive()
    }
}
