//! One configuration in several formats.

use sched_core::config::{Config, Plugins};

fn check(config: Config) {
    let builder = config.into_builder(&Plugins::new()).unwrap();
    let scheduler = builder.build().unwrap().blocking();
    assert_eq!(scheduler.timezone().to_string(), "Europe/Berlin");
    assert_eq!(scheduler.executors().len(), 1);
    let job = scheduler.add(|| async {}).submit().unwrap();
    assert_eq!(job.misfire_grace_time().unwrap().as_millis(), 1_500);
    assert_eq!((job.coalesce(), job.max_instances()), (false, 3));
}

#[test]
fn toml() {
    check(
        toml::from_str(
            r#"
            timezone = "Europe/Berlin"
            lease = 10

            [job_defaults]
            misfire_grace_time = 1.5
            coalesce = false
            max_instances = 3

            [executors.default]
            type = "debug"
            "#,
        )
        .unwrap(),
    );
}

#[test]
fn json() {
    check(
        serde_json::from_str(
            r#"{
                "timezone": "Europe/Berlin",
                "lease": 10,
                "job_defaults": {"misfire_grace_time": 1.5, "coalesce": false, "max_instances": 3},
                "executors": {"default": {"type": "debug"}}
            }"#,
        )
        .unwrap(),
    );
}

#[test]
fn a_part_of_a_larger_file() {
    #[derive(Debug, serde::Deserialize)]
    struct File {
        scheduler: Config,
    }
    let file: File = toml::from_str("[scheduler]\ntimezone = \"UTC\"").unwrap();
    assert!(file.scheduler.into_builder(&Plugins::new()).unwrap().build().is_ok());
    let misspelt = toml::from_str::<File>("[scheduler.job_defaults]\ncoalsce = true").unwrap_err();
    assert!(misspelt.to_string().contains("job_defaults.coalsce"), "{misspelt}");
}
