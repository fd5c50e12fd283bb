//! What the pool and a worker say to each other: JSON, each message behind its length in four
//! bytes.
//!
//! The worker's side blocks a thread and the pool's does not, so the two read in different ways;
//! what is read is the same.

use std::io::{self, Read, Write};
use std::time::Duration;

use sched_core::executor::RemoteCall;
use sched_core::task::{CancelReason, Permanent, RunError, RunErrorKind};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fault::Told;

/// Grows with every change that an older worker would not understand.
pub(crate) const PROTOCOL: u32 = 1;

/// The first message of the pool.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Hello {
    pub(crate) protocol: u32,
    /// Bytes.
    pub(crate) memory: Option<u64>,
    /// For each run.
    pub(crate) cpu: Option<Duration>,
}

/// What the pool says after that.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Order {
    Run(Box<RemoteCall>),
    /// The run that goes on is to stop. One that has ended in the meantime takes no notice.
    Cancel(Reason),
}

/// What a worker says: first whether it is ready; for each run that it begins, what it reports,
/// that it ended.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum News {
    Ready,
    NotReady(String),
    /// From here on the task may have done something.
    Begun,
    Progress(Value),
    Ended(Result<Value, Failure>),
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Reason {
    Requested,
    TimedOut,
    Shutdown,
    LeaseLost,
}

impl From<CancelReason> for Reason {
    fn from(reason: CancelReason) -> Self {
        match reason {
            CancelReason::TimedOut => Reason::TimedOut,
            CancelReason::Shutdown => Reason::Shutdown,
            CancelReason::LeaseLost => Reason::LeaseLost,
            // The plainest, for a reason that is not known here yet.
            _ => Reason::Requested,
        }
    }
}

impl From<Reason> for CancelReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Requested => CancelReason::Requested,
            Reason::TimedOut => CancelReason::TimedOut,
            Reason::Shutdown => CancelReason::Shutdown,
            Reason::LeaseLost => CancelReason::LeaseLost,
        }
    }
}

/// A [`RunError`] on its way.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Failure {
    kind: RunErrorKind,
    /// Whether another attempt is worth nothing. The one thing that an error's type says.
    permanent: bool,
    told: Told,
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        let source = std::error::Error::source(&error).expect("a run's error has a source");
        Failure { kind: error.kind(), permanent: error.is_permanent(), told: Told::of(source) }
    }
}

impl From<Failure> for RunError {
    fn from(Failure { kind, permanent, told }: Failure) -> Self {
        match permanent {
            true => RunError::new(kind, Permanent::new(told)),
            false => RunError::new(kind, told),
        }
    }
}

const LENGTH: usize = size_of::<u32>();

/// A message, ready to be written.
///
/// # Errors
/// When it is longer than 4 GiB, or cannot be written as JSON.
pub(crate) fn framed(message: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; LENGTH];
    serde_json::to_writer(&mut frame, message)?;
    let length = u32::try_from(frame.len() - LENGTH)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "a message of more than 4 GiB"))?;
    frame[..LENGTH].copy_from_slice(&length.to_be_bytes());
    Ok(frame)
}

/// Takes the first message off what has been read, if it is there in full.
///
/// # Errors
/// When it is none of this protocol.
pub(crate) fn unframe<T: DeserializeOwned>(read: &mut Vec<u8>) -> io::Result<Option<T>> {
    let Some((length, rest)) = read.split_first_chunk() else { return Ok(None) };
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(io::Error::other)?;
    let Some(message) = rest.get(..length) else { return Ok(None) };
    let message = serde_json::from_slice(message)?;
    read.drain(..LENGTH + length);
    Ok(Some(message))
}

/// Writes a message, however long that takes.
pub(crate) fn write(mut to: impl Write, message: &impl Serialize) -> io::Result<()> {
    to.write_all(&framed(message)?)
}

/// Waits for a message; none when there will be no more.
pub(crate) fn read<T: DeserializeOwned>(mut from: impl Read) -> io::Result<Option<T>> {
    let mut frame = || {
        let mut length = [0; LENGTH];
        from.read_exact(&mut length)?;
        let length = u64::from(u32::from_be_bytes(length));
        let mut message = Vec::new();
        // Not reserved at once: the number may be wrong.
        let read = from.by_ref().take(length).read_to_end(&mut message)?;
        if read as u64 == length { Ok(message) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    };
    match frame() {
        Ok(message) => Ok(Some(serde_json::from_slice(&message)?)),
        Err(error) if is_end(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether the other end is gone; reset: before it had read everything.
pub(crate) fn is_end(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_out_one_by_one_wherever_the_stream_was_cut() {
        let said = [News::Begun, News::Progress(Value::from("half")), News::Ended(Ok(7.into()))];
        let stream: Vec<u8> = said.iter().flat_map(|news| framed(news).unwrap()).collect();
        for size in 1..=stream.len() {
            let (mut read, mut heard) = (Vec::new(), Vec::new());
            for piece in stream.chunks(size) {
                read.extend_from_slice(piece);
                while let Some(news) = unframe::<News>(&mut read).unwrap() {
                    heard.push(format!("{news:?}"));
                }
            }
            assert_eq!(heard, said.each_ref().map(|news| format!("{news:?}")), "cut at {size}");
            assert!(read.is_empty());
        }
    }

    #[test]
    fn a_stream_that_breaks_off_has_no_further_message() {
        let whole = framed(&News::Progress(Value::from("half"))).unwrap();
        assert!(read::<News>(&whole[..]).unwrap().is_some());
        for cut in 0..whole.len() {
            assert!(read::<News>(&whole[..cut]).unwrap().is_none(), "cut at {cut}");
        }
    }

    #[test]
    fn an_end_that_went_with_something_unread_is_gone_like_any_other() {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
        write(&ours, &News::Begun).unwrap();
        drop(theirs);
        assert!(read::<News>(&ours).unwrap().is_none());
    }

    #[test]
    fn what_is_none_of_the_protocol_is_an_error() {
        let mut noise = vec![0, 0, 0, 3, b'a', b'b', b'c'];
        assert!(read::<News>(&noise[..]).is_err());
        assert!(unframe::<News>(&mut noise).is_err());
    }

    fn sent(error: RunError) -> RunError {
        let frame = framed(&Failure::from(error)).unwrap();
        read::<Failure>(&frame[..]).unwrap().unwrap().into()
    }

    #[test]
    fn an_error_keeps_its_kind_and_its_causes() {
        let inner = io::Error::other("disk full");
        let error = sched_core::Error::NoThread { source: inner };
        let error = RunError::new(RunErrorKind::Failed, error);
        let text = error.to_string();
        let come = sent(error);
        assert_eq!((come.kind(), come.to_string()), (RunErrorKind::Failed, text));
        assert!(!come.is_permanent());
        let told = std::error::Error::source(&come).unwrap();
        assert_eq!(told.to_string(), "no thread for the scheduler: disk full");
        assert_eq!(told.source().unwrap().to_string(), "disk full");
    }

    #[test]
    fn an_error_that_is_permanent_stays_so() {
        let error = || RunError::new(RunErrorKind::Failed, Permanent::new("no address"));
        let come = sent(error());
        assert!(come.is_permanent());
        assert_eq!(come.to_string(), error().to_string());
    }
}
