//! Reads options into typed structs, numbers and booleans from text too.
//!
//! Environment variables and ini files know only text, and a person who misspells an option wants
//! to read its full name. No library that reads configuration does both and also keeps values,
//! which may be passwords, out of its errors: hence this deserializer over JSON values.

use std::fmt::{self, Display};

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    self, DeserializeSeed, Deserializer, Expected, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, Visitor,
};
use serde_json::{Map, Number, Value, map};

/// What is wrong with an option.
#[derive(Debug)]
pub(super) struct Fault {
    /// The names on the way to it, the innermost first.
    way: Vec<String>,
    reason: String,
    /// Whether the reason comes from elsewhere, and may repeat the option's value.
    foreign: bool,
}

impl Fault {
    fn new(reason: impl Into<String>) -> Self {
        Fault { way: Vec::new(), reason: reason.into(), foreign: false }
    }

    fn at(reason: impl Into<String>, name: &str) -> Self {
        Fault::new(reason).inside(name)
    }

    fn inside(mut self, name: impl Into<String>) -> Self {
        self.way.push(name.into());
        self
    }

    /// The option's full key below `root`, and the reason.
    pub(super) fn told(self, root: &str) -> (String, String) {
        let names = self.way.iter().rev().map(String::as_str);
        let parts: Vec<&str> =
            (!root.is_empty()).then_some(root).into_iter().chain(names).collect();
        let key = parts.join(".");
        let reason = if self.foreign && looks_secret(&key) {
            "it makes no sense (not shown: it may be a secret)".to_owned()
        } else {
            self.reason
        };
        (key, reason)
    }
}

/// Whether an option of this name may hold something that must not get into a log.
fn looks_secret(key: &str) -> bool {
    const SIGNS: [&str; 10] =
        ["url", "uri", "dsn", "pass", "pwd", "secret", "token", "auth", "cred", "key"];
    let key = key.to_ascii_lowercase();
    SIGNS.iter().any(|sign| key.contains(sign))
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Fault {}

/// Serde's own texts show values; these do not.
impl de::Error for Fault {
    fn custom<T: Display>(reason: T) -> Self {
        Fault { foreign: true, ..Fault::new(reason.to_string()) }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Fault::new(format!("must be {}, not {}", plainly(expected), kind(found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Fault::new(format!("must be {}, not just {}", plainly(expected), kind(found)))
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Fault::new(format!("must be {expected}, not {length} values"))
    }

    fn unknown_variant(_: &str, known: &'static [&'static str]) -> Self {
        Fault::new(format!("must be one of {}", known.join(", ")))
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        let there = if known.is_empty() { "none" } else { &known.join(", ") };
        Fault::at(format!("there is no such option; there are: {there}"), name)
    }

    fn missing_field(name: &'static str) -> Self {
        Fault::at("it is missing", name)
    }

    fn duplicate_field(name: &'static str) -> Self {
        Fault::at("it is given twice", name)
    }
}

/// What serde expects, for people who do not know Rust's types.
fn plainly(expected: &dyn Expected) -> String {
    let expected = expected.to_string();
    let (least, name) = match expected.strip_prefix("a nonzero ") {
        Some(name) => (1, name),
        None => (0, expected.as_str()),
    };
    match name {
        "u8" => format!("a whole number from {least} to {}", u8::MAX),
        "u16" => format!("a whole number from {least} to {}", u16::MAX),
        "u32" => format!("a whole number from {least} to {}", u32::MAX),
        "u64" | "u128" | "usize" => format!("a whole number, {least} or more"),
        "i8" => format!("a whole number from {} to {}", i8::MIN, i8::MAX),
        "i16" => format!("a whole number from {} to {}", i16::MIN, i16::MAX),
        "i32" => format!("a whole number from {} to {}", i32::MIN, i32::MAX),
        "i64" | "i128" | "isize" => "a whole number".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "a string" => "a text".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "a table".to_owned(),
        name if name.starts_with("struct ") => "a table".to_owned(),
        _ => expected,
    }
}

fn kind(found: Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "a boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "a number",
        Unexpected::Char(_) | Unexpected::Str(_) => "a text",
        Unexpected::Seq => "a list",
        Unexpected::Map => "a table",
        Unexpected::Unit | Unexpected::Option => "null",
        _ => "something else",
    }
}

fn unexpected(value: &Value) -> Unexpected<'_> {
    match value {
        Value::Null => Unexpected::Unit,
        Value::Bool(value) => Unexpected::Bool(*value),
        Value::Number(_) => Unexpected::Float(0.0),
        Value::String(text) => Unexpected::Str(text),
        Value::Array(_) => Unexpected::Seq,
        Value::Object(_) => Unexpected::Map,
    }
}

/// The boolean that a text says, in any case and with spaces around it.
fn truth(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "y" | "t" | "1" => Some(true),
        "false" | "no" | "off" | "n" | "f" | "0" => Some(false),
        _ => None,
    }
}

/// A value, read by what the reader wants rather than by what it is.
#[derive(Clone, Copy)]
pub(super) struct Lenient<'de>(pub(super) &'de Value);

impl<'de> Lenient<'de> {
    fn refuse<T>(self, expected: &dyn Expected) -> Result<T, Fault> {
        Err(match self.0 {
            // Some text would have done.
            Value::String(text) => de::Error::invalid_value(Unexpected::Str(text), expected),
            other => de::Error::invalid_type(unexpected(other), expected),
        })
    }

    fn integer<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Number(number) => visit_number(number, visitor),
            Value::String(text) => {
                let text = text.trim();
                if let Ok(number) = text.parse() {
                    visitor.visit_u64(number)
                } else if let Ok(number) = text.parse() {
                    visitor.visit_i64(number)
                } else {
                    self.refuse(&visitor)
                }
            }
            _ => self.refuse(&visitor),
        }
    }

    fn float<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Number(number) => visit_number(number, visitor),
            Value::String(text) => match text.trim().parse() {
                Ok(number) if f64::is_finite(number) => visitor.visit_f64(number),
                _ => self.refuse(&visitor),
            },
            _ => self.refuse(&visitor),
        }
    }
}

fn visit_number<'de, V: Visitor<'de>>(number: &Number, visitor: V) -> Result<V::Value, Fault> {
    if let Some(number) = number.as_u64() {
        visitor.visit_u64(number)
    } else if let Some(number) = number.as_i64() {
        visitor.visit_i64(number)
    } else {
        visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN))
    }
}

macro_rules! by {
    ($how:ident: $($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            self.$how(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Lenient<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => visit_number(number, visitor),
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(values) => visitor.visit_seq(Items { values: values.iter(), at: 0 }),
            Value::Object(values) => visitor.visit_map(Entries::new(values)),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let value = match self.0 {
            Value::Bool(value) => Some(*value),
            Value::String(text) => truth(text),
            Value::Number(number) => number.as_f64().map(|number| number != 0.0),
            _ => None,
        };
        match value {
            Some(value) => visitor.visit_bool(value),
            None => self.refuse(&visitor),
        }
    }

    by! { integer: deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
    deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 }
    by! { float: deserialize_f32 deserialize_f64 }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.0 {
            Value::String(text) => visitor.visit_enum(text.as_str().into_deserializer()),
            // What serde_json has to say repeats values.
            other => other
                .deserialize_enum(name, variants, visitor)
                .map_err(|_| de::Error::unknown_variant("", variants)),
        }
    }

    serde::forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}

/// The values of a list, each under its number.
struct Items<'de> {
    values: std::slice::Iter<'de, Value>,
    at: usize,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let Some(value) = self.values.next() else { return Ok(None) };
        let at = self.at;
        self.at += 1;
        let read = seed.deserialize(Lenient(value));
        read.map(Some).map_err(|fault| fault.inside(at.to_string()))
    }
}

/// The options of a table, each under its name.
struct Entries<'de> {
    entries: map::Iter<'de>,
    current: Option<(&'de str, &'de Value)>,
}

impl<'de> Entries<'de> {
    fn new(values: &'de Map<String, Value>) -> Self {
        Entries { entries: values.iter(), current: None }
    }
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some((name, value)) = self.entries.next() else { return Ok(None) };
        self.current = Some((name, value));
        seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let (name, value) = self.current.take().expect("serde asks for a value after its key");
        seed.deserialize(Lenient(value)).map_err(|fault| fault.inside(name))
    }
}
