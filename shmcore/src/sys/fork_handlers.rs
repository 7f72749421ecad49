//! What runs around every `fork` of libc, in this process and in its child.
#![allow(unsafe_code, reason = "calls libc")]

use std::io;

use super::Failed;

unsafe extern "C" {
    /// POSIX; not declared by the crate `libc` for Linux, but part of glibc and musl.
    fn pthread_atfork(
        prepare: Option<unsafe extern "C" fn()>,
        parent: Option<unsafe extern "C" fn()>,
        child: Option<unsafe extern "C" fn()>,
    ) -> libc::c_int;
}

/// Registers three functions for good: before a fork, after it in the parent, after it in the child.
///
/// # Safety
///
/// `child` makes only async-signal-safe calls, and takes no lock but one that `prepare` has taken: the process may have
/// had other threads (fork(2)). None of them unwinds.
pub(crate) unsafe fn register(
    prepare: unsafe extern "C" fn(),
    parent: unsafe extern "C" fn(),
    child: unsafe extern "C" fn(),
) -> Result<(), Failed> {
    // SAFETY: `pthread_atfork` requires functions that live as long as the program, as Rust's do (pthread_atfork(3));
    // the caller answers for what they do.
    match unsafe { pthread_atfork(Some(prepare), Some(parent), Some(child)) } {
        0 => Ok(()),
        error => Err(Failed { call: "pthread_atfork", source: io::Error::from_raw_os_error(error) }),
    }
}
