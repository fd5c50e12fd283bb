//! Jobs of a crontab, a user's or the system's.

mod line;

use std::collections::BTreeMap;

use sched_core::Zone;
use sched_core::task::Args;
use sched_core::trigger::{Cron, Defaults, IntoTrigger, Trigger, TriggerError};
use serde::Serialize;

use crate::Import;
use crate::job::{ImportedJob, NextRun, Refusal};
use line::{Command, Line, Word};

/// How the lines of a crontab become jobs.
///
/// Each calls one task, which gets what the line says: `command`, a text; `env`, the variables that
/// are set above the line; `user`, the user of a line of the system's crontab; and `stdin`, what
/// follows the first `%`. The last two are left out where a line has none. What it does with them, such
/// as to start a shell, is its own business.
///
/// ```
/// use sched_core::trigger::Defaults;
/// use sched_core::{Timestamp, Zone};
/// use sched_import::{Crontab, Import};
///
/// let defaults = Defaults { zone: Zone::UTC, now: Timestamp::from_secs(0) };
/// let text = "PATH=/bin\n0 9 * * mon  root  greet%hello\n@reboot root start\n";
/// let import = Import::crontab(text, &Crontab::of_system("shell"), &defaults);
/// assert_eq!(
///     import.jobs[0].args.as_json(),
///     r#"{"command":"greet","env":{"PATH":"/bin"},"user":"root","stdin":"hello"}"#
/// );
/// assert_eq!(
///     import.refused[0].to_string(),
///     "crontab:3: line 3, column 1: @reboot: a scheduler does not know of boots"
/// );
/// ```
#[derive(Debug, Clone)]
pub struct Crontab {
    task: String,
    has_users: bool,
    prefix: String,
}

/// The task's arguments.
#[derive(Serialize)]
struct Arguments<'a> {
    command: &'a str,
    env: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stdin: Option<&'a str>,
}

impl Crontab {
    /// One of a user, as `crontab -l` shows it: five fields, then the command. `task` is the name of
    /// the task that its jobs call.
    pub fn of_user(task: impl Into<String>) -> Self {
        Crontab { task: task.into(), has_users: false, prefix: "crontab".to_owned() }
    }

    /// One of the system, such as `/etc/crontab` and the files of `/etc/cron.d`: five fields, a user,
    /// then the command.
    pub fn of_system(task: impl Into<String>) -> Self {
        Crontab { has_users: true, ..Crontab::of_user(task) }
    }

    /// What ids begin with, followed by `:` and the number of the line; `crontab` unless said.
    pub fn id_prefix(self, prefix: impl Into<String>) -> Self {
        Crontab { prefix: prefix.into(), ..self }
    }
}

impl Import {
    /// The jobs of a crontab. Its times are those of the zone of `defaults` until a line sets
    /// `CRON_TZ`.
    ///
    /// The rules are cron's own, which [`Cron::standard`] has: weekdays from 0 = Sunday, a day of the
    /// month *or* a weekday where both are given. What was missed while nothing ran is run once, when
    /// something does; cron forgets it.
    pub fn crontab(text: &str, crontab: &Crontab, defaults: &Defaults) -> Self {
        let mut import = Import::default();
        let mut env = BTreeMap::new();
        // The zone, or the line that should have said it.
        let mut zone = Ok(defaults.zone);
        for (number, text) in (1..).zip(text.lines()) {
            let id = format!("{}:{number}", crontab.prefix);
            let fault = |column, reason: String| Refusal::Text { line: number, column, reason };
            let line = match line::read(text, crontab.has_users) {
                Ok(Some(line)) => line,
                Ok(None) => continue,
                Err(line::Fault { column, reason }) => {
                    import.note(id, Err(fault(column, reason)));
                    continue;
                }
            };
            match line {
                Line::Variable { name, value, value_at } if name == "CRON_TZ" => {
                    zone = value.parse::<Zone>().map_err(|_| number);
                    if let Err(error) = value.parse::<Zone>() {
                        import.note(id, Err(fault(value_at, error.to_string())));
                    }
                }
                Line::Variable { name, value, .. } => {
                    env.insert(name, value);
                }
                Line::Job { schedule, command } => {
                    let made = zone
                        .map_err(|line| fault(1, format!("the zone of line {line} is not known")))
                        .and_then(|zone| trigger(&schedule, zone, defaults, number));
                    let job = made.map(|trigger| crontab.job(&id, trigger, &command, &env));
                    import.note(id, job);
                }
            }
        }
        import
    }
}

/// Faults get the column that they have in the whole line.
fn trigger(
    schedule: &Word<'_>,
    zone: Zone,
    defaults: &Defaults,
    line: usize,
) -> Result<Trigger, Refusal> {
    let cron = Cron::standard(schedule.text).timezone(zone);
    cron.into_trigger(defaults).map_err(|error| match error {
        TriggerError::Text { field, position, reason, .. } => {
            let column = schedule.column + position;
            Refusal::Text { line, column, reason: format!("{field}: {reason}") }
        }
        error => error.into(),
    })
}

impl Crontab {
    fn job(
        &self,
        id: &str,
        trigger: Trigger,
        command: &Command<'_>,
        env: &BTreeMap<String, String>,
    ) -> ImportedJob {
        let Command { user, command, stdin } = command;
        let arguments = Arguments { command, env, user: *user, stdin: stdin.as_deref() };
        ImportedJob {
            id: id.to_owned(),
            name: command.clone(),
            origin: command.clone(),
            task: self.task.clone(),
            args: Args::of(&arguments).expect("texts are JSON"),
            trigger,
            next: NextRun::Trigger,
            executor: "default".to_owned(),
            misfire_grace_time: None,
            coalesce: true,
            max_instances: 1,
            notes: Vec::new(),
        }
    }
}
