//! Reading a short text from left to right, knowing the position for errors.

use super::field::Name;
use crate::trigger::TriggerError;

/// Something in a text that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// Where, in characters from the beginning of the text that the user gave.
    pub(super) position: usize,
    pub(super) reason: String,
}

impl Fault {
    pub(super) fn new(position: usize, reason: impl Into<String>) -> Self {
        Fault { position, reason: reason.into() }
    }

    /// The error that shows the user the whole text.
    pub(super) fn of(self, field: &'static str, text: &str) -> TriggerError {
        TriggerError::Text {
            field,
            text: text.to_owned(),
            position: self.position,
            reason: self.reason,
        }
    }
}

/// A number, and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number {
    pub(super) value: u32,
    pub(super) position: usize,
}

/// A part of a text, of which the beginning is already read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    rest: &'a str,
    position: usize,
}

impl<'a> Cursor<'a> {
    /// `part` stands at `position` in what the user gave.
    pub(super) fn new(part: &'a str, position: usize) -> Self {
        Cursor { rest: part, position }
    }

    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// Takes `expected`, an ASCII character, if it is next; for a letter in either case.
    pub(super) fn eat(&mut self, expected: char) -> bool {
        let found = self.rest.starts_with(|c: char| c.eq_ignore_ascii_case(&expected));
        if found {
            self.advance(1);
        }
        found
    }

    /// Takes the characters that satisfy `belongs`, which holds for ASCII only.
    pub(super) fn take_while(&mut self, belongs: impl Fn(u8) -> bool) -> &'a str {
        let end = self.rest.bytes().position(|b| !belongs(b)).unwrap_or(self.rest.len());
        let taken = &self.rest[..end];
        self.advance(end);
        taken
    }

    /// Takes decimal digits; a number too large for anything becomes the largest there is.
    pub(super) fn number(&mut self) -> Option<Number> {
        let position = self.position;
        let digits = self.take_while(|b| b.is_ascii_digit());
        if digits.is_empty() {
            return None;
        }
        Some(Number { value: digits.parse().unwrap_or(u32::MAX), position })
    }

    /// Nothing may follow.
    pub(super) fn end(&self) -> Result<(), Fault> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(self.fault(format!("unexpected text {:?}", self.rest)))
    }

    pub(super) fn fault(&self, reason: impl Into<String>) -> Fault {
        Fault::new(self.position, reason)
    }

    /// `ascii` bytes, each of them a character.
    fn advance(&mut self, ascii: usize) {
        self.rest = &self.rest[ascii..];
        self.position += ascii;
    }
}

impl Number {
    /// The number, if it lies between `lowest` and `highest`.
    pub(super) fn within(self, name: Name, lowest: u32, highest: u32) -> Result<u32, Fault> {
        if (lowest..=highest).contains(&self.value) {
            return Ok(self.value);
        }
        let field = name.text();
        Err(Fault::new(self.position, format!("{field} must be from {lowest} to {highest}")))
    }

    /// The number, as the step through a range that is `width` wide.
    pub(super) fn step(self, width: u32) -> Result<u32, Fault> {
        match self.value {
            0 => Err(Fault::new(self.position, "a step must be at least 1")),
            step if step > width => {
                let reason = format!("a step of {step} leads out of a range that is {width} wide");
                Err(Fault::new(self.position, reason))
            }
            step => Ok(step),
        }
    }
}

/// The parts of `text` between `separators`, each with its position.
pub(super) fn split(
    text: &str,
    is_separator: impl Fn(char) -> bool,
) -> impl Iterator<Item = (usize, &str)> {
    let mut position = 0;
    text.split(is_separator).map(move |part| {
        let at = position;
        position += part.chars().count() + 1;
        (at, part)
    })
}
