//! Adding a job: every option, and what is refused.

use std::time::Duration;

use sched_core::task::{Args, Invocation};
use sched_core::trigger::{Cron, Interval};
use sched_core::{Error, JobFilter, JobId, OnCrash, Retry};

use crate::{SECOND, build, listed, next_run, nothing, started};

#[tokio::test]
async fn every_option_is_the_jobs() {
    let test = started().await;
    let call = Invocation::named("greet", Args::of(&("a", 2)).unwrap());
    let retry = Retry::new(4).backoff(3 * SECOND);
    let job = test
        .add(call)
        .id("all")
        .name("everything")
        .store("default")
        .executor("elsewhere")
        .cron("0 9 * * mon-fri")
        .misfire_grace_time(5 * SECOND)
        .coalesce(false)
        .max_instances(7)
        .next_run_time("2026-01-01 08:00:00")
        .timeout(30 * SECOND)
        .retry(retry)
        .on_crash(OnCrash::Skip)
        .tags(["b", "a"])
        .tag("c")
        .await
        .unwrap();
    for job in [job.clone(), test.get_job("all").await.unwrap().unwrap()] {
        assert_eq!((&**job.id(), job.name(), job.task()), ("all", "everything", "greet"));
        assert_eq!(job.args().as_json(), r#"["a",2]"#);
        assert_eq!(job.trigger().to_string(), "cron['0 9 * * mon-fri']");
        assert_eq!((job.executor(), job.store().map(|s| &**s)), ("elsewhere", Some("default")));
        assert_eq!(job.misfire_grace_time(), Some(5 * SECOND));
        assert_eq!((job.coalesce(), job.max_instances()), (false, 7));
        assert_eq!((job.timeout(), job.retry()), (Some(30 * SECOND), Some(retry)));
        assert_eq!(job.on_crash(), OnCrash::Skip);
        assert_eq!(job.tags().iter().collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(next_run(&job), "2026-01-01T08:00:00Z");
        assert_eq!((job.last_fire_time(), job.is_paused(), job.is_pending()), (None, false, false));
    }
}

#[tokio::test]
async fn a_job_is_called_like_its_task_unless_said() {
    let test = started().await;
    let call = Invocation::named("greet", Args::of(&("a", 1)).unwrap());
    let job = test.add(call).every(SECOND).await.unwrap();
    assert_eq!(job.name(), "Greeting");
    let old_name = Invocation::named("salute", Args::of(&("a", 1)).unwrap());
    assert_eq!(test.add(old_name).every(SECOND).await.unwrap().name(), "Greeting");
}

#[tokio::test]
async fn an_empty_id_is_one_of_its_own() {
    let test = started().await;
    let job = test.add(nothing).id("").every(SECOND).await.unwrap();
    assert_eq!(job.id().len(), 32);
    let another = test.add(nothing).every(SECOND).await.unwrap();
    assert_ne!(job.id(), another.id());
    assert!(job.id() < another.id(), "neighbours in time are neighbours in a store's index");
    assert_ne!(JobId::unique(), JobId::unique());
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_by_its_name() {
    for test in [build(), started().await] {
        let job = || test.add(nothing).every(SECOND);
        for (field, refused) in [
            ("name", job().name("").await),
            ("misfire_grace_time", job().misfire_grace_time(Duration::ZERO).await),
            ("max_instances", job().max_instances(0).await),
            ("timeout", job().timeout(Duration::ZERO).await),
            ("retry", job().retry(Retry::new(0)).await),
            ("id", job().id("x".repeat(256)).await),
        ] {
            let refused = refused.unwrap_err();
            assert!(
                matches!(&refused, Error::InvalidJob { field: told, .. } if *told == field),
                "{field}: {refused}"
            );
        }
        assert!(listed(&test, JobFilter::all()).await.is_empty());
        test.add(nothing).every(SECOND).id("x".repeat(255)).await.unwrap();
    }
}

#[tokio::test]
async fn arguments_are_checked_at_once() {
    let test = build();
    for args in [r#"["a"]"#, r#"["a", -1]"#, r#"["a", 1, 2]"#, r#"{"name": "a"}"#, "[]"] {
        let call = Invocation::named("greet", Args::from_json(args).unwrap());
        let refused = test.add(call).every(SECOND).await.unwrap_err();
        assert!(
            matches!(&refused, Error::Args { task, .. } if &**task == "greet"),
            "{args}: {refused}"
        );
    }
    let unknown = test.add(Invocation::named("nobody", Args::NONE)).await.unwrap_err();
    assert!(matches!(&unknown, Error::UnknownTask { name } if &**name == "nobody"), "{unknown}");
}

#[tokio::test]
async fn a_trigger_that_is_refused_says_which_argument() {
    let test = build();
    let refused = test.add(nothing).cron("0 25 * * *").await.unwrap_err();
    assert!(matches!(&refused, Error::Trigger(_)), "{refused}");
    assert!(refused.to_string().contains("hour"), "{refused}");
    let refused = test.add(nothing).at("tomorrow").await.unwrap_err();
    assert!(refused.to_string().contains("tomorrow"), "{refused}");
    let refused = test.add(nothing).every(SECOND).next_run_time("2026-13-01").await.unwrap_err();
    assert!(refused.to_string().contains("next_run_time"), "{refused}");
    let arguments = serde_json::Map::new();
    let refused = test.add(nothing).trigger_named("lunar", arguments).await.unwrap_err();
    assert!(refused.to_string().contains("lunar"), "{refused}");
}

#[tokio::test]
async fn what_is_said_last_holds() {
    let test = started().await;
    let job = test.add(nothing).trigger(Cron::new().year(2030)).every(60 * SECOND);
    let job = job.trigger(Interval::every(5 * SECOND)).paused();
    let job = job.next_run_time("2026-01-01 00:00:03").await.unwrap();
    assert_eq!(job.trigger().to_string(), "interval[0:00:05]");
    assert_eq!(next_run(&job), "2026-01-01T00:00:03Z");
}

/// Nothing happens before a request is awaited.
#[tokio::test]
async fn a_request_that_is_dropped_adds_nothing() {
    let test = started().await;
    drop(test.add(nothing).every(SECOND));
    assert!(listed(&test, JobFilter::all()).await.is_empty());
}
