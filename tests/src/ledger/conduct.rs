//! One run of the ledger from beginning to end.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use sched_core::{Clock, JobStore, SystemClock};
use tempfile::TempDir;

use super::fleet::{Fleet, Setup};
use super::history::History;
use super::journal::Journal;
use super::line::What;
use super::manage::Office;
use super::options::{FaultKind, RunOptions, Terms};
use super::report::Report;
use super::server::Server;
use super::storm::Storm;
use super::timetable::timetable;
use super::{Error, judge, mix, target, worker};

/// How long after all jobs were added the first is due.
const PRELUDE: Duration = Duration::from_secs(2);
/// How long the schedulers may take, once all is well, to do what is still to be done.
const PATIENCE: Duration = Duration::from_secs(90);
const LOOK: Duration = Duration::from_millis(500);

/// Conducts a run, and judges it.
pub(crate) async fn conduct(options: RunOptions) -> Result<Report, Error> {
    let server = Server::find(&options.store).await?;
    let terms = options.terms.on(target::name(server.url())?);
    eprintln!("ledger: store {}, seed {}", terms.store, terms.seed);
    let place = format!("ledger_{:012x}", fastrand::u64(..1 << 48));
    let store = target::connect(server.url(), &place)?;
    store.open().await?;
    suits(&terms, &server, &*store).await?;

    let folder = Folder::new(options.folder)?;
    let journal = Arc::new(Journal::open(folder.path(), "conductor")?);
    journal.write(What::Opened(terms.clone()));
    let setup = Setup {
        url: server.url().to_owned(),
        place,
        folder: folder.path().to_owned(),
        terms: terms.clone(),
    };
    tokio::select! {
        done = play(setup, server, store, journal) => done?,
        _ = tokio::signal::ctrl_c() => return Err(Error::Interrupted),
    }
    let report = judge::judge(&History::read(folder.path())?);
    if !report.is_clean() {
        eprintln!("ledger: kept in {}", folder.keep().display());
    }
    Ok(report)
}

/// Whether what is asked for can be done on this store.
async fn suits(terms: &Terms, server: &Server, store: &dyn JobStore) -> Result<(), Error> {
    if terms.has(FaultKind::RestartStore) && !server.is_ours() {
        let text = "restart-store: only a server that was started for this run is killed; say \
                    --store with its name in place of a url";
        return Err(Error::Unsuitable(text.to_owned()));
    }
    if terms.has(FaultKind::Partition) && terms.store == "sqlite" {
        let text = "partition: nobody can be cut off from a file";
        return Err(Error::Unsuitable(text.to_owned()));
    }
    if terms.has(FaultKind::Skew) && store.now().await?.is_none() {
        let text = "skew: this store has no clock of its own, so its schedulers' must agree";
        return Err(Error::Unsuitable(text.to_owned()));
    }
    Ok(())
}

/// The run itself. The place in the store is empty before and after it.
async fn play(
    setup: Setup,
    server: Server,
    store: Arc<dyn JobStore>,
    journal: Arc<Journal>,
) -> Result<(), Error> {
    let terms = setup.terms.clone();
    let mut rng = Rng::with_seed(terms.seed);
    let clock = SystemClock::new();
    let mut office =
        Office::open(store.clone(), worker::codec(terms.broken), journal.clone()).await?;

    let whole = Duration::from_secs(terms.seconds);
    let first = (clock.now() + PRELUDE).as_micros() / 1_000_000 * 1_000_000;
    let last = first + i64::try_from(whole.as_micros()).unwrap_or(i64::MAX);
    let start = clock.steady() + PRELUDE;
    let deeds = timetable(&terms, &mut rng.fork());
    let duties = mix::duties(terms.jobs, first, last, &mut rng.fork());
    office.add(duties).await?;
    let mut fleet = Fleet::new(setup, journal.clone(), &mut rng).await?;
    fleet.fill(&mut rng)?;

    let changes = rng.fork();
    let storm = Storm::new(deeds, server.clone(), journal.clone(), rng);
    let (stormed, ()) =
        tokio::join!(storm.rage(&mut fleet, &clock, start, whole), office.manage(last, changes),);
    stormed?;
    await_the_end(&office, &journal, &clock).await;
    fleet.dismiss().await?;
    office.close().await?;
    store.open().await?;
    store.clear().await?;
    store.close().await?;
    // Not before: the server goes with it.
    drop(server);
    Ok(())
}

/// Waits until the store is empty, and notes what is still there when patience is at its end.
async fn await_the_end(office: &Office, journal: &Journal, clock: &SystemClock) {
    let end = clock.steady() + PATIENCE;
    loop {
        let left = office.left().await;
        match left {
            Ok(jobs) if jobs.is_empty() => return,
            Ok(jobs) if clock.steady() >= end => return journal.write(What::Left { jobs }),
            Err(error) if clock.steady() >= end => {
                return journal.write(What::Left { jobs: vec![format!("unknown: {error}")] });
            }
            _ => clock.sleep(LOOK).await,
        }
    }
}

/// Where the ledger is kept.
enum Folder {
    Named(PathBuf),
    Temporary(TempDir),
}

impl Folder {
    fn new(named: Option<PathBuf>) -> Result<Self, Error> {
        let Some(path) = named else {
            let made = TempDir::with_prefix("ledger-");
            let made =
                made.map_err(|source| Error::Process { action: "making a folder", source })?;
            return Ok(Folder::Temporary(made));
        };
        let file = |source| Error::File { path: path.clone(), source };
        std::fs::create_dir_all(&path).map_err(file)?;
        if std::fs::read_dir(&path).map_err(file)?.next().is_some() {
            return Err(Error::Unsuitable(format!("{}: the folder is not empty", path.display())));
        }
        Ok(Folder::Named(path))
    }

    fn path(&self) -> &Path {
        match self {
            Folder::Named(path) => path,
            Folder::Temporary(folder) => folder.path(),
        }
    }

    fn keep(self) -> PathBuf {
        match self {
            Folder::Named(path) => path,
            Folder::Temporary(folder) => folder.keep(),
        }
    }
}
