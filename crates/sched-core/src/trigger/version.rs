//! The format number that every stored trigger begins with.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The version of a stored form; the one that this program writes is `CURRENT`.
///
/// It is the first field of every stored form, so that a form of a newer program is refused before
/// anything else of it is read. In JSON a missing version means 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Version<const CURRENT: u32>;

impl<const CURRENT: u32> Default for Version<CURRENT> {
    fn default() -> Self {
        Version
    }
}

impl<const CURRENT: u32> Serialize for Version<CURRENT> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(CURRENT)
    }
}

impl<'de, const CURRENT: u32> Deserialize<'de> for Version<CURRENT> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let version = u32::deserialize(deserializer)?;
        if (1..=CURRENT).contains(&version) {
            return Ok(Version);
        }
        Err(de::Error::custom(format_args!(
            "a trigger of format version {version} cannot be read: this program knows versions up \
             to {CURRENT}"
        )))
    }
}
