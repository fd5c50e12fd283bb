//! The programs that the README and the guide say to run are there.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What follows `cargo run`: the package if one is said, then `--example` or `--bin`, and the name.
type Program = (Option<String>, String, String);

/// Every program of the workspace: named alone, which finds those that are compiled by default, and
/// with its package, which finds all.
fn programs() -> BTreeSet<Program> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root)
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let by_default = metadata["workspace_default_members"].as_array().unwrap();
    let mut programs = BTreeSet::new();
    for package in metadata["packages"].as_array().unwrap() {
        for target in package["targets"].as_array().unwrap() {
            let option = format!("--{}", target["kind"][0].as_str().unwrap());
            let name = target["name"].as_str().unwrap().to_owned();
            let said = package["name"].as_str().map(str::to_owned);
            if by_default.contains(&package["id"]) {
                programs.insert((None, option.clone(), name.clone()));
            }
            programs.insert((said, option, name));
        }
    }
    programs
}

/// The programs that a page names. A short form, without `cargo`, goes on with the last package.
fn named(text: &str) -> Vec<Program> {
    let mut found = Vec::new();
    let mut package = None;
    let words = text.split(|c: char| c.is_whitespace() || "`,;()".contains(c));
    let mut words = words.filter(|word| !word.is_empty());
    while let Some(word) = words.next() {
        match word {
            "cargo" => package = None,
            "-p" => package = words.next().map(str::to_owned),
            "--example" | "--bin" => {
                let name = words.next().unwrap_or_default().to_owned();
                found.push((package.clone(), word.to_owned(), name));
            }
            _ => {}
        }
    }
    found
}

#[test]
fn every_program_is_there() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guide = sched_guide::PAGES.iter().map(|page| folder.join("../guide").join(page));
    let programs = programs();
    let mut count = 0;
    for page in guide.chain([folder.join("../../README.md")]) {
        for program in named(&fs::read_to_string(&page).unwrap()) {
            // The place of a name, not one.
            if program.2 != "NAME" {
                assert!(programs.contains(&program), "{}: {program:?}", page.display());
                count += 1;
            }
        }
    }
    assert!(count >= 15, "only {count} commands were found");
}
