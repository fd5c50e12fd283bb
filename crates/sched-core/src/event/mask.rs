//! Kinds of events as bits: the reference's, and ours above them.

bitflags::bitflags! {
    /// A set of kinds of events. The reference's have its bits; [`EventMask::REFERENCE`] is its
    /// `EVENT_ALL`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub struct EventMask: u32 {
        /// The scheduler has started.
        const SCHEDULER_STARTED = 1;
        /// The scheduler has shut down.
        const SCHEDULER_SHUTDOWN = 1 << 1;
        /// The scheduler starts no runs until resumed.
        const SCHEDULER_PAUSED = 1 << 2;
        /// The scheduler starts runs again.
        const SCHEDULER_RESUMED = 1 << 3;
        /// An executor was added.
        const EXECUTOR_ADDED = 1 << 4;
        /// An executor was removed.
        const EXECUTOR_REMOVED = 1 << 5;
        /// A job store was added.
        const JOBSTORE_ADDED = 1 << 6;
        /// A job store was removed.
        const JOBSTORE_REMOVED = 1 << 7;
        /// All jobs of a store, or of all, were removed.
        const ALL_JOBS_REMOVED = 1 << 8;
        /// A job entered a store, or replaced one there.
        const JOB_ADDED = 1 << 9;
        /// A job was removed, or had its last fire.
        const JOB_REMOVED = 1 << 10;
        /// A job was changed, paused or resumed by somebody.
        const JOB_MODIFIED = 1 << 11;
        /// A run ended well.
        const JOB_EXECUTED = 1 << 12;
        /// A run ended in an error.
        const JOB_ERROR = 1 << 13;
        /// A fire was too late to be run.
        const JOB_MISSED = 1 << 14;
        /// A run was handed to its executor.
        const JOB_SUBMITTED = 1 << 15;
        /// Fires were dropped because the job runs in as many instances as it may.
        const JOB_MAX_INSTANCES = 1 << 16;

        /// A run began. From here on, kinds that the reference has not.
        const JOB_STARTED = 1 << 17;
        /// A run said how far it is.
        const JOB_PROGRESS = 1 << 18;
        /// A run that failed will be tried again.
        const JOB_RETRIED = 1 << 19;
        /// A run of a scheduler that died is run again here.
        const JOB_RECOVERED = 1 << 20;
        /// A run of a scheduler that died is not run again.
        const JOB_LOST = 1 << 21;
        /// A job cannot be run here for now, and is kept.
        const JOB_PARKED = 1 << 22;
        /// A store does not answer.
        const STORE_DOWN = 1 << 23;
        /// A store answers again.
        const STORE_UP = 1 << 24;
        /// The wall clock was set, or the machine was suspended.
        const CLOCK_JUMPED = 1 << 25;

        /// The wall clock was found to be more than a second from a store's, or to have come back.
        const CLOCK_SKEWED = 1 << 26;

        /// All kinds that the reference has.
        const REFERENCE = (1 << 17) - 1;
        /// All kinds.
        const ALL = (1 << 27) - 1;
    }
}
