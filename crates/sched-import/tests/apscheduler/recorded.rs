//! The files that are kept beside the script which wrote them.

use crate::{TABLES, VERSIONS, expected, fixtures, import, stored};

#[tokio::test]
async fn every_job_of_both_versions_and_protocols_is_taken_or_refused_as_it_must_be() {
    for version in VERSIONS {
        for table in TABLES {
            let import = import(stored(&fixtures(), version, table).await);
            expected::check(&import, &fixtures(), version);
        }
    }
}

#[tokio::test]
async fn the_report_names_every_job() {
    let stored = stored(&fixtures(), "3.11.3", TABLES[0]).await;
    let ids: Vec<String> = stored.iter().map(|job| job.id.clone()).collect();
    let report = import(stored).to_string();
    for id in &ids {
        assert_eq!(report.lines().filter(|line| line.starts_with(&format!("  {id}: "))).count(), 1);
    }
    assert!(report.starts_with("can be taken: "), "{report}");
    let line = "  interval: report([]) on interval[2:30:00], next run at 2035-03-24T21:00:00Z\n";
    assert!(report.contains(line), "{report}");
    assert!(report.contains("\n    note: random delays"), "{report}");
    assert!(report.contains("cannot be taken: 8\n"), "{report}");
}

#[tokio::test]
async fn a_file_or_a_table_that_is_not_there_is_an_error_and_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("none.sqlite");
    let error = sched_import::source::sqlite::read(&file, "apscheduler_jobs").await.unwrap_err();
    assert!(error.to_string().starts_with("opening "), "{error}");
    assert!(!file.exists());
    let file = fixtures().join("apscheduler-3.7.0.sqlite");
    let error = sched_import::source::sqlite::read(&file, "none").await.unwrap_err();
    assert!(error.to_string().starts_with("reading table none of "), "{error}");
}
