//! Texts and moments as names of nodes.
//!
//! A name keeps ASCII letters, digits, `-`, `_` and `.` as they are and writes every other byte as
//! `%` and two hexadecimal digits. A leading `.` is written so too, since `.` and `..` are no names,
//! and the empty text is `%`.

use std::fmt::Write;

use sched_core::Timestamp;

/// Names of nodes are made of it, so it must never change.
pub(crate) fn hash(text: &str) -> u64 {
    // FNV-1a.
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, mix)
}

/// Adds the text's name to what is there.
pub(crate) fn push(name: &mut String, text: &str) {
    if text.is_empty() {
        name.push('%');
    }
    for (place, byte) in text.bytes().enumerate() {
        if is_plain(byte) && !(place == 0 && byte == b'.') {
            name.push(char::from(byte));
        } else {
            write!(name, "%{byte:02X}").expect("a string takes whatever is written to it");
        }
    }
}

/// The text of a name; none if no text is written so.
pub(crate) fn text(name: &str) -> Option<String> {
    if name.bytes().all(is_plain) {
        return (!name.is_empty() && !name.starts_with('.')).then(|| name.to_owned());
    }
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
        } else if let Some((digits, after)) = rest.split_first_chunk::<2>() {
            bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
            rest = after;
        }
    }
    let text = String::from_utf8(bytes).ok()?;
    let mut again = String::with_capacity(name.len());
    push(&mut again, &text);
    (again == name).then_some(text)
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

/// A number that orders as the moment does, without a sign.
pub(crate) fn ordered(moment: Timestamp) -> u64 {
    (moment.as_micros() ^ i64::MIN).cast_unsigned()
}

/// The moment of such a number.
pub(crate) fn moment(ordered: u64) -> Timestamp {
    Timestamp::from_micros(ordered.cast_signed() ^ i64::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> String {
        let mut name = String::new();
        push(&mut name, text);
        name
    }

    #[test]
    fn a_text_is_read_from_its_name() {
        for (given, expected) in [
            ("job-1_a.b", "job-1_a.b"),
            ("", "%"),
            (".", "%2E"),
            ("..", "%2E."),
            (".a.", "%2Ea."),
            ("a/b", "a%2Fb"),
            ("%", "%25"),
            ("%41", "%2541"),
            ("\0", "%00"),
            ("ä", "%C3%A4"),
            ("\u{ffff}", "%EF%BF%BF"),
        ] {
            assert_eq!(name(given), expected);
            assert_eq!(text(expected).as_deref(), Some(given));
        }
    }

    #[test]
    fn what_is_no_name_of_a_text_is_none() {
        for other in ["", ".", "..", ".a", "%%", "a%", "%4", "%41", "%c3%a4", "%C3", "%+1", "a b"] {
            assert_eq!(text(other), None, "{other:?}");
        }
    }

    #[test]
    fn numbers_order_as_moments_do() {
        let micros = [i64::MIN, i64::MIN + 1, -1, 0, 1, 1 << 53, (1 << 53) + 1, i64::MAX];
        let numbers = micros.map(|micros| ordered(Timestamp::from_micros(micros)));
        assert!(numbers.is_sorted_by(|a, b| a < b));
        assert_eq!(numbers.map(|number| moment(number).as_micros()), micros);
    }

    #[test]
    fn the_hash_is_what_it_was() {
        assert_eq!(hash(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash("a"), 0xaf63_dc4c_8601_ec8c);
    }
}
