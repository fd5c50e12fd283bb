//! The verbs of a job store, each a few requests.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use etcd_client::{
    Client, ConnectOptions, DeleteOptions, GetOptions, KeyValue, Txn, TxnOp, TxnResponse,
};
use futures_core::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt, stream};
use sched_core::store::{Change, Claimed, Hint, Planner, Record, StoreError};
use sched_core::{JobId, JobStore, Timestamp};

use crate::connection::{Connection, Source, default_options};
use crate::hints::hints;
use crate::layout::{Known, Layout};
use crate::read::{self, Reader};
use crate::write::{self, Write};
use crate::{servers, tls};

/// Not the reference's, which reads and deletes whatever begins with its own.
pub(crate) const PATH: &str = "/sched";
/// How many records are cleared in one step.
const CLEARED: usize = 1_000;
/// How many requests of one call are on their way at once.
const AT_ONCE: usize = 8;

/// Keeps jobs in etcd.
///
/// - A record is two keys, always written in one transaction; a batch is a request for each hundred
///   records or 1.5 MiB.
/// - A claim reads what is due in one request, bodies included, and writes in another.
/// - Of several servers one is in use until it fails. A call that only reads goes on to the next
///   one at once; one that writes fails, since it may have happened, and the next call goes there.
///   While no server answers, every call is [`StoreError::Unavailable`], after no longer than the
///   time-outs.
/// - All keys that it writes begin with its path and `//`; stores of other paths share nothing
///   with it.
/// - Everybody who shares the path is told of changes.
/// - Any due time is kept exactly; bodies up to 1.5 MiB less the id, the lane and the path.
///
/// ```no_run
/// use sched_core::Scheduler;
/// use sched_store_etcd::EtcdStore;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = EtcdStore::new("http://10.0.0.1:2379,http://10.0.0.2:2379,http://10.0.0.3:2379")?;
/// let scheduler = Scheduler::builder().jobstore("default", store).build()?;
/// # Ok(())
/// # }
/// ```
pub struct EtcdStore {
    connection: Connection,
    layout: Layout,
    /// Signs what this object writes, so that it does not wake up at its own.
    writer: String,
}

impl EtcdStore {
    /// A store on these servers, the members of one cluster: URLs with `http://` or `https://`,
    /// separated by commas; `http://` may be left out. Connects when it is opened.
    ///
    /// # Errors
    /// [`StoreError::Settings`] when they are none. The text shows no URL.
    pub fn new(servers: &str) -> Result<Self, StoreError> {
        Self::with_options(servers, |options| options)
    }

    /// As [`new`](Self::new), with other options of the client: a user, certificates, time-outs.
    /// `change` is given those that `new` has: 5 seconds to connect and 30 to answer, tokens
    /// renewed by themselves, servers refused that are cut off from the others, and for `https://`
    /// the certificates that the system trusts.
    ///
    /// ```
    /// use sched_store_etcd::EtcdStore;
    ///
    /// # fn main() -> Result<(), sched_core::store::StoreError> {
    /// let store = EtcdStore::with_options("localhost:2379", |options| {
    ///     options.with_user("scheduler", "s3cret")
    /// })?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_options(
        servers: &str,
        change: impl FnOnce(ConnectOptions) -> ConnectOptions,
    ) -> Result<Self, StoreError> {
        let urls = servers::parse(servers)?;
        let options = change(tls::trusting(default_options(), &urls));
        Ok(Self::over(Source::Servers { urls, options: Box::new(options) }))
    }

    /// A store on this client, whose own time-outs hold. It should refuse servers without a leader
    /// ([`with_require_leader`](ConnectOptions::with_require_leader)), or one that is cut off from
    /// the others is silent about changes.
    pub fn with_client(client: Client) -> Self {
        Self::over(Source::Client(Box::new(client)))
    }

    fn over(source: Source) -> Self {
        EtcdStore {
            connection: Connection::new(source),
            layout: Layout::new(PATH),
            writer: format!("{:016x}", fastrand::u64(..)),
        }
    }

    /// Where the keys are; unless said, `/sched`. A `/` at the end means nothing; `//` may not be
    /// in it.
    pub fn path(mut self, path: &str) -> Self {
        self.layout = Layout::new(path);
        self
    }

    /// # Errors
    /// [`StoreError::Settings`] if the path may not be one.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        self.layout.check()
    }

    fn reader(&self, operation: &'static str) -> Reader<'_> {
        Reader { layout: &self.layout, operation }
    }

    /// Asks questions of one key each, and gives what is found, in order.
    async fn look(
        &self,
        operation: &'static str,
        questions: Vec<TxnOp>,
    ) -> Result<Vec<Option<KeyValue>>, StoreError> {
        let requests = read::requests(&questions);
        let requests = requests.into_iter().map(|txn| self.connection.look(operation, txn));
        let answers = in_order(requests.collect()).await?;
        Ok(answers.iter().flat_map(read::firsts).collect())
    }

    /// Carries writes out, and answers for each, in order, whether it took effect.
    async fn write(
        &self,
        operation: &'static str,
        writes: Vec<Write>,
    ) -> Result<Vec<bool>, StoreError> {
        let requests = write::requests(&self.layout, &self.writer, writes);
        let is_one = requests.len() == 1;
        let requests = requests.into_iter().map(|txn| self.connection.write(operation, txn));
        let answers = in_order(requests.collect()).await;
        let answers = answers.map_err(|error| if is_one { error } else { error.in_part() })?;
        Ok(answers.iter().flat_map(write::won).collect())
    }

    /// What the entries of the records to change tell; nothing of those that have none.
    async fn known(
        &self,
        operation: &'static str,
        changes: &[Change],
    ) -> Result<HashMap<JobId, Known>, StoreError> {
        let questions =
            changes.iter().map(|change| TxnOp::get(self.layout.entry(&change.id), None));
        let entries = self.look(operation, questions.collect()).await?;
        let reader = self.reader(operation);
        let known =
            entries.iter().flatten().map(|entry| Ok((reader.id(entry)?, reader.entry(entry)?)));
        known.collect()
    }

    /// Writes the changes whose records are as the change wants them, so far as is known.
    async fn apply(
        &self,
        operation: &'static str,
        changes: &[Change],
        known: &HashMap<JobId, Known>,
    ) -> Result<Vec<bool>, StoreError> {
        let mut won = vec![false; changes.len()];
        let (mut numbers, mut writes) = (Vec::new(), Vec::new());
        for (number, change) in changes.iter().enumerate() {
            if let Some(known) = known.get(&change.id)
                && known.revision == change.revision
            {
                numbers.push(number);
                writes.push(Write::change(&self.layout, known, change)?);
            }
        }
        for (number, answer) in numbers.into_iter().zip(self.write(operation, writes).await?) {
            won[number] = answer;
        }
        Ok(won)
    }

    /// Records by their entries, all as they were at the moment at which these were read.
    async fn records(
        &self,
        operation: &'static str,
        entries: &[KeyValue],
        moment: i64,
    ) -> Result<Vec<Record>, StoreError> {
        let reader = self.reader(operation);
        let mut known = Vec::with_capacity(entries.len());
        for entry in entries {
            known.push((reader.id(entry)?, reader.entry(entry)?));
        }
        let then = GetOptions::new().with_revision(moment);
        let questions = known.iter().map(|(id, known)| {
            TxnOp::get(self.layout.record(&known.place, id), Some(then.clone()))
        });
        let found = self.look(operation, questions.collect()).await?;
        let records = known.into_iter().zip(found);
        records.map(|((id, known), found)| reader.record(id, &known, found)).collect()
    }

    /// The records that are due, and what a write to each must know.
    async fn due_and_known(
        &self,
        operation: &'static str,
        lane: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Record, Known)>, StoreError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let keys = self.layout.due(lane, now);
        let options = read::options(&keys, limit);
        let found = self.connection.get(operation, keys.start, options).await?;
        let reader = self.reader(operation);
        found.kvs().iter().map(|found| reader.due(found)).collect()
    }
}

/// Makes the requests, several at once, and gives the answers in order.
async fn in_order(
    requests: Vec<impl Future<Output = Result<TxnResponse, StoreError>>>,
) -> Result<Vec<TxnResponse>, StoreError> {
    stream::iter(requests).buffered(AT_ONCE).try_collect().await
}

#[async_trait]
impl JobStore for EtcdStore {
    async fn open(&self) -> Result<(), StoreError> {
        self.check()?;
        let keys = self.layout.all();
        let options = read::options(&keys, 1).with_keys_only();
        self.connection.open(&keys.start, options).await
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.connection.close();
        Ok(())
    }

    async fn insert(&self, records: Vec<Record>) -> Result<Vec<bool>, StoreError> {
        // A request may not name a key twice, and the second of two would not be inserted anyway.
        let mut seen = HashSet::with_capacity(records.len());
        let is_first: Vec<bool> = records.iter().map(|record| seen.insert(&record.id)).collect();
        let firsts = records.iter().zip(&is_first).filter(|(_, is_first)| **is_first);
        let writes = firsts.map(|(record, _)| Write::insertion(&self.layout, record));
        let won = self.write("insert", writes.collect::<Result<_, _>>()?).await?;
        let mut won = won.into_iter();
        Ok(is_first.into_iter().map(|is_first| is_first && won.next() == Some(true)).collect())
    }

    async fn get(&self, id: &JobId) -> Result<Option<Record>, StoreError> {
        let entry = self.connection.get("get", self.layout.entry(id), GetOptions::new()).await?;
        let records = self.records("get", entry.kvs(), read::moment(&entry)).await?;
        Ok(records.into_iter().next())
    }

    async fn list(&self, after: Option<&JobId>, limit: usize) -> Result<Vec<Record>, StoreError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let keys = self.layout.entries(after);
        let options = read::options(&keys, limit);
        let entries = self.connection.get("list", keys.start, options).await?;
        self.records("list", entries.kvs(), read::moment(&entries)).await
    }

    async fn due(
        &self,
        lane: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let due = self.due_and_known("due", lane, now, limit).await?;
        Ok(due.into_iter().map(|(record, _)| record).collect())
    }

    async fn next_due(&self, lanes: &[Arc<str>]) -> Result<Option<Timestamp>, StoreError> {
        let questions = lanes.iter().map(|lane| {
            let keys = self.layout.lane(lane);
            let options = read::options(&keys, 1).with_keys_only();
            TxnOp::get(keys.start, Some(options))
        });
        let firsts = self.look("next_due", questions.collect()).await?;
        let reader = self.reader("next_due");
        let mut earliest = None;
        for first in firsts.iter().flatten() {
            let (_, due_at, _) = reader.key(first)?;
            earliest = earliest.into_iter().chain([due_at]).min();
        }
        Ok(earliest)
    }

    async fn lanes(&self) -> Result<Vec<Arc<str>>, StoreError> {
        let reader = self.reader("lanes");
        let mut keys = self.layout.lanes();
        let mut lanes = Vec::new();
        // From the first key of a lane to the first one behind it.
        loop {
            let options = read::options(&keys, 1).with_keys_only();
            let found = self.connection.get("lanes", keys.start, options).await?;
            let Some(first) = found.kvs().first() else {
                return Ok(lanes);
            };
            let (lane, ..) = reader.key(first)?;
            keys.start = self.layout.lane(&lane).end;
            lanes.push(lane);
        }
    }

    async fn swap(&self, changes: Vec<Change>) -> Result<Vec<bool>, StoreError> {
        let known = self.known("swap", &changes).await?;
        self.apply("swap", &changes, &known).await
    }

    async fn clear(&self) -> Result<(), StoreError> {
        let reader = self.reader("clear");
        let mut keys = self.layout.entries(None);
        // Step by step: etcd 3.4 sets space aside for the largest transaction it has ever had, and
        // copies all of it whenever somebody reads.
        loop {
            let options = read::options(&keys, CLEARED);
            let entries = self.connection.get("clear", keys.start, options).await?;
            let Some(last) = entries.kvs().last() else { break };
            keys.start = self.layout.entries(Some(&reader.id(last)?)).start;
            let deletions = entries.kvs().iter().filter_map(|entry| {
                // What cannot be read goes with the rest, below.
                let (id, known) = reader.id(entry).ok().zip(reader.entry(entry).ok())?;
                Some(Write::deletion(&self.layout, &known, &id))
            });
            self.write("clear", deletions.collect()).await?;
        }
        let keys = self.layout.all();
        let all = DeleteOptions::new().with_range(keys.end);
        let clear = Txn::new().and_then([TxnOp::delete(keys.start, Some(all))]);
        self.connection.write("clear", clear).await.map(drop)
    }

    async fn claim(
        &self,
        lane: &str,
        now: Timestamp,
        limit: usize,
        plan: &mut Planner<'_>,
    ) -> Result<Claimed, StoreError> {
        let due = self.due_and_known("claim", lane, now, limit).await?;
        let seen = due.len();
        let changes: Vec<Change> = due.iter().filter_map(|(record, _)| plan(record)).collect();
        let known = due.into_iter().map(|(record, known)| (record.id, known)).collect();
        let won = self.apply("claim", &changes, &known).await?;
        Ok(Claimed { won, seen, failed: None })
    }

    async fn changes(&self) -> Result<Option<BoxStream<'static, Hint>>, StoreError> {
        hints(&self.connection, self.layout.written(), &self.writer).await.map(Some)
    }

    async fn tell(&self, hint: Hint) -> Result<(), StoreError> {
        let signature = write::signature(&self.writer, Some(hint));
        let told = Txn::new().and_then([TxnOp::put(self.layout.written(), signature, None)]);
        self.connection.write("tell", told).await.map(drop)
    }
}

/// Path and addresses; nothing that is secret.
impl fmt::Debug for EtcdStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("EtcdStore");
        if let Source::Servers { urls, .. } = self.connection.source() {
            text.field("servers", urls);
        }
        text.field("path", &self.layout.path()).finish_non_exhaustive()
    }
}
