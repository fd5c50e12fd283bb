//! What is written with one opcode or another is read as the same value.

use sched_import::pickle::{Class, Value, read};

fn reads(pickle: &[u8], expected: &Value) {
    assert_eq!(&read(pickle).unwrap(), expected, "{}", pickle.escape_ascii());
}

#[test]
fn numbers() {
    for (pickle, number) in [
        (&b"\x80\x02J\xff\xff\xff\xff."[..], -1),
        (b"\x80\x02K\xff.", 255),
        (b"\x80\x02M\x00\x01.", 256),
        (b"\x80\x02\x8a\x00.", 0),
        (b"\x80\x02\x8a\x01\x80.", -128),
        (b"\x80\x02\x8a\x02\x80\x00.", 128),
        (b"\x80\x02\x8b\x05\x00\x00\x00\x00\x00\x00\x00\x01.", 1 << 32),
        (
            b"\x80\x02\x8a\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80.",
            i128::MIN,
        ),
    ] {
        reads(pickle, &Value::Integer(number));
    }
    reads(b"\x80\x02G\x3f\xf8\x00\x00\x00\x00\x00\x00.", &Value::Float(1.5));
}

#[test]
fn texts_and_bytes() {
    let text = Value::Text("né".to_owned());
    reads(b"\x80\x04\x8c\x03n\xc3\xa9.", &text);
    reads(b"\x80\x02X\x03\x00\x00\x00n\xc3\xa9.", &text);
    reads(b"\x80\x04\x8d\x03\x00\x00\x00\x00\x00\x00\x00n\xc3\xa9.", &text);
    reads(b"\x80\x02U\x03n\xc3\xa9.", &text);
    reads(b"\x80\x02T\x03\x00\x00\x00n\xc3\xa9.", &text);
    let bytes = Value::Bytes(vec![0xff]);
    reads(b"\x80\x03C\x01\xff.", &bytes);
    reads(b"\x80\x03B\x01\x00\x00\x00\xff.", &bytes);
    reads(b"\x80\x04\x8e\x01\x00\x00\x00\x00\x00\x00\x00\xff.", &bytes);
    // Of Python 2; and of Python 3 as it writes for Python 2.
    reads(b"\x80\x02U\x01\xff.", &bytes);
    reads(
        b"\x80\x02c_codecs\nencode\nX\x02\x00\x00\x00\xc3\xbfX\x06\x00\x00\x00latin1\x86R.",
        &bytes,
    );
    reads(b"\x80\x02c__builtin__\nbytes\n)R.", &Value::Bytes(Vec::new()));
}

#[test]
fn containers() {
    let [one, two] = [1, 2].map(Value::Integer);
    reads(b"\x80\x02](K\x01K\x02e.", &Value::List(vec![one.clone(), two.clone()]));
    reads(b"\x80\x02]K\x01aK\x02a.", &Value::List(vec![one.clone(), two.clone()]));
    reads(b"\x80\x02(K\x01K\x02t.", &Value::Tuple(vec![one.clone(), two.clone()]));
    reads(b"\x80\x02K\x01K\x02\x86.", &Value::Tuple(vec![one.clone(), two.clone()]));
    reads(b"\x80\x04\x8f(K\x01K\x02\x90.", &Value::Set(vec![one.clone(), two.clone()]));
    reads(b"\x80\x04(K\x01\x91.", &Value::Set(vec![one.clone()]));
    reads(b"\x80\x02c__builtin__\nset\n]K\x01a\x85R.", &Value::Set(vec![one.clone()]));
    let dict = Value::Dict(vec![(one.clone(), two.clone())]);
    reads(b"\x80\x02}K\x01K\x02s.", &dict);
    reads(b"\x80\x02}(K\x01K\x02u.", &dict);
    reads(b"\x80\x02ccollections\nOrderedDict\n)RK\x01K\x02s.", &dict);
    // The last of the same key stands.
    reads(b"\x80\x02}(K\x01K\x01K\x01K\x02u.", &dict);
}

#[test]
fn what_is_shared_is_there_each_time() {
    let list = Value::List(vec![Value::None]);
    // The list is remembered, put into a tuple, and filled only then.
    let pickle = b"\x80\x04(]\x94h\x00h\x00Nat.";
    reads(pickle, &Value::Tuple(vec![list; 3]));
}

#[test]
fn a_method_of_a_known_class_is_the_only_attribute() {
    let named =
        b"\x80\x02c__builtin__\ngetattr\nczoneinfo\nZoneInfo\nX\x09\x00\x00\x00_unpickle\x86R.";
    reads(named, &Value::Class(Class::ZoneInfo));
}
