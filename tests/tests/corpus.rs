//! The trigger conformance corpus: 6,000 cases with the fire times that a correct scheduler names.
//!
//! `data/triggers.jsonl.gz` holds one case a line: a trigger by name, a moment, perhaps a previous
//! fire time, and `expect`, the answer of the Python scheduler whose behaviour we keep; where that
//! is a defect or a matter of policy, `intended` has the right one.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use chrono::{DateTime, FixedOffset};
use flate2::read::GzDecoder;
use sched_tests::oracle::answer;
use serde_json::{Map, Value, json};

fn cases() -> impl Iterator<Item = Map<String, Value>> {
    let packed: &[u8] = include_bytes!("../data/triggers.jsonl.gz");
    let lines = BufReader::new(GzDecoder::new(packed)).lines();
    lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap())
}

/// What the oracle may see of a case.
fn question(case: &Map<String, Value>) -> String {
    let keys = ["id", "kind", "spec", "now", "prev", "limit"];
    let seen = case.iter().filter(|(key, _)| keys.contains(&key.as_str()));
    let seen: Map<_, _> = seen.map(|(key, value)| (key.clone(), value.clone())).collect();
    Value::Object(seen).to_string()
}

/// The right answer: whether the spec is refused, and the fire times.
fn right_answer(case: &Map<String, Value>) -> (bool, Vec<String>) {
    if case.contains_key("intended_error") || case.contains_key("error") {
        return (true, Vec::new());
    }
    let fires = case.get("intended").unwrap_or_else(|| &case["expect"]);
    (false, serde_json::from_value(fires.clone()).unwrap())
}

fn moment(text: &str) -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339(text).unwrap()
}

#[test]
fn every_case_is_answered_as_intended() {
    let (mut total, mut wrong) = (0, Vec::new());
    for case in cases() {
        total += 1;
        let id = case["id"].as_str().unwrap().to_owned();
        let answer: Value = serde_json::from_str(&answer(&question(&case))).unwrap();
        let error = answer["error"].as_bool().unwrap();
        let got: Vec<String> = serde_json::from_value(answer["got"].clone()).unwrap();
        let (right_error, right) = right_answer(&case);
        // For `and` and `or` over several zones the corpus has no single rule which one to show.
        let combined = matches!(case["kind"].as_str(), Some("and" | "or"));
        let moments = |fires: &[String]| fires.iter().map(|f| moment(f)).collect::<Vec<_>>();
        let same = got == right || combined && moments(&got) == moments(&right);
        if error != right_error || !same {
            wrong.push(format!("{id}: got {answer}, right is {right:?}"));
        }
    }
    assert_eq!(total, 6000);
    assert!(wrong.is_empty(), "{} wrong answers:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_binary_answers_line_by_line_and_survives_bad_lines() {
    let sample: Vec<_> = cases().step_by(251).collect();
    let mut input = String::from("this is no case\n{\"id\": \"lost\"}\n");
    for case in &sample {
        input += &question(case);
        input += "\n";
    }
    let mut oracle = Command::new(env!("CARGO_BIN_EXE_trigger-oracle"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = oracle.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
    let output = oracle.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());

    let answers: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), sample.len() + 2);
    assert_eq!((&answers[0]["id"], &answers[0]["error"]), (&Value::Null, &json!(true)));
    assert_eq!((&answers[1]["id"], &answers[1]["error"]), (&json!("lost"), &json!(true)));
    for (case, answer) in sample.iter().zip(&answers[2..]) {
        assert_eq!(answer["id"], case["id"]);
        let (right_error, right) = right_answer(case);
        assert_eq!(answer["error"], json!(right_error), "{}", case["id"]);
        if !case["tags"].as_array().unwrap().contains(&json!("after2100")) {
            assert_eq!(answer["got"].as_array().unwrap().len(), right.len(), "{}", case["id"]);
        }
    }
}

#[test]
fn a_spec_can_ask_for_another_clock_rule() {
    let ask = |rule: Value| {
        let mut spec = json!({"hour": 2, "minute": 30, "timezone": "Europe/Berlin"});
        spec.as_object_mut().unwrap().extend(rule.as_object().unwrap().clone());
        let case = json!({
            "id": 1, "kind": "or", "spec": {"triggers": [{"kind": "cron", "spec": spec}]},
            "now": "2024-03-30T12:00:00Z", "prev": null, "limit": 1,
        });
        let answer: Value = serde_json::from_str(&answer(&case.to_string())).unwrap();
        answer["got"][0].as_str().unwrap().to_owned()
    };
    assert_eq!(ask(json!({})), "2024-04-01T02:30:00+02:00");
    assert_eq!(ask(json!({"gap": "shift"})), "2024-03-31T03:30:00+02:00");
    assert_eq!(ask(json!({"dst": "default"})), "2024-03-31T03:30:00+02:00");
}
