//! Folders of servers whose test was killed: nobody was left to remove them.

use std::path::Path;
use std::{env, fs, io};

use crate::process::ProcessId;

/// The beginning of every folder's name.
pub(crate) const PREFIX: &str = "sched-server-";
/// Names the process that a server dies with.
const OWNER: &str = "owner";

/// Notes that the folder belongs to this process, and is of no use after it.
pub(crate) fn own(folder: &Path) -> io::Result<()> {
    match ProcessId::of_this_process() {
        Some(ProcessId { pid, started }) => {
            fs::write(folder.join(OWNER), format!("{pid} {started}"))
        }
        None => Ok(()),
    }
}

/// Removes what processes have left that were killed before they could: best done now and then.
/// What cannot be removed stays.
pub fn remove_leftovers() {
    for entry in env::temp_dir().read_dir().into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX) && is_left_over(&entry.path()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_left_over(folder: &Path) -> bool {
    let owner = fs::read_to_string(folder.join(OWNER)).ok();
    owner.and_then(|text| parse(&text)).is_some_and(|owner| !owner.is_alive())
}

fn parse(text: &str) -> Option<ProcessId> {
    let (pid, started) = text.split_once(' ')?;
    Some(ProcessId { pid: pid.parse().ok()?, started: started.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_folder_of_a_process_that_has_gone_is_left_over() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_left_over(folder.path()), "nobody's");
        own(folder.path()).unwrap();
        assert!(!is_left_over(folder.path()), "ours");
        let ProcessId { pid, started } = ProcessId::of_this_process().unwrap();
        fs::write(folder.path().join(OWNER), format!("{pid} {}", started + 1)).unwrap();
        assert!(is_left_over(folder.path()), "of an earlier process with our number");
    }
}
