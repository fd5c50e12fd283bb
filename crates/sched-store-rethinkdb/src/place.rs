//! The table of the records, and how it comes to be.

use std::sync::Arc;
use std::time::Duration;

use sched_core::store::StoreError;
use serde::Deserialize;
use serde_json::{Value, json};
use unreql::{Availability, Command, Error, Runtime, func, r};

use crate::fault::{fault, refused};
use crate::pool::Pool;

/// The index by lane and due time. A record without a due time is not in it.
pub(crate) const INDEX: &str = "due";
/// How often opening is tried again while others make the same table, or the server makes it ready.
const ATTEMPTS: usize = 100;
/// The longest name that the server takes.
const LONGEST: usize = 127;

#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) database: String,
    pub(crate) table: String,
}

/// A table as the server lists it.
#[derive(Deserialize)]
struct Listed {
    id: String,
    indexes: Vec<String>,
}

impl Place {
    /// What is wrong with the names, if anything: which, and how it should be.
    pub(crate) fn fault(&self) -> Option<(&'static str, String)> {
        let named = [("database", &self.database), ("table", &self.table)];
        let is_wrong = |name: &str| {
            let known = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            name.is_empty() || name.len() > LONGEST || !name.chars().all(known)
        };
        let (what, _) = named.into_iter().find(|(_, name)| is_wrong(name))?;
        let rule =
            format!("it must be 1 to {LONGEST} ASCII letters, digits, underscores and hyphens");
        Some((what, rule))
    }

    pub(crate) fn table(&self) -> Command {
        r.db(self.database.clone()).table(self.table.clone())
    }

    /// Makes what is not there yet. Many may do so at once.
    pub(crate) async fn prepare(&self, pool: &Arc<Pool>) -> Result<(), StoreError> {
        // The table that was made here, until it is known to be the only one of its name.
        let mut own = None;
        for _ in 0..ATTEMPTS {
            match self.make(pool, &mut own).await {
                Ok(true) => return Ok(()),
                Ok(false) => {
                    return Err(refused("open", format!("{} holds something else", self.name())));
                }
                Err(error) if is_ambiguous(&error) => self.give_way(pool, &mut own).await?,
                Err(Error::Runtime(Runtime::Availability(_))) => {}
                Err(error) => return Err(fault("open", error)),
            }
            pause().await;
        }
        // What it is that does not pass.
        match self.make(pool, &mut own).await {
            Ok(_) => Ok(()),
            Err(error) => Err(fault("open", error)),
        }
    }

    /// False if the table is somebody else's.
    async fn make(&self, pool: &Arc<Pool>, own: &mut Option<String>) -> unreql::Result<bool> {
        let (database, table) = (self.database.clone(), self.table.clone());
        if !listed(pool, r.db_list()).await?.contains(&database) {
            unless_there(pool.write(r.db_create(database.clone())).await)?;
        }
        if !listed(pool, r.db(database.clone()).table_list()).await?.contains(&table) {
            let made = unless_there(pool.write(r.db(database).table_create(table)).await)?;
            let id = made.pointer("/config_changes/0/new_val/id").and_then(Value::as_str);
            *own = id.map(str::to_owned);
        }
        let has_index = async || {
            let indexes = listed(pool, self.table().index_list()).await?;
            unreql::Result::Ok(indexes.iter().any(|index| index == INDEX))
        };
        if !has_index().await? {
            // A table of ours has its index before its first record.
            let is_empty = pool.read(self.table().is_empty()).await?.contains(&Value::Bool(true));
            if !is_empty && !has_index().await? {
                return Ok(false);
            }
            let by_lane = func!(|row| Command::from([row.clone().g("lane"), row.g("due")]));
            let create = self.table().index_create(r.args((INDEX, by_lane)));
            unless_there(pool.write(create).await)?;
        }
        pool.read(self.table().index_wait(INDEX)).await?;
        Ok(true)
    }

    /// The server does not keep two from making tables of one name at the same time, and then
    /// nobody can use either by that name. One of those who made them keeps theirs: the one whose
    /// table has its index, which it got while it was alone, else the first by id.
    async fn give_way(&self, pool: &Arc<Pool>, own: &mut Option<String>) -> Result<(), StoreError> {
        let Some(mine) = own.take() else { return Ok(()) };
        let tables = r.db("rethinkdb").table("table_config");
        let of_the_name = json!({"db": self.database, "name": self.table});
        let rivals = tables.clone().filter(of_the_name).pluck(r.args(["id", "indexes"]));
        let rivals = pool.read(rivals).await.map_err(|error| fault("open", error))?;
        let rivals: Vec<Listed> =
            rivals.into_iter().filter_map(|rival| serde_json::from_value(rival).ok()).collect();
        // Those with an index come before those without.
        let kept = rivals.iter().min_by_key(|rival| (rival.indexes.is_empty(), &rival.id));
        if kept.is_some_and(|kept| kept.id != mine) {
            let removed = pool.write(tables.get(mine).delete(())).await;
            removed.map_err(|error| fault("open", error))?;
        } else {
            *own = Some(mine);
        }
        Ok(())
    }

    fn name(&self) -> String {
        format!("table {}.{}", self.database, self.table)
    }
}

async fn listed(pool: &Arc<Pool>, list: Command) -> unreql::Result<Vec<String>> {
    let names = pool.read(list).await?;
    Ok(names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect())
}

/// What making something answers; nothing if somebody was faster.
fn unless_there(made: unreql::Result<Value>) -> unreql::Result<Value> {
    match made {
        Err(error) if refusal(&error).is_some_and(|text| text.contains("already exists")) => {
            Ok(Value::Null)
        }
        other => other,
    }
}

fn is_ambiguous(error: &Error) -> bool {
    refusal(error).is_some_and(|text| text.contains("is ambiguous"))
}

/// What the server says when something is in the way of an operation.
fn refusal(error: &Error) -> Option<&str> {
    match error {
        Error::Runtime(Runtime::Availability(Availability::OpFailed(text))) => Some(text),
        _ => None,
    }
}

#[expect(clippy::disallowed_methods, reason = "a server that makes a table gives no sign")]
async fn pause() {
    // Not all at the same time again.
    tokio::time::sleep(Duration::from_millis(fastrand::u64(25..75))).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_the_server_takes() {
        let fault = |database: &str, table: &str| {
            let place = Place { database: database.to_owned(), table: table.to_owned() };
            place.fault().map(|(what, _)| what)
        };
        assert_eq!(fault("apscheduler", "Jobs_2-a"), None);
        assert_eq!(fault("", "jobs"), Some("database"));
        assert_eq!(fault("a.b", "jobs"), Some("database"));
        assert_eq!(fault("a", "jöbs"), Some("table"));
        assert_eq!(fault("a", &"x".repeat(LONGEST)), None);
        assert_eq!(fault("a", &"x".repeat(LONGEST + 1)), Some("table"));
    }
}
