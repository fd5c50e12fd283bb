//! The attributes with what their own crate cannot show: examples that use this one.

/// `#[task]`: a function becomes something to schedule.
///
/// ```standalone_crate
/// use sched_core::{Context, InlineExecutor, Scheduler, task};
///
/// /// Sends a report.
/// #[task(name = "reports.send", alias = "app::mail::send_report")]
/// async fn send_report(
///     cx: Context,
///     to: String,
///     pages: Option<u32>,
///     #[serde(default)] urgent: bool,
/// ) -> Result<usize, std::io::Error> {
///     println!("{}: {to} {pages:?} {urgent}", cx.job_id());
///     Ok(to.len())
/// }
///
/// #[task]
/// fn add(left: i64, right: i64) -> i64 {
///     left + right
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), sched_core::Error> {
/// let scheduler = Scheduler::builder().executor("default", InlineExecutor::new()).build()?;
/// let weekly = scheduler.add(send_report.call("a@b.c", None, true)).cron("0 9 * * mon").await?;
/// assert_eq!(weekly.name(), "send_report");
/// assert_eq!(weekly.task(), send_report::NAME);
/// assert_eq!(weekly.args().as_json(), r#"{"to":"a@b.c","pages":null,"urgent":true}"#);
///
/// assert_eq!(add::run(2, 3), 5);
/// assert!(add::task().is_blocking());
/// # Ok(())
/// # }
/// ```
///
/// # What it does
pub use sched_macros::task;

/// `#[scheduled]`: a function becomes a task, and says when it runs.
///
/// ```standalone_crate
/// use sched_core::{Context, InlineExecutor, Scheduler, scheduled, task};
///
/// #[scheduled(cron = "0 9 * * mon-fri", timezone = "Europe/Berlin")]
/// fn open_the_shop() {}
///
/// #[scheduled(every = "30s", id = "often", jitter = "5s", tags = ["health"])]
/// #[scheduled(cron = "0 3 * * *", id = "nightly", misfire_grace_time = "1h")]
/// #[task(name = "app.check")]
/// async fn check(cx: Context) {
///     println!("{} at {}", cx.job_id(), cx.scheduled_time());
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), sched_core::Error> {
/// let scheduler = Scheduler::builder().executor("default", InlineExecutor::new()).build()?;
/// let jobs = scheduler.add_scheduled().await?;
/// let names: Vec<&str> = jobs.iter().map(|job| job.name()).collect();
/// assert_eq!(names, ["check", "check", "open_the_shop"]);
/// # Ok(())
/// # }
/// ```
///
/// # What it does
pub use sched_macros::scheduled;
