//! Every system call of the crate, one family a file: thin, and typed so that callers need no C.
//!
//! Upper layers decide what a failure means; here it is [`Failed`], the call and the error of the kernel.

pub(crate) mod byte_lock;
pub(crate) mod file;
pub(crate) mod fork;
pub(crate) mod fork_handlers;
pub(crate) mod futex;
pub(crate) mod memfd;
pub(crate) mod page;
pub(crate) mod random;
pub(crate) mod socket;
pub(crate) mod threads;
pub(crate) mod user;

use std::io;

/// A system call that failed.
#[derive(Debug)]
pub(crate) struct Failed {
    /// The name of the call, as its manual page has it.
    pub(crate) call: &'static str,
    pub(crate) source: io::Error,
}

impl Failed {
    fn at<E: Into<io::Error>>(call: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self { call, source: error.into() }
    }
}

impl From<Failed> for io::Error {
    /// The same error of the kernel, with the name of the call in its message.
    fn from(failed: Failed) -> Self {
        Self::new(failed.source.kind(), format!("{} failed: {}", failed.call, failed.source))
    }
}
