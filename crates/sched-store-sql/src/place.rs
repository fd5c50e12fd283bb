//! Where a store's records are: a table, in a schema.

use sched_core::store::StoreError;

use crate::dialect::Words;

/// The table of a store that is not told another.
pub(crate) const DEFAULT_TABLE: &str = "sched_jobs";

/// The most that is left of the 63 bytes of a PostgreSQL name by what is added to it.
const LONGEST: usize = 48;

/// A table, and the schema that it is in; without one, the connection's own.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) table: String,
    pub(crate) schema: Option<String>,
}

impl Default for Place {
    fn default() -> Self {
        Place { table: DEFAULT_TABLE.to_owned(), schema: None }
    }
}

impl Place {
    /// Names are put between quotes, so any of these characters does; no other is let in.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        for (what, name) in
            [("tablename", Some(&self.table)), ("tableschema", self.schema.as_ref())]
        {
            let Some(name) = name else { continue };
            let mut characters = name.chars();
            let first = characters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
            let rest = characters.all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !first || !rest || name.len() > LONGEST {
                return Err(StoreError::Settings(format!(
                    "{what} is 1 to {LONGEST} ASCII letters, digits and underscores, no digit \
                     first; {name:?} is not"
                )));
            }
        }
        Ok(())
    }

    /// The table of the records.
    pub(crate) fn table(&self, words: &Words) -> String {
        self.named(words, "")
    }

    /// Names of what else belongs to the table. No table of another store can bear one: its name
    /// has no `$`.
    pub(crate) fn named(&self, words: &Words, suffix: &str) -> String {
        let (quote, table) = (words.quote, &self.table);
        match &self.schema {
            Some(schema) => format!("{quote}{schema}{quote}.{quote}{table}{suffix}{quote}"),
            None => format!("{quote}{table}{suffix}{quote}"),
        }
    }
}
