//! Flat keys and environment variables, expanded into tables.

use serde_json::{Map, Value, map};

use crate::error::Error;

/// Keys such as `apscheduler.executors.default.type`: those that begin with `prefix`, without it.
pub(super) fn dotted<K: AsRef<str>, V: Into<Value>>(
    pairs: impl IntoIterator<Item = (K, V)>,
    prefix: &str,
) -> Result<Map<String, Value>, Error> {
    let ours = |(key, value): (K, V)| {
        let key = key.as_ref().strip_prefix(prefix)?.to_owned();
        Some((key, value.into()))
    };
    expand(pairs.into_iter().filter_map(ours).collect())
}

/// Variables such as `SCHED_EXECUTORS__DEFAULT__TYPE`: those that begin with `prefix`, without
/// it, in lower case.
pub(super) fn environment<K: AsRef<str>, V: Into<String>>(
    variables: impl IntoIterator<Item = (K, V)>,
    prefix: &str,
) -> Result<Map<String, Value>, Error> {
    let ours = |(name, value): (K, V)| {
        let name = name.as_ref().strip_prefix(prefix)?;
        Some((name.to_ascii_lowercase().replace("__", "."), Value::String(value.into())))
    };
    expand(variables.into_iter().filter_map(ours).collect())
}

/// Makes tables of dotted keys. A value that is a table itself and dotted keys under it become
/// one, the dotted keys winning, whatever order they come in.
fn expand(mut pairs: Vec<(String, Value)>) -> Result<Map<String, Value>, Error> {
    // A key sorts before those under it. Stable: of equal keys the last one counts.
    pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut root = Map::new();
    for (key, value) in pairs {
        let fault = |reason: String| Error::Config { key: key.clone(), reason };
        if key.split('.').any(str::is_empty) {
            return Err(fault("it has an empty name before, between or after its dots".to_owned()));
        }
        let (way, name) = key.rsplit_once('.').unwrap_or(("", &key));
        let mut table = &mut root;
        for step in way.split('.').filter(|step| !step.is_empty()) {
            let below = match table.entry(step) {
                map::Entry::Vacant(entry) => entry.insert(Value::Object(Map::new())),
                map::Entry::Occupied(entry) => entry.into_mut(),
            };
            table = below
                .as_object_mut()
                .ok_or_else(|| fault(format!("{step:?} in it has a value of its own")))?;
        }
        table.insert(name.to_owned(), value);
    }
    Ok(root)
}
