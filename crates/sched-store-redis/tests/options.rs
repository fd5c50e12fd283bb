//! Options of a configuration.

use sched_core::config::Options;
use sched_store_redis::RedisStore;

#[test]
fn options_say_where_the_server_is() {
    let debug = |options: &[(&str, &str)]| {
        let options: Options = options.iter().copied().collect();
        RedisStore::from_options(&options).map(|store| format!("{store:?}"))
    };
    for (options, expected) in [
        (&[][..], "localhost:6379"),
        (&[("host", "a.example"), ("port", "1"), ("db", "3")], "a.example:1"),
        (&[("url", "redis://b.example/2"), ("password", "s3cret")], "b.example:6379"),
        (&[("url", "valkey://:s3cret@c.example:7")], "c.example:7"),
        (&[("unix_socket_path", "/run/redis.sock"), ("db", "1")], "/run/redis.sock"),
        (&[("host", "d.example"), ("ssl", "yes")], "d.example:6379"),
        (&[("jobs_key", "mine")], "mine"),
    ] {
        let shown = debug(options).unwrap();
        assert!(shown.contains(expected), "{shown} for {options:?}");
        assert!(!shown.contains("s3cret"), "{shown}");
    }
    for (options, key) in [
        (&[("url", "http://:s3cret@b.example")][..], "url"),
        (&[("url", "redis://:s3cret@b.example/x")], "url"),
        (&[("url", "redis://b.example"), ("host", "b")], "host"),
        (&[("url", "redis://b.example"), ("unix_socket_path", "/b")], "unix_socket_path"),
        (&[("unix_socket_path", "/b"), ("port", "1")], "port"),
        (&[("port", "many")], "port"),
        (&[("db", "-1")], "db"),
        (&[("jobs_key", "")], "jobs_key"),
        (&[("jobs_key", "a"), ("run_times_key", "a")], "run_times_key"),
        (&[("socket_timeout", "0")], "socket_timeout"),
        (&[("ssl", "yes"), ("ssl_certfile", "/nowhere")], "ssl_keyfile"),
        (&[("ssl", "yes"), ("ssl_ca_certs", "/nowhere")], "ssl_ca_certs"),
        (&[("pasword", "s3cret")], "pasword"),
    ] {
        let error = debug(options).unwrap_err().to_string();
        assert!(error.contains(&format!(" {key}:")), "{error} for {options:?}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}
