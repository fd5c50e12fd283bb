//! The table of APScheduler's SQLAlchemyJobStore.

/// What reads it. The name may have a schema before it, `schema.table`.
///
/// The next run time is cast because a table that somebody else has made may keep it with another
/// precision.
pub(super) fn select(table: &str) -> String {
    let quoted: Vec<String> =
        table.split('.').map(|part| format!("\"{}\"", part.replace('"', "\"\""))).collect();
    let columns = "id, CAST(next_run_time AS DOUBLE PRECISION), job_state";
    format!("SELECT {columns} FROM {} ORDER BY next_run_time, id", quoted.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_quoted_whatever_it_is() {
        assert!(select("jobs").contains(r#"FROM "jobs" "#));
        assert!(select("other.jobs").contains(r#"FROM "other"."jobs" "#));
        assert!(select(r#"jobs" WHERE "#).contains(r#"FROM "jobs"" WHERE " "#));
    }
}
