//! `cargo xtask package`: the crates as they would go to a registry, made and looked into. Nothing
//! is sent.

use std::path::Path;

use serde::Deserialize;

use crate::failure::Failure;
use crate::step::Step;

/// What every package carries, beside its code.
const FILES: [&str; 3] = ["README.md", "LICENSE-APACHE", "LICENSE-MIT"];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

/// What cargo says of a package, as far as it is looked at here.
#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: String,
    description: Option<String>,
    license: Option<String>,
    readme: Option<String>,
    rust_version: Option<String>,
    documentation: Option<String>,
    keywords: Vec<String>,
    categories: Vec<String>,
    /// None: anywhere. Empty: nowhere.
    publish: Option<Vec<String>>,
}

pub(crate) fn check() -> Result<(), Failure> {
    eprintln!("\ncheck: packages");
    let metadata = Step::cargo(["metadata", "--no-deps", "--format-version", "1"]).output()?;
    let metadata: Metadata = serde_json::from_slice(&metadata).map_err(Failure::Metadata)?;
    let mut published = metadata.packages;
    published.retain(|package| package.publish.is_none());
    let faults: Vec<String> = published.iter().flat_map(faults).collect();
    faults.iter().for_each(|fault| eprintln!("{fault}"));
    if !faults.is_empty() {
        return Err(Failure::Findings { check: "packages", count: faults.len() });
    }
    // Uncommitted changes are what is being worked on. Compiled is the same code elsewhere.
    let mut arguments = vec!["package", "--quiet", "--allow-dirty", "--no-verify"];
    for package in &published {
        arguments.extend(["-p", &package.name]);
    }
    Step::cargo(arguments).run()
}

/// What a registry, or whoever finds the crate there, would miss.
fn faults(package: &Package) -> Vec<String> {
    let said = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    let folder = Path::new(&package.manifest_path).parent().expect("a manifest is in a folder");
    let mut missing: Vec<&str> =
        FILES.into_iter().filter(|file| !folder.join(file).exists()).collect();
    let fields = [
        ("description", said(&package.description)),
        ("license", said(&package.license)),
        ("rust-version", said(&package.rust_version)),
        ("documentation", said(&package.documentation)),
        ("keywords", !package.keywords.is_empty()),
        ("categories", !package.categories.is_empty()),
        // That of the whole workspace is not what this crate is for.
        ("readme of its own", package.readme.as_deref() == Some("README.md")),
    ];
    missing.extend(fields.into_iter().filter(|(_, there)| !there).map(|(field, _)| field));
    missing.into_iter().map(|what| format!("{}: no {what}", package.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_package_lacks_is_named() {
        let bare = r#"{ "name": "bare", "manifest_path": "nowhere/Cargo.toml",
            "description": null, "license": "", "readme": "../README.md", "rust_version": "1.95",
            "documentation": "https://docs.rs/bare", "keywords": ["a"], "categories": [],
            "publish": null }"#;
        let bare: Package = serde_json::from_str(bare).unwrap();
        let named = [
            "README.md",
            "LICENSE-APACHE",
            "LICENSE-MIT",
            "description",
            "license",
            "categories",
            "readme of its own",
        ];
        assert_eq!(faults(&bare), named.map(|what| format!("bare: no {what}")));
    }
}
