//! Passing a region to a program that this one starts.
//!
//! # Safety
//!
//! 1. Between fork and exec the hook makes one system call, on a descriptor that it owns.
#![allow(unsafe_code, reason = "runs a hook between fork and exec, and borrows a descriptor by its number")]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

use super::contents::Contents;
use super::{ReadOnly, Shared, attach};
use crate::region::AttachError;
use crate::sys;

/// What stands before the name in the environment of a program that inherits a region.
const PREFIX: &str = "SHMCORE_FD_";

impl<T: ?Sized> Shared<T> {
    /// Lets a program inherit this region: it survives the exec of `command`, and the program finds it by
    /// [`Shared::inherited`] under `name`.
    ///
    /// The descriptor's number is in the variable `SHMCORE_FD_` and `name` of the program's environment; in this process
    /// the descriptor stays close-on-exec.
    ///
    /// # Errors
    ///
    /// Of the system calls.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use shmcore::create_shared;
    /// use std::process::Command;
    ///
    /// let stats = create_shared::<[u64; 4]>()?;
    /// let mut worker = Command::new("worker");
    /// stats.inherit_to(&mut worker, "STATS")?;
    /// worker.spawn()?;
    /// // In `worker`: let stats = Shared::<[u64; 4]>::inherited("STATS")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn inherit_to(&self, command: &mut Command, name: &str) -> io::Result<()> {
        pass(self.try_clone_fd()?, command, name);
        Ok(())
    }
}

impl<T: Contents + ?Sized> Shared<T> {
    /// Attaches to the region that this program has inherited under `name`; see [`inherit_to`](Self::inherit_to).
    ///
    /// # Errors
    ///
    /// [`AttachError::NotFound`] if nothing was inherited under the name, and as of [`from_fd`](Self::from_fd).
    pub fn inherited(name: &str) -> Result<Self, AttachError> {
        with_inherited(name, |file| attach::descriptor(file))
    }
}

impl<T: Contents + ?Sized> ReadOnly<T> {
    /// Attaches, for reading, to the region that this program has inherited under `name`; see
    /// [`Shared::inherit_to`](crate::Shared::inherit_to).
    ///
    /// # Errors
    ///
    /// As of [`Shared::inherited`](crate::Shared::inherited).
    pub fn inherited(name: &str) -> Result<Self, AttachError> {
        with_inherited(name, |file| attach::descriptor_read_only(file))
    }
}

/// Lets `command` inherit a descriptor under `name`.
pub(crate) fn pass(file: OwnedFd, command: &mut Command, name: &str) {
    command.env(format!("{PREFIX}{name}"), file.as_raw_fd().to_string());
    // SAFETY: `pre_exec` requires that the hook is async-signal-safe: it makes one system call, and allocates
    // nothing (invariant 1).
    unsafe { command.pre_exec(move || Ok(sys::file::keep_on_exec(&file)?)) };
}

/// Calls `f` with the descriptor that the environment names. It stays open, because it may be inherited under two names;
/// once it has proved to be a region's, it is not passed on to further programs.
pub(crate) fn with_inherited<R>(
    name: &str,
    f: impl FnOnce(BorrowedFd<'_>) -> Result<R, AttachError>,
) -> Result<R, AttachError> {
    let region = || format!("inherited region `{name}`");
    let number = std::env::var(format!("{PREFIX}{name}")).ok().and_then(|number| number.parse::<i32>().ok());
    let Some(number) = number.filter(|&number| number >= 0) else {
        return Err(AttachError::NotFound { region: region() });
    };
    // SAFETY: `borrow_raw` requires a descriptor that is open while it is borrowed. If it is not open, the calls on it
    // fail with `EBADF`; nothing but fstat, the question for seals, opening `/proc/self/fd/N` and setting
    // close-on-exec is done to it, which harm no file that it might be instead.
    let file = unsafe { BorrowedFd::borrow_raw(number) };
    let attached = f(file)?;
    sys::file::close_on_exec(file).map_err(|failed| AttachError::os(&region(), failed))?;
    Ok(attached)
}
