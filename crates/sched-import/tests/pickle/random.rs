//! Whatever the bytes are, the reader ends with a value or an error.

use proptest::prelude::*;
use sched_import::pickle::{Value, read};

/// Bytes that are opcodes more often than not.
fn opcode() -> impl Strategy<Value = u8> {
    let codes = b"(.NJKMGXBCTU]ae)t}subcRhjqr\x80\x81\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x90\x91\x93\x94\x95";
    prop_oneof![4 => prop::sample::select(&codes[..]), 1 => any::<u8>(), 1 => 0..4_u8]
}

fn depth(value: &Value) -> usize {
    let deepest = |values: &[Value]| values.iter().map(depth).max().unwrap_or(0);
    1 + match value {
        Value::List(values) | Value::Tuple(values) | Value::Set(values) => deepest(values),
        Value::Dict(items) => {
            items.iter().map(|(key, value)| depth(key).max(depth(value))).max().unwrap_or(0)
        }
        Value::Object(object) => {
            deepest(&object.arguments).max(object.state.as_ref().map_or(0, depth))
        }
        _ => 0,
    }
}

proptest! {
    #[test]
    fn any_bytes_end(body in prop::collection::vec(opcode(), 0..400)) {
        let mut pickle = vec![0x80, 4];
        pickle.extend(body);
        if let Ok(value) = read(&pickle) {
            prop_assert!(depth(&value) <= sched_import::pickle::limit::DEPTH);
        }
    }
}
