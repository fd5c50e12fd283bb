//! What may be wrong with a store.

/// One way to break the contract. Most have been seen in the wild: a server's type, limit or
/// default that is taken for the contract's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Defect {
    /// None.
    Sound,

    // What is stored.
    /// Bodies are cut at 65,535 bytes.
    CutsBodies,
    /// Bodies pass through a text column.
    BodiesAreText,
    /// Bodies that are too large are cut, not refused.
    CutsTooLarge,
    /// Bodies that are too large are refused, with another error.
    TooLargeIsAnyError,
    /// There is a limit that nobody declared.
    UndeclaredLimit,
    /// A write leaves the lane as it was.
    KeepsLane,
    /// Due times are whole milliseconds.
    Milliseconds,
    /// Due times are doubles.
    Doubles,
    /// Due times are not negative.
    NothingBefore1970,
    /// Ids are equal whatever their case.
    IdsFoldCase,
    /// Lanes are equal whatever their case.
    LanesFoldCase,

    // Inserting.
    /// A record takes the place of another.
    InsertOverwrites,
    /// One conflict keeps the whole batch out.
    InsertAllOrNothing,
    /// An insertion looks first and writes then.
    InsertUnguarded,
    /// A record begins with revision 1, whatever it says.
    InsertBeginsAtOne,
    /// An id can be used once only.
    Tombstones,
    /// An empty batch is malformed.
    EmptyBatchFails,
    /// A batch has no more than 300 records or changes.
    BatchLimit,

    // Changing.
    /// All changes are said to have been won.
    SwapAnswersYes,
    /// A change takes effect at any revision.
    SwapIgnoresRevision,
    /// A deletion takes effect at any revision.
    DeleteIgnoresRevision,
    /// A change takes effect at a later revision too.
    SwapTakesLaterRevisions,
    /// Revisions are compared as doubles.
    DoubleRevisions,
    /// A change looks first and writes then.
    SwapUnguarded,
    /// A change of a record that is not there inserts it.
    SwapUpserts,
    /// A write that changes nothing leaves the revision.
    RevisionStands,
    /// One conflict keeps the whole batch from taking effect.
    SwapAllOrNothing,
    /// The changes after a conflict do not take effect.
    SwapStopsAtConflict,
    /// Two batches at once are an error of the second.
    Deadlocks,

    // The index.
    /// What is due now is not due yet.
    DueLate,
    /// What is due a microsecond later is due.
    DueEarly,
    /// The latest come first.
    DueReversed,
    /// All that is due is given.
    DueIgnoresLimit,
    /// A limit of 0 is none.
    ZeroIsNoLimit,
    /// What has no due time is due.
    PausedAreDue,
    /// Lanes that begin with the name are meant.
    LanesByPrefix,
    /// What is due and does not decode is deleted.
    RemovesUndecodable,
    /// Where nothing is due next, 1970 is.
    InventsNextDue,
    /// A due time stays in the index when its record leaves it.
    NextDueNeverForgets,
    /// Only the first lane is looked at.
    NextDueOfFirstLane,
    /// All lanes are looked at.
    NextDueOfAllLanes,
    /// A lane is named once for each record.
    LanesRepeat,
    /// A lane is named even if its records are paused.
    LanesOfPaused,

    // Listing.
    /// A page after the first begins one record late.
    ListSkips,
    /// A page after the first begins with the record before.
    ListRepeats,
    /// Pages are in order of due times.
    ListByDueTime,
    /// No page has more than 8 records.
    ListCapsPages,
    /// The place in the list is a number, noted at the end of a page.
    ListByOffset,
    /// The place in the list is a number, found at the beginning of a page.
    ListTwoSteps,
    /// After an id that is not there comes nothing.
    ListNeedsTheId,

    // Claiming.
    /// The planner is asked again, as in a transaction that is tried again.
    ClaimAsksTwice,
    /// What the planner leaves is answered for too.
    ClaimAnswersForAll,
    /// What the planner leaves is written too.
    ClaimTouchesAll,
    /// All that is due is claimed.
    ClaimIgnoresLimit,

    // The place.
    /// All namespaces are one.
    OneNamespace,
    /// Namespaces that begin with the name are cleared.
    ClearsByPrefix,
    /// What is not due is not cleared.
    ClearLeavesPaused,
    /// A cleared store must be opened again.
    ClearCloses,
    /// Closing forgets.
    CloseForgets,
    /// Closing is for good.
    ClosesForGood,
    /// Opening begins anew.
    OpenForgets,
    /// Two cannot open at once.
    OpensAlone,
    /// What was read once is remembered.
    CachesReads,

    // Dropped calls.
    /// A write that is dropped keeps a lock.
    KeepsLocks,
    /// A write that is dropped has written the body, and not the index.
    HalfWrites,

    // What the server tells.
    /// There are hints that never come.
    SilentHints,
    /// Only insertions are hinted at.
    InsertHintsOnly,
    /// Hints say that what was written is due an hour later.
    LateHints,
    /// Nobody hears what is told.
    KeepsToItself,
    /// Of what is told the others hear that there is something.
    RetellsAnything,
    /// There are hints that nobody declared.
    UndeclaredHints,
    /// The clock tells milliseconds.
    ClockInMilliseconds,
    /// There is a clock that nobody declared.
    UndeclaredClock,

    // The server killed.
    /// What was written is gone.
    KillForgets,
    /// A store that has lost its server does not look for it again.
    StaysAway,
    /// Calls hang while the server is away.
    HangsWhileAway,
    /// Calls are refused for good while the server is away.
    RefusesWhileAway,
    /// What was read before is answered while the server is away.
    AnswersWhileAway,
    /// Hints do not come again, and their stream does not end.
    HintsStayAway,
}
