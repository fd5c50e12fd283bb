//! Options of a configuration.

use sched_core::config::Options;
use sched_store_mongo::MongoStore;

fn shown(options: &[(&str, &str)]) -> Result<String, sched_core::Error> {
    let options: Options = options.iter().copied().collect();
    MongoStore::from_options(&options).map(|store| format!("{store:?}"))
}

#[test]
fn options_say_where_the_server_is_and_what_to_call_things() {
    for (options, expected) in [
        (&[][..], "localhost:27017"),
        (&[][..], r#"database: "apscheduler", collection: "jobs""#),
        (&[("database", "a"), ("collection", "b")], r#"database: "a", collection: "b""#),
        (&[("host", "a.example"), ("port", "1")], "a.example:1"),
        (&[("host", "a.example:1, b.example"), ("port", "2")], "a.example:1,b.example:2"),
        (&[("host", "mongodb://u:s3cret@a.example")], "a.example:27017"),
        (&[("url", "mongodb://u:s3cret@a.example/other?tls=true")], "apscheduler"),
        (&[("url", "mongodb+srv://u:s3cret@cluster.example")], "cluster.example"),
        (&[("username", "u"), ("password", "s3cret"), ("authSource", "x")], "localhost"),
        (&[("replicaSet", "rs0"), ("directConnection", "true")], "localhost"),
        (&[("tls", "yes"), ("connectTimeoutMS", "100")], "localhost"),
    ] {
        let shown = shown(options).unwrap();
        assert!(shown.contains(expected), "{shown} for {options:?}");
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}

#[test]
fn what_makes_no_sense_is_named_and_no_secret_shown() {
    for (options, key) in [
        (&[("url", "redis://b.example")][..], "url"),
        (&[("url", "mongodb://u:s3cret@b.example/?colour=red")], "url"),
        // It takes what stands before the `?` for an address.
        (&[("url", "mongodb://u:s3cret?s3cret@b.example")], "url"),
        (&[("host", "mongodb://u:s3cret:s3cret@b.example")], "host"),
        (&[("host", "")], "host"),
        (&[("host", "b.example:many")], "host"),
        (&[("url", "mongodb://b.example"), ("host", "b")], "host"),
        (&[("url", "mongodb://b.example"), ("port", "1")], "port"),
        (&[("port", "many")], "port"),
        (&[("database", "")], "database"),
        (&[("collection", "")], "collection"),
        (&[("socketTimeoutMS", "0")], "socketTimeoutMS"),
        (&[("serverSelectionTimeoutMS", "0")], "serverSelectionTimeoutMS"),
        (&[("tlsCAFile", "/nowhere")], "tlsCAFile"),
        (&[("tls", "no"), ("tlsCertificateKeyFile", "/nowhere")], "tlsCertificateKeyFile"),
        (&[("pasword", "s3cret")], "pasword"),
    ] {
        let error = shown(options).unwrap_err().to_string();
        assert!(error.contains(&format!(" {key}:")), "{error} for {options:?}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}
