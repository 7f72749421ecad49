//! The parent's handle of a forked child.

use std::cell::Cell;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use crate::sys::fork::{self, Pid, Wait};

/// A child process made by [`fork_child`](super::fork_child).
///
/// As with [`std::process::Child`], dropping it neither ends the child nor waits for it; a child that nobody waits
/// for stays a zombie until this process ends.
///
/// # Examples
///
/// ```standalone_crate
/// use shmcore::process::fork_child;
///
/// let child = fork_child(|| std::process::exit(3))?;
/// assert_eq!(child.wait()?.code(), Some(3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Child {
    pid: Pid,
    /// The raw status, once the child was waited for: from then on the kernel may give its id to another process.
    status: Cell<Option<i32>>,
}

impl Child {
    pub(super) fn new(pid: Pid) -> Self {
        Self { pid, status: Cell::new(None) }
    }

    /// The process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.pid.as_raw_pid().unsigned_abs()
    }

    /// Waits until the child ends, and returns how it did. Once it has, every call returns the same.
    ///
    /// # Errors
    ///
    /// The error of waitpid(2): `ECHILD` if something else in this process has waited for the child, or SIGCHLD
    /// is ignored.
    pub fn wait(&self) -> io::Result<ExitStatus> {
        loop {
            if let Some(status) = self.wait_as(Wait::Block)? {
                return Ok(status);
            }
        }
    }

    /// How the child ended, or `None` if it still runs. Never blocks.
    ///
    /// # Errors
    ///
    /// As of [`wait`](Self::wait).
    pub fn try_wait(&self) -> io::Result<Option<ExitStatus>> {
        self.wait_as(Wait::Poll)
    }

    /// Kills the child with SIGKILL, wherever it is. Does nothing if it was waited for already.
    ///
    /// # Errors
    ///
    /// The error of kill(2).
    pub fn kill(&self) -> io::Result<()> {
        if self.status.get().is_some() { Ok(()) } else { fork::kill(self.pid) }
    }

    fn wait_as(&self, how: Wait) -> io::Result<Option<ExitStatus>> {
        if self.status.get().is_none() {
            self.status.set(fork::wait(self.pid, how)?);
        }
        Ok(self.status.get().map(ExitStatus::from_raw))
    }
}
