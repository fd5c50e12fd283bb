//! Reads Python's pickles without carrying out anything that they ask for.
//!
//! A pickle is a program for a small stack machine, which in Python may import and call whatever it
//! likes. The machine here knows the data and no more: a name that a pickle refers to is looked up
//! in a fixed list of [`Class`]es, and a call becomes an [`Object`] that holds its arguments. What
//! is not on the list is refused by name, and so is every opcode that the reference does not need.
//!
//! Whatever the input is, reading it ends: memory is bounded by [`limit`]s on the input, on what it
//! builds, on how deep that is nested and on how large it is once everything that is shared has
//! been copied. There is no recursion before depth has been checked.
//!
//! It is not a reader for pickles in general. Libraries that are either drop the names of classes,
//! which is what a trigger is told by, or read everything first and leave it to the caller to refuse.

mod class;
mod error;
mod heap;
mod input;
mod machine;
mod opcode;
mod value;

pub use class::Class;
pub use error::PickleError;
pub use value::{Object, Value};

/// How large a pickle may be, and what it builds. Jobs of the reference take a few kilobytes.
pub mod limit {
    /// Bytes of a pickle.
    pub const INPUT: usize = 1 << 20;
    /// Things that a pickle builds, and places that it remembers them at.
    pub const NODES: usize = 1 << 16;
    /// Values inside each other.
    pub const DEPTH: usize = 64;
    /// Bytes that a pickle builds; and bytes of the value that is read, with 16 for each value in it,
    /// where what is shared counts each time.
    pub const SIZE: usize = 1 << 21;
}

/// The value that a pickle of protocol 2 to 5 holds.
///
/// # Errors
/// [`PickleError`] for what is no such pickle, refers to something that is not a [`Class`], or goes
/// beyond a [`limit`].
///
/// ```
/// use sched_import::pickle::{PickleError, Value, read};
///
/// let value = read(b"\x80\x04]\x94(K\x01\x8c\x03teae.").unwrap();
/// assert_eq!(value, Value::List(vec![Value::Integer(1), Value::Text("tea".to_owned())]));
///
/// let hostile = b"\x80\x02cos\nsystem\nX\x05\x00\x00\x00touch\x85R.";
/// let error = read(hostile).unwrap_err();
/// assert!(matches!(error, PickleError::Forbidden { name } if name == "os.system"));
/// ```
pub fn read(pickle: &[u8]) -> Result<Value, PickleError> {
    if pickle.len() > limit::INPUT {
        return Err(PickleError::TooLarge { what: "its bytes", limit: limit::INPUT });
    }
    let (heap, root) = machine::run(pickle)?;
    heap.value(root)
}
