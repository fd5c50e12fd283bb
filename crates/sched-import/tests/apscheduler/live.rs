//! The real packages write a store, which is then imported.

use std::process::Command;

use sched_testservers::Reference;

use crate::{TABLES, expected, fixtures, import, stored};

#[tokio::test]
async fn what_the_real_package_writes_now_is_read_as_what_it_wrote_then() {
    for reference in Reference::ALL {
        let version = reference.version;
        let Some(package) = reference.shared() else {
            // It has said so. What was recorded is what can be read instead.
            let import = import(stored(&fixtures(), version, TABLES[0]).await);
            expected::check(&import, &fixtures(), version);
            continue;
        };
        let folder = tempfile::tempdir().unwrap();
        let mut python = Command::new("python3");
        python.args(["-B", "-W", "ignore"]).arg(fixtures().join("make.py")).arg(folder.path());
        let output = python.env("PYTHONPATH", package).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "APScheduler {version}: {said}");
        for table in TABLES {
            let import = import(stored(folder.path(), version, table).await);
            expected::check(&import, folder.path(), version);
        }
        // It says the same now as it did then.
        let json = format!("apscheduler-{version}.json");
        let read = |folder: &std::path::Path| std::fs::read_to_string(folder.join(&json)).unwrap();
        assert_eq!(read(folder.path()), read(&fixtures()));
    }
}
