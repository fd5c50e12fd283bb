//! How a job becomes the body of a record, and a body a job again.
//!
//! A body begins with its format: the byte 1 is bincode, a `{` is JSON. Either is read, whatever
//! is written; a later version adds a byte and keeps reading these. The byte 2 is no job but one end
//! of a move to another store, with such a body inside.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::job::{End, JobSpec, LiveBody, Schedule, Transit};

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
        /// `bincode`, `JSON`, or `move`.
        format: &'static str,
        /// What the decoder said.
        reason: String,
    },
    /// It is one end of a move between two stores.
    #[error(
        "on its way from one job store to another: if nothing moves it any more, move it again"
    )]
    InTransit,
    /// The job cannot be written.
    #[error("cannot be written: {0}")]
    Encode(String),
}

const BINCODE_1: u8 = 1;
const TRANSIT: u8 = 2;
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

/// One end of a move, around the bytes of the job.
#[derive(Serialize, Deserialize)]
struct Wrapped {
    end: End,
    token: u64,
    other: Arc<str>,
    job: Vec<u8>,
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
        Some((&TRANSIT, _)) => Err(CodecError::InTransit),
        other => Err(CodecError::UnknownFormat(other.map(|(first, _)| *first))),
    }
}

/// The bytes of one end of a move.
pub(crate) fn encode_transit(codec: Codec, transit: &Transit) -> Result<Vec<u8>, CodecError> {
    let Transit { end, token, other, job } = transit;
    let job = encode(codec, &job.spec, &job.schedule)?;
    let wrapped = Wrapped { end: *end, token: *token, other: other.clone(), job };
    let mut bytes = vec![TRANSIT];
    bincode::serde::encode_into_std_write(&wrapped, &mut bytes, BINCODE)
        .map_err(|e| CodecError::Encode(e.to_string()))?;
    Ok(bytes)
}

/// The end of a move of some bytes; none if they are a job's.
pub(crate) fn decode_transit(bytes: &[u8]) -> Result<Option<Transit>, CodecError> {
    let Some((&TRANSIT, rest)) = bytes.split_first() else { return Ok(None) };
    let malformed = |reason: String| CodecError::Malformed { format: "move", reason };
    let (wrapped, _): (Wrapped, _) = bincode::serde::decode_from_slice(rest, BINCODE)
        .map_err(|error| malformed(error.to_string()))?;
    let Wrapped { end, token, other, job } = wrapped;
    let (spec, schedule) = decode(&job)?;
    let job = LiveBody { spec: Arc::new(spec), schedule };
    Ok(Some(Transit { end, token, other, job }))
}

#[cfg(test)]
mod golden;
