//! The web applications, started and called over HTTP: both answer alike.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

mod server;

use server::Server;

/// One request, one answer: its status and its body.
fn ask(server: &Server, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let request = format!(
        "{method} {path} HTTP/1.0\r\nHost: {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        server.address,
        body.len()
    );
    let mut stream = TcpStream::connect(&server.address).expect("it listens");
    stream.write_all(request.as_bytes()).expect("it reads");
    // Without `keep-alive` the server hangs up after its answer.
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let (head, body) = answer.split_once("\r\n\r\n").expect("head and body");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    // Errors are plain text.
    let body = serde_json::from_str(body).unwrap_or_else(|_| json!(body));
    (status.expect("a status"), body)
}

fn jobs_are_managed(program: &str) {
    let mut server = Server::start(program, &[]);
    let ask = |method, path, body| ask(&server, method, path, &body);
    assert_eq!(ask("GET", "/jobs", Value::Null), (200, json!([])));

    let hourly = json!({ "id": "hourly", "text": "hello", "every_seconds": 3600 });
    let (status, added) = ask("POST", "/jobs", hourly.clone());
    assert_eq!((status, &added["id"]), (201, &json!("hourly")), "{added}");
    assert!(added["next_run_time"].is_string(), "{added}");
    assert_eq!(ask("GET", "/jobs", Value::Null), (200, json!([added])));

    let (status, refused) = ask("POST", "/jobs", hourly);
    assert_eq!(status, 409, "{refused}");
    let never = json!({ "id": "never", "text": "", "every_seconds": 0 });
    let (status, refused) = ask("POST", "/jobs", never);
    assert_eq!(status, 400, "{refused}");

    let (status, paused) = ask("POST", "/jobs/hourly/pause", Value::Null);
    assert_eq!((status, &paused["next_run_time"]), (200, &Value::Null), "{paused}");
    let (status, resumed) = ask("POST", "/jobs/hourly/resume", Value::Null);
    assert!(status == 200 && resumed["next_run_time"].is_string(), "{status} {resumed}");

    assert_eq!(ask("DELETE", "/jobs/hourly", Value::Null).0, 204);
    assert_eq!(ask("DELETE", "/jobs/hourly", Value::Null).0, 404);
    assert_eq!(ask("GET", "/jobs", Value::Null), (200, json!([])));

    // And they run.
    let soon = json!({ "id": "soon", "text": "hello", "every_seconds": 1 });
    assert_eq!(ask("POST", "/jobs", soon).0, 201);
    assert_eq!(server.next_line(), "soon: hello");
}

#[test]
fn axum() {
    jobs_are_managed(env!("CARGO_BIN_EXE_with-axum"));
}

#[test]
fn actix_web() {
    jobs_are_managed(env!("CARGO_BIN_EXE_with-actix-web"));
}
