//! What the allocator cannot do. The typed layer adds the names and numbers that a user needs.

/// The allocator's state is not one that it leaves behind: something else has written there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Corrupt {
    /// What is wrong.
    pub(crate) what: &'static str,
    /// The number that is wrong, or where.
    pub(crate) number: u64,
}

/// Why an operation changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failed {
    /// No run of pages is long enough.
    OutOfMemory,
    Corrupt(Corrupt),
}

impl From<Corrupt> for Failed {
    fn from(corrupt: Corrupt) -> Self {
        Self::Corrupt(corrupt)
    }
}

/// An error about a number that was read.
#[cold]
pub(super) const fn corrupt<T>(what: &'static str, number: u64) -> Result<T, Corrupt> {
    Err(Corrupt { what, number })
}
