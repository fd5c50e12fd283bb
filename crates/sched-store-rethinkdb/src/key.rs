//! Texts as keys: any text of up to 255 bytes in what room a key has, in the order of their bytes
//! as far as that goes.
//!
//! The server's keys have no NUL, and are cut off or refused beyond some length. Here
//!
//! - NUL becomes U+0001 U+0001, and U+0001 becomes U+0001 U+0002: this keeps the order;
//! - what is too long then keeps its beginning, which U+0001 U+0003 and a digest of the whole
//!   follow. Such texts, and all others with this beginning, are a *crowd*: the order of their keys
//!   says nothing about them, while that of any other two does.
//!
//! No escaped text has U+0001 U+0003 or U+0001 U+0004 in it.

use sha2::{Digest, Sha256};

/// Follows the beginning of a text that was too long.
const CUT: &str = "\u{1}\u{3}";
/// Bytes of the digest, each of two digits.
const DIGEST: usize = 16;

/// The room of a primary key, in bytes. One more is the server's.
pub(crate) const ID: usize = 127;
/// The room of a lane in the index: so much that nothing of the index is cut off by the server.
pub(crate) const LANE: usize = 72;

/// The key of a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) key: String,
    /// The whole of the text, escaped, where the key has only its beginning.
    pub(crate) whole: Option<String>,
}

impl Key {
    pub(crate) fn new(text: &str, room: usize) -> Key {
        let escaped = escaped(text);
        if escaped.len() <= room {
            return Key { key: escaped, whole: None };
        }
        let digest = Sha256::digest(text);
        let mut key = beginning(&escaped, room).unwrap_or_default().to_owned();
        key.push_str(CUT);
        for byte in &digest[..DIGEST] {
            key.push_str(&format!("{byte:02x}"));
        }
        Key { key, whole: Some(escaped) }
    }
}

/// The keys of a crowd are those from `from` and before `before`; none: to the last of all.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Crowd {
    pub(crate) from: String,
    pub(crate) before: Option<String>,
}

impl Crowd {
    /// The crowd that this text is in.
    pub(crate) fn of(text: &str, room: usize) -> Option<Crowd> {
        let escaped = escaped(text);
        let from = beginning(&escaped, room)?.to_owned();
        let before = successor(&from);
        Some(Crowd { from, before })
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\0' => escaped.push_str("\u{1}\u{1}"),
            '\u{1}' => escaped.push_str("\u{1}\u{2}"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The text that became this; none if no text did.
pub(crate) fn unescaped(escaped: &str) -> Option<String> {
    let mut text = String::with_capacity(escaped.len());
    let mut characters = escaped.chars();
    while let Some(character) = characters.next() {
        text.push(match character {
            '\u{1}' => match characters.next()? {
                '\u{1}' => '\0',
                '\u{2}' => '\u{1}',
                _ => return None,
            },
            other => other,
        });
    }
    Some(text)
}

/// The beginning that a crowd has in common; none of a text too short to be in one.
///
/// It ends with the first character that reaches a length, and not with the last one that stays
/// below: else one beginning could begin with another, and their crowds would not be two ranges.
fn beginning(escaped: &str, room: usize) -> Option<&str> {
    // The last character may have up to three bytes more than are needed.
    let enough = room - 3 - CUT.len() - 2 * DIGEST;
    let mut characters = escaped.char_indices();
    loop {
        let (at, character) = characters.next()?;
        // Two characters that stand for one are not torn apart.
        let end = match character {
            '\u{1}' => {
                characters.next().map_or(escaped.len(), |(at, second)| at + second.len_utf8())
            }
            other => at + other.len_utf8(),
        };
        if end >= enough {
            return Some(&escaped[..end]);
        }
    }
}

/// The first text greater than all that begin with this one; none if there is none.
fn successor(beginning: &str) -> Option<String> {
    let mut characters: Vec<char> = beginning.chars().collect();
    while let Some(last) = characters.pop() {
        // What is between U+D7FF and U+E000 is no character.
        let next =
            if last == '\u{d7ff}' { Some('\u{e000}') } else { char::from_u32(u32::from(last) + 1) };
        if let Some(next) = next {
            characters.push(next);
            return Some(characters.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts() -> Vec<String> {
        let mut texts: Vec<String> = Vec::new();
        for piece in ["a", "\0", "\u{1}", "\u{2}", "\u{d7ff}", "\u{e000}", "é", "🦀", "\u{10ffff}"]
        {
            for count in [0, 1, 2, 22, 23, 30, 31, 44, 45, 63] {
                for end in ["", "\0", "\u{1}", "b", "\u{10ffff}"] {
                    texts.push(format!("{}{end}", piece.repeat(count)));
                    texts.push(format!("{}{end}", "x".repeat(87) + &piece.repeat(count.min(40))));
                }
            }
        }
        texts.retain(|text| text.len() <= 255);
        texts.sort_unstable();
        texts.dedup();
        texts
    }

    #[test]
    fn usual_texts_are_their_own_keys() {
        for text in ["", "daily", "a/b c", "日本語", &"x".repeat(127)] {
            assert_eq!(Key::new(text, ID), Key { key: text.to_owned(), whole: None });
        }
    }

    #[test]
    fn keys_have_room_and_no_nul_and_are_all_different() {
        for room in [ID, LANE] {
            let mut keys: Vec<String> =
                texts().iter().map(|text| Key::new(text, room).key).collect();
            assert!(keys.iter().all(|key| key.len() <= room && !key.contains('\0')));
            let count = keys.len();
            keys.sort_unstable();
            keys.dedup();
            assert_eq!(keys.len(), count);
        }
    }

    #[test]
    fn a_text_is_read_from_its_key_or_beside_it() {
        for text in texts() {
            let Key { key, whole } = Key::new(&text, ID);
            assert_eq!(unescaped(whole.as_ref().unwrap_or(&key)), Some(text));
        }
        assert_eq!(unescaped(&Key::new(&"x".repeat(255), ID).key), None, "a key that was cut");
        assert_eq!(unescaped("a\u{1}"), None);
    }

    #[test]
    fn keys_order_as_texts_do_but_within_a_crowd() {
        let texts = texts();
        let keys: Vec<String> = texts.iter().map(|text| Key::new(text, ID).key).collect();
        let crowds: Vec<_> = texts.iter().map(|text| Crowd::of(text, ID)).collect();
        for n in 1..texts.len() {
            if crowds[n - 1] != crowds[n] || crowds[n].is_none() {
                assert!(keys[n - 1] < keys[n], "{:?}", &texts[n - 1..=n]);
            }
        }
        // A crowd is a range that has its own in it and nobody else.
        for crowd in crowds.iter().flatten() {
            for (key, its) in keys.iter().zip(&crowds) {
                let ends = crowd.before.as_ref().is_none_or(|before| key < before);
                assert_eq!(*key >= crowd.from && ends, its.as_ref() == Some(crowd), "{key:?}");
            }
        }
    }

    #[test]
    fn the_successor_of_a_beginning_is_beyond_all_that_begin_so() {
        assert_eq!(successor("ab").as_deref(), Some("ac"));
        assert_eq!(successor("a\u{d7ff}").as_deref(), Some("a\u{e000}"));
        assert_eq!(successor("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(successor("\u{10ffff}\u{10ffff}"), None);
    }
}
