//! The settings in a timer unit.

use std::time::Duration;

use super::calendar::{self, Calendar};
use super::scan::Scan;
use super::span;
use crate::job::{Note, Refusal};

/// Something, and where its value begins in the file.
#[derive(Debug, Clone)]
pub(super) struct Located<T> {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) value: T,
}

/// The section `[Timer]`.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) calendars: Vec<Located<Calendar>>,
    pub(super) after_start: Option<Duration>,
    pub(super) after_active: Vec<Duration>,
    pub(super) after_inactive: Vec<Duration>,
    /// The name of the last setting that counts from a boot.
    pub(super) since_boot: Option<Located<&'static str>>,
    pub(super) random_delay: Option<Duration>,
    pub(super) accuracy: Duration,
    pub(super) persistent: bool,
    pub(super) unit: Option<String>,
    pub(super) notes: Vec<Note>,
}

pub(super) fn read(text: &str) -> Result<Settings, Refusal> {
    let mut settings = Settings {
        calendars: Vec::new(),
        after_start: None,
        after_active: Vec::new(),
        after_inactive: Vec::new(),
        since_boot: None,
        random_delay: None,
        // What systemd takes.
        accuracy: Duration::from_secs(60),
        persistent: false,
        unit: None,
        notes: Vec::new(),
    };
    let mut is_timer = false;
    let mut goes_on = false;
    for (line, text) in (1..).zip(text.lines()) {
        // A line of another section may go on in the next, which is then no setting by itself.
        let is_rest = std::mem::replace(&mut goes_on, text.ends_with('\\'));
        let mut scan = Scan { rest: text.trim_end(), line, column: 1 };
        scan.blanks();
        if scan.rest.starts_with(['#', ';']) {
            // Comments may stand between the two.
            goes_on = is_rest;
            continue;
        }
        if scan.is_at_end() || (is_rest && !is_timer) {
            continue;
        }
        if scan.rest.starts_with('[') {
            is_timer = scan.rest == "[Timer]";
        } else if is_timer && goes_on {
            return Err(scan.fault("a setting that goes on in the next line is not read"));
        } else if is_timer {
            setting(scan, &mut settings)?;
        }
    }
    Ok(settings)
}

fn setting(mut scan: Scan<'_>, settings: &mut Settings) -> Result<(), Refusal> {
    let start = scan;
    let name = scan.take_while(|c| c != '=').trim_end();
    if !scan.eat("=") {
        return Err(scan.fault("an equals sign must follow"));
    }
    scan.blanks();
    match name {
        // An empty one takes back all that came before, of each kind.
        "OnCalendar" | "OnActiveSec" | "OnBootSec" | "OnStartupSec" | "OnUnitActiveSec"
        | "OnUnitInactiveSec"
            if scan.is_at_end() =>
        {
            settings.calendars.clear();
            settings.after_start = None;
            settings.after_active.clear();
            settings.after_inactive.clear();
            settings.since_boot = None;
        }
        "OnCalendar" => {
            let (line, column) = (scan.line, scan.column);
            settings.calendars.push(Located { line, column, value: calendar::read(scan)? });
        }
        "OnActiveSec" => settings.after_start = Some(span::read(scan)?),
        "OnUnitActiveSec" => settings.after_active.push(span::read(scan)?),
        "OnUnitInactiveSec" => settings.after_inactive.push(span::read(scan)?),
        "OnBootSec" | "OnStartupSec" => {
            span::read(scan)?;
            let value = if name == "OnBootSec" { "OnBootSec=" } else { "OnStartupSec=" };
            let (line, column) = (start.line, start.column);
            settings.since_boot = Some(Located { line, column, value });
        }
        "RandomizedDelaySec" => {
            let most = span::read(scan)?;
            settings.random_delay = (!most.is_zero()).then_some(most);
        }
        "AccuracySec" => settings.accuracy = span::read(scan)?,
        "Persistent" => settings.persistent = boolean(scan)?,
        "Unit" => settings.unit = (!scan.is_at_end()).then(|| scan.rest.to_owned()),
        "OnClockChange" | "OnTimezoneChange" => {
            if boolean(scan)? {
                return Err(start.fault(format!("{name}= has no counterpart")));
            }
        }
        "WakeSystem" | "FixedRandomDelay" | "RemainAfterElapse" | "DeferReactivation" => {
            if boolean(scan)? && name != "RemainAfterElapse" {
                settings.notes.push(Note::Ignored { what: format!("{name}= does nothing here") });
            }
        }
        _ => return Err(start.fault(format!("{name}= is not known"))),
    }
    Ok(())
}

fn boolean(scan: Scan<'_>) -> Result<bool, Refusal> {
    match scan.rest.to_ascii_lowercase().as_str() {
        "1" | "yes" | "y" | "true" | "t" | "on" => Ok(true),
        "0" | "no" | "n" | "false" | "f" | "off" => Ok(false),
        _ => Err(scan.fault("yes or no was expected")),
    }
}
