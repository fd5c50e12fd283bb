//! The bytes of a pickle, from the first to the last.

use super::PickleError;

/// Every length is compared with what is left before anything is made of it.
#[derive(Debug)]
pub(super) struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Input { bytes, at: 0 }
    }

    /// How many bytes have been read.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], PickleError> {
        let rest = &self.bytes[self.at..];
        let taken = rest.get(..length).ok_or(PickleError::Truncated { at: self.bytes.len() })?;
        self.at += length;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], PickleError> {
        Ok(self.take(N)?.try_into().expect("as many bytes as were asked for"))
    }

    pub(super) fn byte(&mut self) -> Result<u8, PickleError> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    /// As many bytes as the next byte says.
    pub(super) fn short(&mut self) -> Result<&'a [u8], PickleError> {
        let length = self.byte()?;
        self.take(length.into())
    }

    /// As many bytes as the next four say.
    pub(super) fn long(&mut self) -> Result<&'a [u8], PickleError> {
        let length = u32::from_le_bytes(self.array()?);
        self.take_long(length.into())
    }

    /// As many bytes as the next eight say.
    pub(super) fn very_long(&mut self) -> Result<&'a [u8], PickleError> {
        let length = u64::from_le_bytes(self.array()?);
        self.take_long(length)
    }

    fn take_long(&mut self, length: u64) -> Result<&'a [u8], PickleError> {
        // What no address can hold is not there either.
        self.take(usize::try_from(length).unwrap_or(usize::MAX))
    }

    /// Up to the end of the line, without it.
    pub(super) fn line(&mut self) -> Result<&'a [u8], PickleError> {
        let rest = &self.bytes[self.at..];
        let end = rest.iter().position(|byte| *byte == b'\n');
        let end = end.ok_or(PickleError::Truncated { at: self.bytes.len() })?;
        self.at += end + 1;
        Ok(&rest[..end])
    }
}
