//! Parts of a fire by themselves, for work on one of them: `cargo bench -p sched-bench`.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use sched_core::store::{Body, Change, NewState, Record};
use sched_core::trigger::{Cron, Defaults};
use sched_core::{JobId, JobStore, MemoryStore, Timestamp, Zone};

/// As many as a scheduler writes at once.
const RECORDS: usize = 1_024;
const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);

fn triggers(c: &mut Criterion) {
    let mut group = c.benchmark_group("next_fire_time");
    let zone: Zone = "America/New_York".parse().expect("there is such a zone");
    let expressions = [
        ("every 5 minutes", Cron::new().minute("*/5")),
        ("first Monday", Cron::new().day("1st mon").hour(9)),
        ("29 February", Cron::new().month(2).day(29)),
    ];
    for (name, cron) in expressions {
        let trigger = cron.timezone(zone).build(&Defaults { zone, now: NOW }).expect("it is one");
        let mut last = NOW;
        group.bench_function(name, |b| {
            b.iter(|| {
                last = black_box(trigger.next_fire_time(Some(last), last)).unwrap_or(NOW);
            });
        });
    }
    group.finish();
    c.bench_function("parse/lists", |b| {
        let lists = || Cron::new().month("1,4,7,10").day_of_week("mon,wed,fri").hour("8-18");
        b.iter(|| black_box(lists().timezone(zone).build(&Defaults { zone, now: NOW })));
    });
}

fn records() -> Vec<Record> {
    let record = |_| Record {
        id: JobId::unique(),
        lane: "default".into(),
        due_at: Some(NOW),
        revision: 1,
        body: Body::from_bytes(vec![0; 300]),
    };
    (0..RECORDS).map(record).collect()
}

fn memory(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    c.bench_function("job id", |b| b.iter(|| black_box(JobId::unique())));
    let mut group = c.benchmark_group("memory store");
    group.throughput(Throughput::Elements(RECORDS as u64));
    group.bench_function("insert", |b| {
        b.iter_batched(
            || (MemoryStore::new(), records()),
            |(store, records)| {
                runtime.block_on(store.insert(records)).expect("memory does not fail");
                store
            },
            BatchSize::LargeInput,
        );
    });
    group.bench_function("claim", |b| {
        let filled = || {
            let store = MemoryStore::new();
            runtime.block_on(store.insert(records())).expect("memory does not fail");
            store
        };
        let mut plan = |record: &Record| {
            let (lane, body) = (record.lane.clone(), record.body.clone());
            let to = Some(NewState { lane, due_at: None, body });
            Some(Change { id: record.id.clone(), revision: record.revision, to })
        };
        b.iter_batched(
            filled,
            |store| {
                let claimed = runtime.block_on(store.claim("default", NOW, RECORDS, &mut plan));
                assert_eq!(claimed.expect("memory does not fail").seen, RECORDS);
                store
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(parts, triggers, memory);
criterion_main!(parts);
