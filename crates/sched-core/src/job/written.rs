//! How a job is written down: all of it side by side, whatever is kept where in memory.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use crate::job::{JobId, JobSpec, OnCrash, Overlap, Retry, Terms};
use crate::task::Invocation;
use crate::trigger::Trigger;

/// The fields in their order, which is part of the format: bincode writes no names.
#[derive(Deserialize)]
pub(super) struct Written {
    id: JobId,
    name: Arc<str>,
    invocation: Invocation,
    trigger: Trigger,
    executor: Arc<str>,
    misfire_grace_time: Option<Duration>,
    coalesce: bool,
    max_instances: u32,
    overlap: Overlap,
    max_runs: Option<u64>,
    pause_after_failures: Option<u32>,
    start_timeout: Option<Duration>,
    timeout: Option<Duration>,
    retry: Option<Retry>,
    on_crash: OnCrash,
    tags: BTreeSet<String>,
}

impl From<Written> for JobSpec {
    fn from(written: Written) -> Self {
        let terms = Terms {
            overlap: written.overlap,
            max_runs: written.max_runs,
            pause_after_failures: written.pause_after_failures,
            start_timeout: written.start_timeout,
            timeout: written.timeout,
            retry: written.retry,
            on_crash: written.on_crash,
            tags: written.tags,
        };
        JobSpec {
            id: written.id,
            name: written.name,
            invocation: written.invocation,
            trigger: written.trigger,
            executor: written.executor,
            misfire_grace_time: written.misfire_grace_time,
            coalesce: written.coalesce,
            max_instances: written.max_instances,
            terms: terms.shared(),
        }
    }
}

impl Serialize for JobSpec {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let terms = &*self.terms;
        let mut fields = to.serialize_struct("JobSpec", 16)?;
        fields.serialize_field("id", &self.id)?;
        fields.serialize_field("name", &self.name)?;
        fields.serialize_field("invocation", &self.invocation)?;
        fields.serialize_field("trigger", &self.trigger)?;
        fields.serialize_field("executor", &self.executor)?;
        fields.serialize_field("misfire_grace_time", &self.misfire_grace_time)?;
        fields.serialize_field("coalesce", &self.coalesce)?;
        fields.serialize_field("max_instances", &self.max_instances)?;
        fields.serialize_field("overlap", &terms.overlap)?;
        fields.serialize_field("max_runs", &terms.max_runs)?;
        fields.serialize_field("pause_after_failures", &terms.pause_after_failures)?;
        fields.serialize_field("start_timeout", &terms.start_timeout)?;
        fields.serialize_field("timeout", &terms.timeout)?;
        fields.serialize_field("retry", &terms.retry)?;
        fields.serialize_field("on_crash", &terms.on_crash)?;
        fields.serialize_field("tags", &terms.tags)?;
        fields.end()
    }
}
