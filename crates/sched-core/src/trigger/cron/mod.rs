//! Cron.

/// Description of a cron trigger.
#[derive(Debug)]
pub struct Cron;
/// A compiled cron trigger.
#[derive(Debug)]
pub struct CronTrigger;
