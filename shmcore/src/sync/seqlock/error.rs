//! What a writer is told when there is another one.

use std::error::Error;
use std::fmt;

use crate::process::Token;

/// There is another writer, who lives: nothing was written. It has what was not written inside.
///
/// # Examples
///
/// See [`ShmSeqLock::try_write`](crate::ShmSeqLock::try_write).
pub struct OtherWriterError<T = ()> {
    value: T,
    writer: Option<Token>,
}

impl<T> OtherWriterError<T> {
    /// With the token of the writer; 0 if it has gone since.
    pub(super) fn new(value: T, writer: u64) -> Self {
        Self { value, writer: Token::from_bits(writer) }
    }

    /// The id of the process that writes, in its own pid namespace; `None` if it had stopped before it could be named.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.writer.map(Token::pid)
    }

    /// The value that was not written.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T> fmt::Debug for OtherWriterError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtherWriterError").field("writer", &self.writer).finish_non_exhaustive()
    }
}

impl<T> fmt::Display for OtherWriterError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pid() {
            Some(pid) => write!(f, "process {pid} is the writer, and lives"),
            None => write!(f, "another process was writing"),
        }
    }
}

impl<T> Error for OtherWriterError<T> {}
