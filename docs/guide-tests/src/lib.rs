//! The README and each page of the user guide as documentation of a module, so that their Rust is
//! compiled and, where it ends by itself, run with the other examples in the documentation.

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
mod readme {}

macro_rules! pages {
    ($($module:ident = $page:literal),* $(,)?) => {
        $(
            #[cfg(doctest)]
            #[doc = include_str!(concat!("../../guide/", $page))]
            mod $module {}
        )*

        /// The pages, from the folder of the guide.
        pub const PAGES: &[&str] = &[$($page),*];
    };
}

pages! {
    calendar_interval = "triggers/calendar-interval.md",
    cancelling = "cancelling.md",
    choosing = "choosing.md",
    clusters = "clusters.md",
    combining = "triggers/combining.md",
    concepts = "concepts.md",
    configuring = "configuring.md",
    cron = "triggers/cron.md",
    custom = "triggers/custom.md",
    date = "triggers/date.md",
    etcd = "stores/etcd.md",
    events = "events.md",
    extending = "extending.md",
    faq = "faq.md",
    first_steps = "first-steps.md",
    installing = "installing.md",
    interval = "triggers/interval.md",
    introduction = "README.md",
    jobs = "jobs.md",
    limits = "limits.md",
    memory = "stores/memory.md",
    migration = "migration.md",
    misfires = "misfires.md",
    mongodb = "stores/mongodb.md",
    moving = "moving.md",
    observability = "observability.md",
    production = "production.md",
    redis = "stores/redis.md",
    results = "results.md",
    rethinkdb = "stores/rethinkdb.md",
    retries = "retries.md",
    sql = "stores/sql.md",
    starting = "starting.md",
    stores = "stores/README.md",
    tasks = "tasks.md",
    testing = "testing.md",
    time_zones = "time-zones.md",
    triggers = "triggers/README.md",
    troubleshooting = "troubleshooting.md",
    zookeeper = "stores/zookeeper.md",
}
