//! The code in the guide's page, compiled and run.

#[doc = include_str!("../../../docs/guide/migration.md")]
struct Migration;
