//! An open store: a pool, and all that is known of the table.

use std::sync::Arc;

use sched_core::store::StoreError;

use crate::dialect::{Dialect, Statements, Words};
use crate::fault::{Fault, persistent};
use crate::place::Place;
use crate::schema;
use crate::session::Server;

/// The largest body where the server's own limit is too high to matter: every server holds the
/// row in memory more than once.
const LARGEST: usize = 512 << 20;
/// What a MySQL packet holds besides the body: id, lane and what belongs to the statement.
#[cfg(feature = "mysql")]
const OVERHEAD: usize = 4_096;

pub(crate) struct Table {
    pub(crate) dialect: Dialect,
    pub(crate) words: Words,
    pub(crate) name: String,
    pub(crate) statements: Statements,
    pub(crate) server: Arc<dyn Server>,
    /// The largest body in bytes.
    pub(crate) largest: usize,
}

impl Table {
    /// Reaches the server, and makes or migrates the table.
    pub(crate) async fn open(
        dialect: Dialect,
        place: &Place,
        server: Arc<dyn Server>,
        migrate: bool,
    ) -> Result<Self, StoreError> {
        let opened = persistent(|| schema::ensure(dialect, place, &*server, migrate)).await;
        opened.map_err(|fault| fault.of("open"))?;
        let largest = largest(dialect, &*server).await.map_err(|fault| fault.of("open"))?;
        let words = dialect.words();
        let name = place.table(&words);
        let statements = Statements::new(dialect, place);
        Ok(Table { dialect, words, name, statements, server, largest })
    }
}

async fn largest(dialect: Dialect, server: &dyn Server) -> Result<usize, Fault> {
    match dialect {
        #[cfg(feature = "mysql")]
        Dialect::Mysql => {
            let sql = "SELECT CAST(@@max_allowed_packet AS SIGNED)".into();
            let packet = server.session().await?.number(&sql, Vec::new()).await?;
            let packet = packet.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(LARGEST);
            Ok(packet.saturating_sub(OVERHEAD).min(LARGEST))
        }
        #[allow(unreachable_patterns, reason = "depends on the features chosen")]
        _ => {
            let _ = server;
            Ok(LARGEST)
        }
    }
}
