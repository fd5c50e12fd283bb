//! The list of jobs for people, in the reference's layout.

use std::fmt::Write as _;
use std::io::Write;

use crate::error::Error;
use crate::job::{Job, JobFilter};
use crate::scheduler::Scheduler;

impl Scheduler {
    /// The jobs as text: before the start the pending ones, afterwards store by store in order of
    /// their aliases. `store` limits it to one; an alias that there is not has nothing to show.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn jobs_text(&self, store: Option<&str>) -> Result<String, Error> {
        let mut text = String::new();
        if !self.inner.is_open() {
            let all = self.get_jobs(JobFilter::all()).await?;
            let filter = store.map_or_else(JobFilter::all, JobFilter::from);
            let asked = self.get_jobs(filter).await?;
            text.push_str("Pending jobs:\n");
            if all.is_empty() {
                text.push_str("    No pending jobs\n");
            }
            lines(&mut text, &asked);
            return Ok(text);
        }
        let mut aliases = self.jobstores();
        aliases.sort();
        aliases.retain(|alias| store.is_none_or(|wanted| wanted == &**alias));
        for alias in aliases {
            let jobs = self.get_jobs(JobFilter::all().store(alias.clone())).await?;
            writeln!(text, "Jobstore {alias}:").expect("a String takes what it is given");
            if jobs.is_empty() {
                text.push_str("    No scheduled jobs\n");
            }
            lines(&mut text, &jobs);
        }
        Ok(text)
    }

    /// Writes [`jobs_text`](Self::jobs_text) to standard output.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn print_jobs(&self, store: Option<&str>) -> Result<(), Error> {
        let text = self.jobs_text(store).await?;
        // Standard output that is closed is nobody's fault here.
        let _ = std::io::stdout().lock().write_all(text.as_bytes());
        Ok(())
    }
}

fn lines(text: &mut String, jobs: &[Job]) {
    for job in jobs {
        writeln!(text, "    {job}").expect("a String takes what it is given");
    }
}
