//! What crosses crates: conformance of triggers, cluster and crash tests.

pub mod held;
pub mod ledger;
pub mod oracle;
pub mod told;
