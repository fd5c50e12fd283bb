//! Links between the documents of this repository lead to files that exist.
//!
//! Addresses on the network are not asked: a check must not fail because a site is down.
//! Links in doc comments are rustdoc's to check.

use pulldown_cmark::{Event, Parser, Tag};

use crate::failure::Failure;
use crate::tree::{self, TextFile};

pub(crate) fn check() -> Result<(), Failure> {
    eprintln!("\ncheck: links");
    let mut count = 0;
    for file in tree::text_files()?.iter().filter(|file| file.has_extension("md")) {
        for target in dead_links(file) {
            eprintln!("{}: nothing at `{target}`", file.path.display());
            count += 1;
        }
    }
    match count {
        0 => Ok(()),
        count => Err(Failure::Findings { check: "links", count }),
    }
}

fn dead_links(file: &TextFile) -> Vec<String> {
    let folder = tree::root().join(&file.path);
    let folder = folder.parent().expect("a file is in a folder");
    Parser::new(&file.text)
        .filter_map(|event| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                Some(dest_url)
            }
            _ => None,
        })
        .filter(|target| {
            let path = target.split('#').next().unwrap_or_default();
            let elsewhere = path.contains(':');
            !elsewhere && !path.is_empty() && !folder.join(path).exists()
        })
        .map(|target| target.to_string())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_link_to_a_missing_file_is_dead() {
        let text = "\
[here](main.rs), [a part](main.rs#usage), [above](../Cargo.toml), [this page](#usage),
[afar](https://example.invalid/none), [mail](mailto:a@example.invalid),
`[code](not-a-link.md)`, [gone](gone.md) and ![seen](picture.png) and [named].

[named]: also-gone.md#part
";
        let file = TextFile { path: "xtask/src/page.md".into(), text: text.to_owned() };
        assert_eq!(dead_links(&file), ["gone.md", "picture.png", "also-gone.md#part"]);
    }
}
