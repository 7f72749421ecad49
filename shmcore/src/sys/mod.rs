//! Every system call of the crate, one family a file: thin, and typed so that callers need no C.
//!
//! Upper layers decide what a failure means; here it is [`Failed`], the call and the error of the kernel.

pub(crate) mod byte_lock;
pub(crate) mod dying;
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

use rustix::io::Errno;

/// A system call that failed.
#[derive(Debug)]
pub(crate) struct Failed {
    /// The name of the call, as its manual page has it.
    pub(crate) call: &'static str,
    pub(crate) source: io::Error,
}

impl Failed {
    /// Of opening: there is nothing of this name.
    pub(crate) fn is_not_found(&self) -> bool {
        self.is_one_of(&[Errno::NOENT])
    }

    /// Of opening: a link; a pipe without a reader, a socket or a device; a folder.
    pub(crate) fn is_no_file(&self) -> bool {
        self.is_one_of(&[Errno::LOOP, Errno::NXIO, Errno::NODEV, Errno::ISDIR, Errno::NOTDIR])
    }

    /// Of making or filling a file: the file system is full, or what the user may have of it.
    pub(crate) fn is_no_space(&self) -> bool {
        self.is_one_of(&[Errno::NOSPC, Errno::DQUOT])
    }

    /// Of making or filling a file: the file system cannot do that. One that does not know `O_TMPFILE` says that the folder is
    /// one.
    pub(crate) fn is_unsupported(&self) -> bool {
        self.is_one_of(&[Errno::OPNOTSUPP, Errno::ISDIR])
    }

    fn is_one_of(&self, errors: &[Errno]) -> bool {
        Errno::from_io_error(&self.source).is_some_and(|error| errors.contains(&error))
    }

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
