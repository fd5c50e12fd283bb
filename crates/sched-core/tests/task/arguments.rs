//! How arguments are stored and read.

use sched_core::task;
use sched_core::task::{Args, Invocation};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{refusal, run};

#[derive(Debug, Serialize, Deserialize)]
struct Address {
    street: String,
    number: u16,
}

#[task]
async fn deliver(to: Address, parcels: Vec<u32>, note: Option<String>) -> String {
    format!("{} {} {parcels:?} {note:?}", to.street, to.number)
}

#[task]
fn resize(
    width: u32,
    #[serde(default = "square")] height: u32,
    #[serde(default)] r#type: String,
) -> String {
    format!("{width}x{height}{type}", type = r#type)
}

fn square() -> u32 {
    100
}

#[task]
fn nothing() {}

fn stored(task: &str, json: &str) -> Invocation {
    Invocation::named(task, Args::from_json(json).unwrap())
}

#[tokio::test]
async fn arguments_are_stored_by_name() {
    let to = Address { street: "Elm".to_owned(), number: 4 };
    let call = deliver.call(to, vec![1, 2], None);
    let expected = r#"{"to":{"street":"Elm","number":4},"parcels":[1,2],"note":null}"#;
    assert_eq!(call.args().as_json(), expected);
    assert_eq!(nothing.call().args().as_json(), "[]");
    assert_eq!(resize.call(1, 2, "a").args().as_json(), r#"{"width":1,"height":2,"type":"a"}"#);
}

#[tokio::test]
async fn arguments_are_read_by_name_or_by_position() {
    let by_name = r#"{"parcels": [7], "note": "hi", "to": {"number": 4, "street": "Elm"}}"#;
    let by_position = r#"[{"street": "Elm", "number": 4}, [7], "hi"]"#;
    for json in [by_name, by_position] {
        let ended = run(stored(deliver::NAME, json)).await;
        assert_eq!(ended, Ok(json!(r#"Elm 4 [7] Some("hi")"#)), "{json}");
    }
}

#[tokio::test]
async fn a_missing_option_is_none_and_a_default_is_taken() {
    let json = r#"{"to": {"street": "Elm", "number": 4}, "parcels": []}"#;
    assert_eq!(run(stored(deliver::NAME, json)).await, Ok(json!("Elm 4 [] None")));
    for json in [r#"{"width": 5}"#, "[5]"] {
        assert_eq!(run(stored(resize::NAME, json)).await, Ok(json!("5x100")), "{json}");
    }
}

#[tokio::test]
async fn arguments_that_do_not_fit_are_refused_when_added() {
    let cases = [
        (resize::NAME, r#"{"width": 1, "depth": 2}"#, "unknown field `depth`"),
        (resize::NAME, r#"{"height": 1}"#, "missing field `width`"),
        (resize::NAME, r#"{"width": -1}"#, "invalid value: integer `-1`, expected u32"),
        (resize::NAME, "[]", "invalid length 0, expected the arguments (width, height, type)"),
        (resize::NAME, r#"[1, 2, "a", 4]"#, "trailing characters"),
        (nothing::NAME, "[1]", "trailing characters"),
        (nothing::NAME, r#"{"a": 1}"#, "unknown field `a`"),
    ];
    for (task, json, expected) in cases {
        let refusal = refusal(stored(task, json)).await;
        assert!(refusal.starts_with(&format!("arguments of task {task:?}: ")), "{refusal}");
        assert!(refusal.contains(expected), "{json}: {refusal}");
    }
}

#[tokio::test]
async fn no_arguments_are_an_empty_array_or_object() {
    for json in ["[]", "{}", "null"] {
        assert_eq!(run(stored(nothing::NAME, json)).await, Ok(json!(null)), "{json}");
    }
}
