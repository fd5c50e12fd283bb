//! Reading a value from left to right, knowing the column for errors.

use crate::job::Refusal;

/// The rest of a value, and where it stands in its file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scan<'a> {
    pub(super) rest: &'a str,
    pub(super) line: usize,
    pub(super) column: usize,
}

impl<'a> Scan<'a> {
    pub(super) fn fault(&self, reason: impl Into<String>) -> Refusal {
        Refusal::Text { line: self.line, column: self.column, reason: reason.into() }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Takes `text` if it is next.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        let found = self.rest.starts_with(text);
        if found {
            self.advance(text.len());
        }
        found
    }

    pub(super) fn blanks(&mut self) {
        self.take_while(char::is_whitespace);
    }

    pub(super) fn take_while(&mut self, matches: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !matches(c)).unwrap_or(self.rest.len());
        self.advance(end)
    }

    /// Up to the next blank, as a text to be read by itself.
    pub(super) fn word(&mut self) -> Scan<'a> {
        let start = *self;
        Scan { rest: self.take_while(|c| !c.is_whitespace()), ..start }
    }

    /// A whole number, if one is next.
    pub(super) fn number(&mut self) -> Result<Option<u32>, Refusal> {
        let start = *self;
        let digits = self.take_while(|c| c.is_ascii_digit());
        if digits.is_empty() {
            return Ok(None);
        }
        digits.parse().map(Some).map_err(|_| start.fault("the number is too large"))
    }

    fn advance(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        self.column += taken.chars().count();
        taken
    }
}
