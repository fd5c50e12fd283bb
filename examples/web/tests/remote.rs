//! The remote scheduler and its caller, as two programs.

use std::process::Command;

use serde_json::{Value, json};

mod server;

use server::Server;

const PROGRAM: &str = env!("CARGO_BIN_EXE_remote");

fn call(server: &Server, request: &Value) -> Value {
    let request = request.to_string();
    let output = Command::new(PROGRAM).args(["call", &server.address, &request]).output();
    let output = output.expect("it was built");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    serde_json::from_slice(&output.stdout).expect("it prints the answer")
}

#[test]
fn jobs_are_managed_from_another_program() {
    let mut server = Server::start(PROGRAM, &["serve"]);
    let call = |request: Value| call(&server, &request);
    let add = json!({
        "call": "add_job", "id": "job", "task": "print_text", "args": ["hello, world"],
        "cron": "0 0 1 1 *",
    });
    let added = call(add.clone());
    assert_eq!(added["ok"]["trigger"].as_str().map(|shown| shown.contains("cron")), Some(true));
    assert_eq!(call(json!({ "call": "get_jobs" })), json!({ "ok": [added["ok"]] }));
    let twice = call(add);
    assert!(twice["error"].as_str().is_some_and(|why| why.contains("already")), "{twice}");

    let moved = call(json!({ "call": "reschedule_job", "id": "job", "cron": "0 0 2 1 *" }));
    assert_ne!(moved["ok"]["next_run_time"], added["ok"]["next_run_time"]);
    let paused = call(json!({ "call": "pause_job", "id": "job" }));
    assert_eq!(paused["ok"]["next_run_time"], Value::Null, "{paused}");
    let resumed = call(json!({ "call": "resume_job", "id": "job" }));
    assert_eq!(resumed, moved);

    assert_eq!(call(json!({ "call": "run_job", "id": "job" })), json!({ "ok": null }));
    assert_eq!(server.next_line(), "hello, world");
    let call = |request: Value| self::call(&server, &request);
    assert_eq!(call(json!({ "call": "remove_job", "id": "job" })), json!({ "ok": null }));
    assert_eq!(call(json!({ "call": "get_jobs" })), json!({ "ok": [] }));
}

#[test]
fn calls_that_make_no_sense_are_answered() {
    let server = Server::start(PROGRAM, &["serve"]);
    for (request, why) in [
        (json!({ "call": "shut_down" }), "unknown variant"),
        (json!({ "call": "remove_job", "id": "none" }), "no job with the id"),
        (
            json!({ "call": "add_job", "id": "job", "task": "rm", "args": [], "cron": "* * * * *" }),
            "no task is registered",
        ),
        (
            json!({ "call": "add_job", "id": "job", "task": "print_text", "args": [1],
                    "cron": "* * * * *" }),
            "arguments of task",
        ),
    ] {
        let answer = call(&server, &request);
        let error = answer["error"].as_str().unwrap_or_default();
        assert!(error.contains(why), "{request}: {answer}");
    }
}
