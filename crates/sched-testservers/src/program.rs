//! Where programs are.

use std::env;
use std::path::{Path, PathBuf};

use crate::account::is_root;

/// Where Debian puts programs that are no user's commands.
const MORE_FOLDERS: [&str; 2] = ["/usr/sbin", "/usr/local/sbin"];

/// The program of this name that a command line would find.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let more = MORE_FOLDERS.map(PathBuf::from);
    env::split_paths(&path).chain(more).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// The newest of the versions whose folders are in `parent`, each with this program in it.
pub(crate) fn newest(parent: &str, program: &str) -> Option<PathBuf> {
    let versions = Path::new(parent).read_dir().ok()?.flatten().filter_map(|entry| {
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        let file = entry.path().join(program);
        file.is_file().then_some((version, file))
    });
    versions.max().map(|(_, file)| file)
}

/// Where what was downloaded for tests is kept, from run to run and for all checkouts.
///
/// Servers run as somebody who may not look into root's home, so root's is elsewhere.
pub fn cache_folder() -> PathBuf {
    if is_root() {
        return PathBuf::from("/var/cache/sched-testservers");
    }
    let home = || env::home_dir().unwrap_or_default().join(".cache");
    let caches = env::var_os("XDG_CACHE_HOME").filter(|path| Path::new(path).is_absolute());
    caches.map_or_else(home, PathBuf::from).join("sched-testservers")
}

/// Where the Python package that holds `mongod` is unpacked.
pub fn mongodb_wheel_folder() -> PathBuf {
    cache_folder().join("mongodb")
}
