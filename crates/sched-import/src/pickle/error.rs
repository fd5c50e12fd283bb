//! Why a pickle was refused.

/// Why a pickle was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PickleError {
    /// It refers to something of Python that is not on the list.
    #[error("it refers to {name}, which is not on the list of what is read")]
    Forbidden {
        /// Module and name, joined by a full stop.
        name: String,
    },
    /// Something on the list is called, or built, in a way in which the reference never does.
    #[error("{name} is not called like that by anything known")]
    Call {
        /// Module and name, joined by a full stop.
        name: &'static str,
    },
    /// An opcode that has no place in a job.
    #[error("opcode {code:#04x} at byte {at} is not among those that are read")]
    Opcode {
        /// The opcode.
        code: u8,
        /// Where it is.
        at: usize,
    },
    /// Another protocol than 2 to 5.
    #[error("it is not of protocol 2 to 5")]
    Protocol,
    /// The bytes end in the midst of something, or a length goes beyond them.
    #[error("it breaks off at byte {at}")]
    Truncated {
        /// Where the bytes that are missing would begin.
        at: usize,
    },
    /// It asks the machine for something that makes no sense.
    #[error("{reason}, at byte {at}")]
    Malformed {
        /// Where.
        at: usize,
        /// What makes no sense.
        reason: &'static str,
    },
    /// Values lie too deep in each other, or one in itself.
    #[error("its values lie more than {limit} deep in each other")]
    TooDeep {
        /// How deep they may.
        limit: usize,
    },
    /// It is larger than any job's.
    #[error("{what} are more than {limit}")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much there may be.
        limit: usize,
    },
}
