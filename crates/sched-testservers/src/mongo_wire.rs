//! As much of MongoDB's protocol as it takes to make a replica set and see it come up, without a
//! shell or a driver.

use std::io;

use crate::probe::converse;

/// The reply of a server that takes writes holds this: a true boolean of this name.
const WRITABLE: &[u8] = b"\x08isWritablePrimary\0\x01";

/// Whether the server takes writes.
pub(crate) fn takes_writes(port: u16) -> io::Result<bool> {
    let hello = Document::new().int("hello", 1).string("$db", "admin");
    let reply = call(port, &hello)?;
    Ok(reply.windows(WRITABLE.len()).any(|part| part == WRITABLE))
}

/// Makes the server the one member of a replica set. Done a second time it changes nothing.
pub(crate) fn initiate(port: u16) -> io::Result<()> {
    let member = Document::new().int("_id", 0).string("host", &format!("127.0.0.1:{port}"));
    let members = Document::new().document(DOCUMENT, "0", member);
    let set = Document::new().string("_id", "rs0").document(ARRAY, "members", members);
    let command = Document::new().document(DOCUMENT, "replSetInitiate", set).string("$db", "admin");
    call(port, &command).map(drop)
}

fn call(port: u16, command: &Document) -> io::Result<Vec<u8>> {
    converse(port, &message(command), |reply| {
        let length = reply.first_chunk::<4>().map(|length| i32::from_le_bytes(*length));
        let length = length.and_then(|length| usize::try_from(length).ok());
        length.is_some_and(|length| reply.len() >= length).then(|| reply.to_vec())
    })
}

/// An OP_MSG with one section.
fn message(command: &Document) -> Vec<u8> {
    const HEADER: usize = 16;
    const OP_MSG: i32 = 2013;
    let body = command.bytes();
    let length = HEADER + 4 + 1 + body.len();
    let mut message = Vec::with_capacity(length);
    for number in [length_of(length), 1, 0, OP_MSG, 0] {
        message.extend(number.to_le_bytes());
    }
    message.push(0);
    message.extend(body);
    message
}

const STRING: u8 = 0x02;
const DOCUMENT: u8 = 0x03;
const ARRAY: u8 = 0x04;
const INT: u8 = 0x10;

/// A BSON document in the making.
struct Document(Vec<u8>);

impl Document {
    fn new() -> Self {
        Document(Vec::new())
    }

    fn int(self, name: &str, value: i32) -> Self {
        self.element(INT, name, &value.to_le_bytes())
    }

    fn string(self, name: &str, value: &str) -> Self {
        let mut bytes = length_of(value.len() + 1).to_le_bytes().to_vec();
        bytes.extend(value.as_bytes());
        bytes.push(0);
        self.element(STRING, name, &bytes)
    }

    fn document(self, kind: u8, name: &str, value: Document) -> Self {
        self.element(kind, name, &value.bytes())
    }

    fn element(mut self, kind: u8, name: &str, value: &[u8]) -> Self {
        self.0.push(kind);
        self.0.extend(name.as_bytes());
        self.0.push(0);
        self.0.extend(value);
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = length_of(4 + self.0.len() + 1).to_le_bytes().to_vec();
        bytes.extend(&self.0);
        bytes.push(0);
        bytes
    }
}

fn length_of(length: usize) -> i32 {
    i32::try_from(length).expect("these messages are short")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_written_as_the_bson_specification_shows() {
        // The first example there.
        let document = Document::new().string("hello", "world");
        let expected = b"\x16\0\0\0\x02hello\0\x06\0\0\0world\0\0";
        assert_eq!(document.bytes(), expected);
        let nested = Document::new().document(ARRAY, "a", Document::new().int("0", -1)).bytes();
        assert_eq!(nested, b"\x14\0\0\0\x04a\0\x0c\0\0\0\x100\0\xff\xff\xff\xff\0\0");
    }
}
