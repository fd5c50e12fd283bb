//! Sound stores, under the suite as a backend uses it.

/// The store of bytes that tests of core use, without hints and without a clock.
mod encoded {
    use std::collections::HashMap;
    use std::sync::{Arc, Mutex};

    use async_trait::async_trait;
    use sched_core::JobStore;
    use sched_testkit::EncodedStore;
    use sched_testkit::store_suite::StoreHarness;

    #[derive(Default)]
    struct Encoded {
        namespaces: Mutex<HashMap<String, EncodedStore>>,
    }

    #[async_trait]
    impl StoreHarness for Encoded {
        async fn store(&self, namespace: &str) -> Arc<dyn JobStore> {
            let mut namespaces = self.namespaces.lock().expect("nobody panics with it");
            Arc::new(namespaces.entry(namespace.to_owned()).or_default().clone())
        }
    }

    sched_testkit::store_suite!(Encoded::default());
}

/// What the broken stores are made of, without a defect: with everything that can be declared.
mod unbroken {
    use crate::broken::Broken;
    use crate::defect::Defect;

    sched_testkit::store_suite!(Broken::new(Defect::Sound));
    sched_testkit::store_restart_suite!(Broken::new(Defect::Sound));
}
