//! Executors and job stores by plugin name, and their options.

use std::net::IpAddr;

use sched_core::config::{Options, Plugins, Seconds};
use sched_core::{Error, InlineExecutor, MemoryStore};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{read, refusal, scheduler, with};

/// What a backend might have.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Server {
    url: String,
    password: Option<String>,
    port: u16,
    ratio: f64,
    tls: bool,
    timeout: Option<Seconds>,
    mode: Mode,
    hosts: Vec<IpAddr>,
    address: Option<IpAddr>,
    pool: Pool,
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Mode {
    #[default]
    Careful,
    Fast,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Pool {
    size: Option<u32>,
}

impl Default for Server {
    fn default() -> Self {
        Server {
            url: "server://localhost".to_owned(),
            password: None,
            port: 1,
            ratio: 0.5,
            tls: false,
            timeout: None,
            mode: Mode::Careful,
            hosts: Vec::new(),
            address: None,
            pool: Pool::default(),
        }
    }
}

fn plugins() -> Plugins {
    let mut plugins = Plugins::new();
    plugins.jobstore("server", |options| {
        let server: Server = options.parse()?;
        if server.port == 0 {
            return Err(options.invalid("port", "it is zero").into());
        }
        if server.tls {
            return Err("no certificate".into());
        }
        Ok(MemoryStore::new())
    });
    plugins
}

/// What becomes of a server with these options.
fn server(mut options: Value) -> Result<sched_core::Scheduler, Error> {
    options["type"] = json!("server");
    read(with("jobstores", json!({"main": options})))?.into_builder(&plugins())?.build()
}

#[test]
fn built_in_ones_are_there() {
    let scheduler = scheduler(json!({
        "timezone": "UTC",
        "executors": {"default": {"type": "debug"}},
        "jobstores": {"default": {"type": "memory"}, "other": {"type": "memory"}},
    }));
    let scheduler = scheduler.unwrap();
    assert_eq!(scheduler.executors().len(), 1);
    assert_eq!(scheduler.jobstores().len(), 2);
}

#[test]
fn the_builder_can_still_be_told_more() {
    let config = read(with("timezone", json!("UTC"))).unwrap();
    let builder = config.into_builder(&Plugins::new()).unwrap();
    let scheduler = builder.executor("more", InlineExecutor::new()).state(5_u8).build().unwrap();
    assert_eq!(scheduler.executors().len(), 2);
    let again = read(with("timezone", json!("UTC"))).unwrap().into_builder(&Plugins::new());
    let twice = again.unwrap().executor("default", InlineExecutor::new()).build();
    assert!(matches!(twice, Err(Error::DuplicateAlias { .. })));
}

#[test]
fn options_are_read_into_the_plugins_own_type_from_values_and_from_text() {
    let values: Options = [
        ("port", json!(8080)),
        ("ratio", json!(2)),
        ("tls", json!(true)),
        ("timeout", json!(1.5)),
        ("mode", json!("fast")),
        ("hosts", json!(["127.0.0.1", "::1"])),
        ("pool", json!({"size": 5})),
    ]
    .into_iter()
    .collect();
    let text: Options = [
        ("port", json!("8080")),
        ("ratio", json!("2.0")),
        ("tls", json!("on")),
        ("timeout", json!("1.5")),
        ("mode", json!("fast")),
        ("hosts", json!(["127.0.0.1", "::1"])),
        ("pool", json!({"size": "5"})),
    ]
    .into_iter()
    .collect();
    for options in [values, text] {
        let server: Server = options.parse().unwrap();
        assert_eq!((server.port, server.ratio, server.tls), (8080, 2.0, true));
        assert_eq!(server.timeout.unwrap().0.as_millis(), 1_500);
        assert_eq!((server.mode, server.hosts.len(), server.pool.size), (Mode::Fast, 2, Some(5)));
        assert_eq!(server.password, None);
        assert_eq!(server.url, "server://localhost");
        assert_eq!(server.address, None);
    }
}

#[test]
fn what_is_wrong_is_told_with_its_full_key() {
    for (options, expected) in [
        (json!({"prt": 1}), "prt: there is no such option; there are: url, password, port"),
        (json!({"port": "many"}), "port: must be a whole number from 0 to 65535, not just a text"),
        (json!({"port": 70_000}), "port: must be a whole number from 0 to 65535"),
        (json!({"port": null}), "port: must be a whole number from 0 to 65535, not null"),
        (json!({"port": 0}), "port: it is zero"),
        (json!({"tls": "perhaps"}), "tls: must be a boolean"),
        (json!({"mode": "reckless"}), "mode: must be one of careful, fast"),
        (json!({"timeout": -1}), "timeout: must be a number of seconds, 0 or more"),
        (json!({"pool": {"sise": 1}}), "pool.sise: there is no such option; there are: size"),
        (json!({"pool": 5}), "pool: must be a table, not a number"),
        (json!({"hosts": ["127.0.0.1", "here"]}), "hosts.1: invalid IP address syntax"),
        (json!({"address": "here"}), "address: invalid IP address syntax"),
    ] {
        let said = refusal(server(options));
        assert!(said.starts_with(&format!("jobstores.main.{expected}")), "{said}");
    }
}

#[test]
fn other_errors_of_a_plugin_are_told_with_the_key_of_the_whole() {
    let refused = server(json!({"tls": true}));
    assert!(matches!(&refused, Err(Error::Plugin { key, .. }) if key == "jobstores.main"));
    assert_eq!(refusal(refused), "jobstores.main: no certificate");
}

#[test]
fn a_component_needs_the_name_of_a_plugin() {
    for (component, expected) in [
        (json!({}), "jobstores.a.type: it is missing: name a plugin"),
        (json!({"type": 5}), "jobstores.a.type: must be the name of a plugin"),
        (json!("memory"), "jobstores.a: must be a table with the name of a plugin"),
        (json!(null), "jobstores.a: must be a table with the name of a plugin"),
        (json!({"class": "a.b:C"}), "jobstores.a.class: types cannot be loaded by name"),
        (
            json!({"type": "memory", "class": "a.b:C"}),
            "jobstores.a.class: types cannot be loaded by name",
        ),
    ] {
        let said = refusal(read(json!({"jobstores": {"a": component}})));
        assert!(said.starts_with(expected), "{said}");
    }
    assert_eq!(refusal(read(json!({"executors": []}))), "executors: must be a table, not a list");
}

#[test]
fn a_plugin_that_nobody_registered() {
    let said = refusal(scheduler(with("jobstores", json!({"a": {"type": "redis"}}))));
    let expected = "jobstores.a.type: no plugin is registered as \"redis\"; there are: memory";
    assert_eq!(said, expected);
    let said = refusal(scheduler(with("executors", json!({"a": {"type": "threads"}}))));
    let expected = "executors.a.type: no plugin is registered as \"threads\"; there are: debug";
    assert_eq!(said, expected);
}

#[test]
fn a_plugin_takes_the_place_of_another_of_its_name() {
    let mut plugins = Plugins::new();
    plugins.executor("debug", |_| -> Result<InlineExecutor, _> { Err("mine".into()) });
    let config = read(with("timezone", json!("UTC"))).unwrap();
    assert_eq!(refusal(config.into_builder(&plugins)), "executors.default: mine");
}

/// Whatever goes wrong, and wherever it is shown.
#[test]
fn values_of_options_are_never_shown() {
    let secret = "hunter2";
    for options in [
        json!({"passwort": secret}),
        json!({"port": secret}),
        json!({"tls": secret}),
        json!({"mode": secret}),
        json!({"mode": {"fast": secret}}),
        json!({"url": {"password": secret}}),
        json!({"pool": secret}),
        json!({"pool": {"size": secret}}),
    ] {
        let config = read(json!({"jobstores": {"main": {"type": "server", "a": options}}}));
        let shown = format!("{config:?}");
        assert!(shown.contains("server{\"a\"}") && !shown.contains(secret), "{shown}");
        let error = server(options).err().unwrap();
        assert!(!format!("{error} {error:?}").contains(secret), "{error:?}");
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {
        #[serde(deserialize_with = "repeats")]
        _server_url: String,
        #[serde(deserialize_with = "repeats")]
        _colour: String,
    }
    fn repeats<'de, D: serde::Deserializer<'de>>(value: D) -> Result<String, D::Error> {
        let text = String::deserialize(value)?;
        Err(serde::de::Error::custom(format!("{text} is unheard of")))
    }
    let options = |name: &str| -> Options { [(name, secret)].into_iter().collect() };
    let error = options("_server_url").parse::<Strict>().unwrap_err();
    assert!(!error.to_string().contains(secret), "{error}");
    // The reason of a type of the plugin's own is worth reading where no secret is to be feared.
    let error = options("_colour").parse::<Strict>().unwrap_err();
    assert!(error.to_string().ends_with("_colour: hunter2 is unheard of"), "{error}");
    assert_eq!(format!("{:?}", options("password")), "{\"password\"}");
}
