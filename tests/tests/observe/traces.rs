//! Spans and log lines, as a subscriber hears them.

use std::collections::BTreeSet;

use sched_core::InlineExecutor;
use sched_core::observe::SPANS;
use sched_testkit::{EncodedStore, TestScheduler, moment};

use crate::guide::GUIDE;
use crate::listening::Listening;
use crate::{SECOND, START, call, nap, with_tasks};

#[tokio::test]
async fn spans_and_lines_are_those_of_the_guide() {
    let heard = Listening::default();
    let subscriber = tracing::subscriber::set_default(heard.clone());
    let built = TestScheduler::build(START, |builder| {
        let builder = builder.jobstore("default", EncodedStore::new());
        with_tasks(builder).executor("default", InlineExecutor::new())
    });
    let mut test = built.unwrap();
    test.start().await.unwrap();
    test.advance(60 * SECOND).await;
    test.add(nap(2)).id("report").name("report").await.unwrap();
    test.add(call("fail")).id("import").name("import").await.unwrap();
    let late = test.add(nap(0)).id("mail").name("mail").at(moment(START));
    late.misfire_grace_time(30 * SECOND).await.unwrap();
    test.advance(60 * SECOND).await;
    drop(subscriber);

    let example = GUIDE.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    let lines = heard.0.lines.lock().unwrap();
    for line in example.lines() {
        assert!(lines.iter().any(|said| said == line), "not said: {line}\nsaid: {lines:#?}");
    }

    let spans = heard.0.spans.lock().unwrap();
    for span in spans.iter() {
        let known = SPANS.iter().find(|known| known.name == span.name);
        let known = known.unwrap_or_else(|| panic!("the table lacks {span:?}"));
        assert_eq!((span.level, &*span.fields), (known.level, known.fields), "{}", span.name);
    }
    let seen: BTreeSet<_> = spans.iter().map(|span| span.name).collect();
    assert_eq!(seen, SPANS.iter().map(|span| span.name).collect(), "all of the table");

    let mut runs: Vec<_> = spans.iter().filter(|span| span.name == "sched.run").collect();
    runs.sort_by_key(|span| span.values.clone());
    let [import, report] = &*runs else { panic!("one span for each run that began: {runs:#?}") };
    let (began, rest) = import.values.split_once(" run_id=").unwrap();
    assert_eq!(began, "job_id=import job=import task=fail store=default executor=default");
    let end = " scheduled=2026-01-01T00:01:00Z attempt=1 outcome=failed otel.status_code=ERROR";
    assert!(rest.ends_with(end), "{rest}");
    assert!(report.values.ends_with(" attempt=1 outcome=success"), "{report:?}");
    assert_eq!(heard.open(), 0, "a span that is not closed is never shown");
}
