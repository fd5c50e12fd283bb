//! Options of a configuration.

use sched_core::config::Options;
use sched_store_rethinkdb::RethinkStore;

#[test]
fn options_say_where_the_server_is() {
    let debug = |options: &[(&str, &str)]| {
        let options: Options = options.iter().copied().collect();
        RethinkStore::from_options(&options).map(|store| format!("{store:?}"))
    };
    for (options, expected) in [
        (&[][..], "server: localhost:28015, database: \"apscheduler\", table: \"jobs\""),
        (&[("host", "a.example"), ("port", "1"), ("user", "me")], "a.example:1"),
        (&[("url", "rethinkdb://b.example"), ("password", "s3cret")], "b.example:28015"),
        (&[("url", "rethinkdb://me:s3cret@c.example:7/mine")], "c.example:7, database: \"mine\""),
        (&[("url", "rethinkdb://c.example/mine"), ("database", "other")], "database: \"other\""),
        (&[("table", "mine"), ("timeout", "1.5"), ("response_timeout", "2")], "table: \"mine\""),
    ] {
        let shown = debug(options).unwrap();
        assert!(shown.contains(expected), "{shown} for {options:?}");
        assert!(!shown.contains("s3cret"), "{shown}");
    }
    for (options, key) in [
        (&[("url", "http://:s3cret@b.example")][..], "url"),
        (&[("url", "rethinkdb://:s3cret@b.example:x")], "url"),
        (&[("url", "rethinkdb://b.example"), ("host", "b")], "host"),
        (&[("url", "rethinkdb://b.example"), ("port", "1")], "port"),
        (&[("url", "rethinkdb://b.example/no.name")], "database"),
        (&[("port", "many")], "port"),
        (&[("database", "")], "database"),
        (&[("table", "")], "table"),
        (&[("table", "no name")], "table"),
        (&[("timeout", "0")], "timeout"),
        (&[("response_timeout", "-1")], "response_timeout"),
        (&[("pasword", "s3cret")], "pasword"),
    ] {
        let error = debug(options).unwrap_err().to_string();
        assert!(error.contains(&format!("{key}:")), "{error} for {options:?}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}
