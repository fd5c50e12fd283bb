//! What compilers and lints do not see: tests that are switched off, paths of one machine,
//! crates without the workspace's lints, files that have grown too long.

use std::path::Path;

use crate::failure::Failure;
use crate::tree::{self, TextFile};

/// A longer file probably holds a second idea. It is named, but does not fail the check.
const LONG: usize = 600;

/// Folders at the root of a file system that hold one person's or one run's files.
const MACHINE_FOLDERS: [&str; 3] = ["home", "Users", "tmp"];

pub(crate) fn check() -> Result<(), Failure> {
    eprintln!("\ncheck: files");
    let mut count = 0;
    for file in tree::text_files()? {
        let path = file.path.display();
        for (line, fault) in faults(&file) {
            eprintln!("{path}:{line}: {fault}");
            count += 1;
        }
        let lines = file.text.lines().count();
        if file.has_extension("rs") && lines > LONG {
            eprintln!("{path}: warning: {lines} lines, more than {LONG}");
        }
    }
    match count {
        0 => Ok(()),
        count => Err(Failure::Findings { check: "files", count }),
    }
}

/// Line numbers and what is wrong there.
fn faults(file: &TextFile) -> Vec<(usize, &'static str)> {
    let mut found = Vec::new();
    if file.path.file_name() == Some("Cargo.toml".as_ref()) && !inherits_lints(&file.text) {
        found.push((1, "a package without `[lints] workspace = true`"));
    }
    // A lock file and compressed data hold nothing that somebody wrote.
    let written = file.path != Path::new("Cargo.lock");
    for (index, line) in file.text.lines().enumerate() {
        if file.has_extension("rs") && switches_a_test_off(line) {
            found.push((index + 1, "a test that is switched off"));
        }
        if written && names_a_machine(line) {
            found.push((index + 1, "a path that exists on one machine only"));
        }
    }
    found
}

fn inherits_lints(manifest: &str) -> bool {
    let mut lines = manifest.lines().map(str::trim);
    let is_package = lines.clone().any(|line| line == "[package]");
    !is_package || (lines.any(|line| line == "[lints]") && lines.next() == Some("workspace = true"))
}

fn switches_a_test_off(line: &str) -> bool {
    let line = line.trim_start();
    let attribute =
        line.starts_with("#[ignore") || (line.starts_with("#[cfg_attr") && line.contains("ignore"));
    let example = (line.starts_with("///") || line.starts_with("//!"))
        && line.contains("```")
        && line.contains("ignore");
    attribute || example
}

fn names_a_machine(line: &str) -> bool {
    MACHINE_FOLDERS.iter().any(|folder| {
        let path = format!("/{folder}/");
        // Behind a name or a variable it is a folder further down, not at the root.
        line.match_indices(&path).any(|(at, _)| {
            !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-})~*".contains(c))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(path: &str, text: &str) -> Vec<usize> {
        let file = TextFile { path: path.into(), text: text.to_owned() };
        faults(&file).into_iter().map(|(line, _)| line).collect()
    }

    #[test]
    fn a_test_that_is_switched_off_is_found() {
        let attribute = "#[test]\n    #[ignore = \"slow\"]\nfn slow() {}\n";
        assert_eq!(faults_of("a.rs", attribute), [2]);
        assert_eq!(faults_of("a.rs", "#[cfg_attr(windows, ignore)]\n"), [1]);
        assert_eq!(faults_of("a.rs", "/// ```rust,ignore\n"), [1]);
        assert_eq!(
            faults_of("a.rs", "// An entry that we ignore.\nlet ignore = 1;\n"),
            [0_usize; 0]
        );
        assert_eq!(faults_of("a.md", attribute), [0_usize; 0]);
    }

    #[test]
    fn a_path_of_one_machine_is_found() {
        for folder in MACHINE_FOLDERS {
            assert_eq!(faults_of("a.md", &format!("see\n`/{folder}/x`")), [2]);
            assert_eq!(faults_of("a.toml", &format!("url = \"sqlite:///{folder}/x\"")), [1]);
            assert_eq!(faults_of("a.rs", &format!("\"target/{folder}/x\"")), [0_usize; 0]);
            assert_eq!(faults_of("a.sh", &format!("${{ROOT}}/{folder}/x")), [0_usize; 0]);
            assert_eq!(faults_of("Cargo.lock", &format!("/{folder}/x")), [0_usize; 0]);
        }
    }

    #[test]
    fn a_package_must_take_the_lints_of_the_workspace() {
        assert_eq!(faults_of("a/Cargo.toml", "[package]\nname = \"a\"\n"), [1]);
        assert_eq!(faults_of("a/Cargo.toml", "[package]\n[lints]\nclippy = {}\n"), [1]);
        assert_eq!(
            faults_of("a/Cargo.toml", "[package]\n\n[lints]\nworkspace = true\n"),
            [0_usize; 0]
        );
        assert_eq!(faults_of("Cargo.toml", "[workspace]\nmembers = []\n"), [0_usize; 0]);
    }
}
