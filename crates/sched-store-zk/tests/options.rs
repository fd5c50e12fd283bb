//! Options of a configuration.

use sched_core::config::Options;
use sched_store_zk::ZooKeeperStore;

#[test]
fn options_say_where_the_servers_are() {
    let debug = |options: &[(&str, &str)]| {
        let options: Options = options.iter().copied().collect();
        ZooKeeperStore::from_options(&options).map(|store| format!("{store:?}"))
    };
    for (options, expected) in [
        (&[][..], "127.0.0.1:2181"),
        (&[][..], "\"/apscheduler\""),
        (&[("hosts", "a.example,b.example:7/root")], "\"a.example,b.example:7/root\""),
        (&[("hosts", "zookeeper://a.example:7")], "\"a.example:7\""),
        (&[("path", "/mine/jobs"), ("auth_data", "digest:me:s3cret")], "\"/mine/jobs\""),
        (&[("timeout", "2.5")], "/apscheduler"),
    ] {
        let shown = debug(options).unwrap();
        assert!(shown.contains(expected), "{shown} for {options:?}");
        assert!(!shown.contains("s3cret"), "{shown}");
    }
    for (options, key) in [
        (&[("hosts", "")][..], "hosts"),
        (&[("hosts", "me:s3cret@a.example:2181")], "hosts"),
        (&[("path", "")], "path"),
        (&[("path", "mine")], "path"),
        (&[("path", "/")], "path"),
        (&[("timeout", "0")], "timeout"),
        (&[("timeout", "soon")], "timeout"),
        (&[("auth_data", "s3cret")], "auth_data"),
        (&[("pasword", "s3cret")], "pasword"),
    ] {
        let error = debug(options).unwrap_err().to_string();
        assert!(error.contains(&format!(" {key}:")), "{error} for {options:?}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}
