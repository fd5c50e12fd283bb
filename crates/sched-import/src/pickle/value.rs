//! What a pickle holds.

use super::Class;

/// A value of Python's.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// An `int`.
    Integer(i128),
    /// A `float`.
    Float(f64),
    /// A `str`; of Python 2 one that is UTF-8.
    Text(String),
    /// `bytes`; a `str` of Python 2 that is not UTF-8.
    Bytes(Vec<u8>),
    /// A `list`.
    List(Vec<Value>),
    /// A `tuple`.
    Tuple(Vec<Value>),
    /// A `set` or a `frozenset`.
    Set(Vec<Value>),
    /// A `dict` in its order. No key is there twice.
    Dict(Vec<(Value, Value)>),
    /// A class or a function itself.
    Class(Class),
    /// What a class or a function would have made.
    Object(Box<Object>),
}

/// A call that was written down rather than made.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// What would have been called.
    pub class: Class,
    /// Its arguments.
    pub arguments: Vec<Value>,
    /// What the object would have been told to be then.
    pub state: Option<Value>,
}

impl Value {
    /// What a dictionary has under this key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let Value::Dict(items) = self else { return None };
        items.iter().find(|(its, _)| its.as_text() == Some(key)).map(|(_, value)| value)
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The bytes, if it is some; those of a text that may be a `str` of Python 2 too.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Value::Bytes(bytes) => Some(bytes),
            Value::Text(text) => Some(text.as_bytes()),
            _ => None,
        }
    }

    /// The number, if it is a whole one. `True` and `False` are none.
    pub fn as_integer(&self) -> Option<i128> {
        match self {
            Value::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// The number, whole or not.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "what Python's float() does")]
            Value::Integer(number) => Some(*number as f64),
            Value::Float(number) => Some(*number),
            _ => None,
        }
    }

    /// The values in a list or a tuple.
    pub fn as_sequence(&self) -> Option<&[Value]> {
        match self {
            Value::List(values) | Value::Tuple(values) => Some(values),
            _ => None,
        }
    }

    /// The object, if it is one.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }

    /// Whether it is `None`.
    pub fn is_none(&self) -> bool {
        matches!(self, Value::None)
    }
}

impl Object {
    /// The attributes that the object would have been given. Python wraps those of a class with
    /// slots in a pair.
    pub fn attributes(&self) -> Option<&Value> {
        match self.state.as_ref()? {
            Value::Tuple(pair) => match pair.as_slice() {
                [Value::None, attributes @ Value::Dict(_)] => Some(attributes),
                _ => None,
            },
            attributes @ Value::Dict(_) => Some(attributes),
            _ => None,
        }
    }

    /// One of its [`attributes`](Self::attributes).
    pub fn attribute(&self, name: &str) -> Option<&Value> {
        self.attributes()?.get(name)
    }
}
