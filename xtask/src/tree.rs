//! The files of the checkout.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// The root of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the workspace")
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// A text file of the checkout.
pub(crate) struct TextFile {
    /// From the root, as people name it.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

impl TextFile {
    pub(crate) fn has_extension(&self, extension: &str) -> bool {
        self.path.extension().is_some_and(|its| its == extension)
    }
}

/// Every text file, in a fixed order. What git and cargo keep for themselves is no part of it.
pub(crate) fn text_files() -> Result<Vec<TextFile>, Failure> {
    let mut files = Vec::new();
    visit(root(), &mut files)?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn visit(folder: &Path, files: &mut Vec<TextFile>) -> Result<(), Failure> {
    let read = |source| Failure::Read { path: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(read)? {
        let entry = entry.map_err(read)?;
        let path = entry.path();
        let kind = entry.file_type().map_err(read)?;
        // A folder, or in a linked work tree a file.
        if entry.file_name() == ".git" {
            continue;
        }
        if kind.is_dir() {
            // Cargo marks its target folders with this file, whatever their name.
            if !path.join("CACHEDIR.TAG").exists() {
                visit(&path, files)?;
            }
        } else if kind.is_file() {
            let bytes =
                fs::read(&path).map_err(|source| Failure::Read { path: path.clone(), source })?;
            // What is not UTF-8 is data, not text.
            if let Ok(text) = String::from_utf8(bytes) {
                let path =
                    path.strip_prefix(root()).expect("the walk starts at the root").to_owned();
                files.push(TextFile { path, text });
            }
        }
    }
    Ok(())
}
