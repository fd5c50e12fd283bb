//! How a job becomes the body of a record, and a body a job again.
//!
//! A body begins with its format: the byte 1 is bincode, a `{` is JSON. Either is read, whatever
//! is written; a later version adds a byte and keeps reading these.

use serde::{Deserialize, Serialize};

use crate::job::{JobSpec, Schedule};

/// What bodies are written as. Every scheduler reads all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Codec {
    /// Compact and fast.
    #[default]
    Bincode,
    /// For people and other programs to read.
    Json,
}

/// A body cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// It was written by a later version, or by something else.
    #[error("unknown format {0:?}: written by a later version?")]
    UnknownFormat(Option<u8>),
    /// Its bytes make no sense in their format.
    #[error("malformed {format}: {reason}")]
    Malformed {
        /// `bincode` or `JSON`.
        format: &'static str,
        /// What the decoder said.
        reason: String,
    },
    /// The job cannot be written.
    #[error("cannot be written: {0}")]
    Encode(String),
}

const BINCODE_1: u8 = 1;
const JSON_VERSION: u32 = 1;
const BINCODE: bincode::config::Configuration = bincode::config::standard();

#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    job: &'a JobSpec,
    schedule: &'a Schedule,
}

#[derive(Deserialize)]
struct Read {
    version: u32,
    job: JobSpec,
    schedule: Schedule,
}

/// The bytes of a job.
pub(crate) fn encode(
    codec: Codec,
    job: &JobSpec,
    schedule: &Schedule,
) -> Result<Vec<u8>, CodecError> {
    let written = Written { version: JSON_VERSION, job, schedule };
    match codec {
        Codec::Json => serde_json::to_vec(&written).map_err(|e| CodecError::Encode(e.to_string())),
        Codec::Bincode => {
            let mut bytes = vec![BINCODE_1];
            bincode::serde::encode_into_std_write((job, schedule), &mut bytes, BINCODE)
                .map_err(|e| CodecError::Encode(e.to_string()))?;
            Ok(bytes)
        }
    }
}

/// The job of some bytes.
pub(crate) fn decode(bytes: &[u8]) -> Result<(JobSpec, Schedule), CodecError> {
    match bytes.split_first() {
        Some((&BINCODE_1, rest)) => {
            let malformed = |reason: String| CodecError::Malformed { format: "bincode", reason };
            let (job, read) = bincode::serde::decode_from_slice(rest, BINCODE)
                .map_err(|e| malformed(e.to_string()))?;
            match rest.len() - read {
                0 => Ok(job),
                more => Err(malformed(format!("{more} bytes too many"))),
            }
        }
        Some((b'{', _)) => {
            let malformed = |reason: String| CodecError::Malformed { format: "JSON", reason };
            let read: Read = serde_json::from_slice(bytes).map_err(|e| malformed(e.to_string()))?;
            match read.version {
                JSON_VERSION => Ok((read.job, read.schedule)),
                later => Err(malformed(format!("version {later} is not known"))),
            }
        }
        other => Err(CodecError::UnknownFormat(other.map(|(first, _)| *first))),
    }
}

#[cfg(test)]
mod golden;
