//! Every page is in the guide's contents and among those that are compiled; every TOML block is
//! what the code reads.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};
use sched_core::config::{Config, Plugins};
use sched_import::Mapping;

fn guide() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("guide")
}

/// Every Markdown file of the guide, from its folder.
fn pages() -> BTreeSet<String> {
    let mut pages = BTreeSet::new();
    let mut folders = vec![guide()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                let page = path.strip_prefix(guide()).unwrap().to_str().unwrap();
                pages.insert(page.replace('\\', "/"));
            }
        }
    }
    pages
}

/// The blocks of one language, in the order of the page.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut block = None;
    for event in Parser::new(text) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) if &*info == language => {
                block = Some(String::new());
            }
            Event::Text(text) => {
                if let Some(block) = &mut block {
                    block.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => blocks.extend(block.take()),
            _ => {}
        }
    }
    blocks
}

#[test]
fn every_page_is_compiled() {
    let compiled = sched_guide::PAGES.iter().map(|page| (*page).to_owned()).collect();
    assert_eq!(pages(), compiled, "add it to docs/guide-tests/src/lib.rs");
}

#[test]
fn every_page_is_in_the_contents() {
    let contents = fs::read_to_string(guide().join("../SUMMARY.md")).unwrap();
    let listed = Parser::new(&contents).filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. }) => {
            dest_url.strip_prefix("guide/").map(str::to_owned)
        }
        _ => None,
    });
    assert_eq!(listed.collect::<BTreeSet<_>>(), pages(), "add it to docs/SUMMARY.md");
}

#[test]
fn configurations_are_read() {
    let mut plugins = Plugins::new();
    sched_exec_process::register(&mut plugins);
    sched_exec_thread::register(&mut plugins);
    sched_exec_tokio::register(&mut plugins);
    sched_store_etcd::register(&mut plugins);
    sched_store_mongo::register(&mut plugins);
    sched_store_redis::register(&mut plugins);
    sched_store_rethinkdb::register(&mut plugins);
    sched_store_sql::register(&mut plugins);
    sched_store_zk::register(&mut plugins);
    let mut read = 0;
    for page in pages() {
        let text = fs::read_to_string(guide().join(&page)).unwrap();
        for block in blocks(&text, "toml") {
            if is_manifest(&block, &page) {
                continue;
            }
            if page == "migration.md" {
                Mapping::from_toml(&block).unwrap_or_else(|e| panic!("{page}: {e}"));
                continue;
            }
            let config: Config = toml::from_str(&block).unwrap_or_else(|e| panic!("{page}: {e}"));
            let builder = config.into_builder(&plugins).unwrap_or_else(|e| panic!("{page}: {e}"));
            builder.build().unwrap_or_else(|e| panic!("{page}: {e}"));
            read += 1;
        }
    }
    assert!(read >= 7, "only {read} configurations were found");
}

/// A piece of a `Cargo.toml` names packages and features that are there.
fn is_manifest(block: &str, page: &str) -> bool {
    let table: toml::Table = toml::from_str(block).unwrap_or_else(|e| panic!("{page}: {e}"));
    let Some(dependencies) = table.get("dependencies").and_then(toml::Value::as_table) else {
        return false;
    };
    let crates = guide().join("../../crates");
    for (name, said) in dependencies.iter().filter(|(name, _)| name.starts_with("sched-")) {
        let manifest = fs::read_to_string(crates.join(name).join("Cargo.toml"));
        let manifest = manifest.unwrap_or_else(|e| panic!("{page}: {name}: {e}"));
        let manifest: toml::Table = toml::from_str(&manifest).unwrap();
        for feature in said.get("features").and_then(toml::Value::as_array).into_iter().flatten() {
            let known = manifest.get("features").and_then(|all| all.get(feature.as_str()?));
            assert!(known.is_some(), "{page}: {name} has no feature {feature:?}");
        }
    }
    true
}
