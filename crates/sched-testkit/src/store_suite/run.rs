//! Running a case: by itself, or as a test.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use sched_core::store::StoreError;

use super::harness::{Available, RestartHarness, StoreHarness};
use super::site::Site;

/// How a case ends; one that does not hold panics.
pub(crate) type Proof = Result<(), StoreError>;

pub(crate) type Proving<'a> = Pin<Box<dyn Future<Output = Proof> + Send + 'a>>;

/// Far longer than any case takes: a case that hangs is one that does not hold.
const WATCHDOG: Duration = Duration::from_secs(20 * 60);

/// One case of the suite for all stores.
#[derive(Clone, Copy)]
pub struct Case {
    pub(crate) name: &'static str,
    pub(crate) prove: for<'a> fn(&'a Site) -> Proving<'a>,
}

/// One case of the suite for servers that can be killed.
#[derive(Clone, Copy)]
pub struct RestartCase {
    pub(crate) name: &'static str,
    pub(crate) prove: for<'a> fn(&'a Site, &'a dyn RestartHarness) -> Proving<'a>,
}

impl Case {
    /// The name of the case, and of the test made of it.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Sees whether the case holds, in namespaces of its own.
    ///
    /// # Panics
    /// When it does not. What was stored is left for somebody to look at.
    pub async fn run(&self, harness: Arc<dyn StoreHarness>) {
        let site = Site::new(harness);
        hold((self.prove)(&site)).await;
        site.discard().await;
    }
}

impl RestartCase {
    /// The name of the case, and of the test made of it.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Sees whether the case holds. The server is up before and after.
    ///
    /// # Panics
    /// When it does not; the server may then be down.
    pub async fn run(&self, harness: Arc<dyn RestartHarness>) {
        let site = Site::new(harness.clone());
        hold((self.prove)(&site, &*harness)).await;
        site.discard().await;
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Debug for RestartCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

async fn hold(proving: Proving<'_>) {
    match tokio::time::timeout(WATCHDOG, proving).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => panic!("a call failed: {}", chain(&error)),
        Err(_) => panic!("not done after {WATCHDOG:?}"),
    }
}

/// An error and its sources, in one line.
pub(crate) fn chain(error: &StoreError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// The body of a test that [`store_suite!`](crate::store_suite!) makes.
///
/// # Panics
/// When the case does not hold.
#[doc(hidden)]
pub fn test_case<A: Available>(name: &str, harness: impl Future<Output = A>) {
    let case = super::cases().iter().find(|case| case.name == name);
    let case = case.expect("tests and cases are made of one list");
    many_threads().block_on(async {
        if let Some(harness) = harness.await.available() {
            case.run(Arc::new(harness)).await;
        }
    });
}

/// The body of a test that [`store_restart_suite!`](crate::store_restart_suite!) makes.
///
/// # Panics
/// When the case does not hold.
#[doc(hidden)]
pub fn test_restart_case<A>(name: &str, harness: impl Future<Output = A>)
where
    A: Available<Harness: RestartHarness>,
{
    let case = super::restart_cases().iter().find(|case| case.name == name);
    let case = case.expect("tests and cases are made of one list");
    many_threads().block_on(async {
        if let Some(harness) = harness.await.available() {
            case.run(Arc::new(harness)).await;
        }
    });
}

/// Races are only races where tasks truly run at the same time.
fn many_threads() -> tokio::runtime::Runtime {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build();
    runtime.expect("a test may start threads")
}
