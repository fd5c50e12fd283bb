//! Options of a configuration.

use sched_core::config::Options;
use sched_store_etcd::EtcdStore;

#[test]
fn options_say_where_the_server_is() {
    let debug = |options: &[(&str, &str)]| {
        let options: Options = options.iter().copied().collect();
        EtcdStore::from_options(&options).map(|store| format!("{store:?}"))
    };
    for (options, expected) in [
        (&[][..], "http://localhost:2379"),
        (&[][..], "\"/sched\""),
        (&[("host", "a.example"), ("port", "1"), ("timeout", "1.5")], "http://a.example:1"),
        (&[("host", "::1")], "http://[::1]:2379"),
        (&[("path", "/mine/")], "\"/mine\""),
        (&[("url", "http://b.example:2")], "http://b.example:2"),
        (&[("url", "https://b.example:2")], "https://b.example:2"),
        (&[("endpoints", "b:2,c:3"), ("user", "me"), ("password", "s3cret")], "http://c:3"),
    ] {
        let shown = debug(options).unwrap();
        assert!(shown.contains(expected), "{shown} for {options:?}");
        assert!(!shown.contains("s3cret"), "{shown}");
    }
    for (options, key) in [
        (&[("url", "http://me:s3cret@b.example")][..], "url"),
        (&[("url", "redis://b.example")], "url"),
        (&[("url", "b.example"), ("host", "b")], "host"),
        (&[("url", "b.example"), ("port", "1")], "port"),
        (&[("host", "b.example/x")], "host"),
        (&[("port", "many")], "port"),
        (&[("path", "/")], "path"),
        (&[("path", "a//b")], "path"),
        (&[("timeout", "0")], "timeout"),
        (&[("password", "s3cret")], "user"),
        (&[("user", "me")], "password"),
        (&[("ca_cert", "/nowhere")], "ca_cert"),
        (&[("cert_cert", "/nowhere")], "cert_key"),
        (&[("cert_key", "/nowhere")], "cert_cert"),
        (&[("url", "http://b.example"), ("ca_cert", "/nowhere")], "url"),
        (&[("pasword", "s3cret")], "pasword"),
    ] {
        let error = debug(options).unwrap_err().to_string();
        assert!(error.contains(&format!(" {key}:")), "{error} for {options:?}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}
