//! The fork that is safe to call: with one thread, and without borrows of shared memory that must not be duplicated.
//!
//! Raw `fork` is `unsafe` for two reasons: a child of a process with several threads inherits locks whose owners do not
//! exist in it, and every `&mut` is duplicated, which is undefined behaviour where it points to shared memory. Here both
//! are excluded first.
#![allow(unsafe_code, reason = "forks")]

use std::fmt;
use std::io::{self, Write};
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::process::{ExitCode, Termination};
use std::time::{Duration, Instant};

use super::Child;
use crate::region::borrows::{self, Borrow};
use crate::sys::{self, fork::Fork};

/// The exit code of a child whose closure panicked; std's own for a panic on the main thread.
const PANICKED: u8 = 101;

/// How long a thread that was joined may take to disappear. The kernel reports its end to the joiner shortly before
/// it stops counting it.
const THREAD_EXIT: Duration = Duration::from_millis(50);

/// Forks; the child runs `f` and ends with its result as exit code, as if `f` were `main`: 0 for `()` and `Ok`, 1
/// and a line on standard error for `Err`, the code of an [`ExitCode`], 101 after a panic.
///
/// The child has every [`Shared`](crate::Shared) of its parent, at the same addresses, unless the parent has told the kernel otherwise
/// (`MADV_DONTFORK` of madvise(2), which is `unsafe`): then its first access is a `SIGSEGV`. It never returns from this call:
/// destructors of the parent's values and handlers of `atexit` do not run in it. Standard output is flushed
/// before the fork and at the child's end.
///
/// # Process death
///
/// A child that is killed shows in [`Child::wait`]; the shared values stay as it left them.
///
/// # Errors
///
/// [`ForkError`]; the process was not forked, and `f` was not called.
///
/// # Examples
///
/// ```standalone_crate
/// use shmcore::{create_shared, process::fork_child};
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// let count = create_shared::<AtomicU32>()?;
/// let child = fork_child(|| {
///     count.fetch_add(1, Ordering::Relaxed);
/// })?;
/// assert!(child.wait()?.success());
/// assert_eq!(count.load(Ordering::Relaxed), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn fork_child<F, R>(f: F) -> Result<Child, ForkError>
where
    F: FnOnce() -> R,
    R: Termination,
{
    require_one_thread()?;
    let count = Borrow::live();
    if count > 0 {
        return Err(ForkError::ExclusiveBorrow { count });
    }
    let count = borrows::private_blocks();
    if count > 0 {
        return Err(ForkError::PrivateBlocks { count });
    }
    // What is buffered now would be written by both processes. An error stays for whoever writes next.
    let _ = io::stdout().flush();
    // SAFETY: `fork` requires that this is the only thread: just verified, and only a thread starts another one.
    match unsafe { sys::fork::fork() } {
        Ok(Fork::Parent { child }) => Ok(Child::new(child)),
        Ok(Fork::Child) => run_child(f),
        Err(failed) => Err(ForkError::Os { call: failed.call, source: failed.source }),
    }
}

fn run_child<R: Termination>(f: impl FnOnce() -> R) -> ! {
    // The closure is gone after a panic, and nothing that it may have left in disorder is used again.
    let code = match panic::catch_unwind(AssertUnwindSafe(|| number(f().report()))) {
        Ok(code) => code,
        Err(payload) => {
            // Dropping the payload may panic again.
            mem::forget(payload);
            PANICKED
        }
    };
    // The exit code is all that the parent learns, flushed or not.
    let _ = io::stdout().flush();
    sys::fork::exit(code)
}

/// The number in an exit code, which std keeps to itself but for comparison.
fn number(code: ExitCode) -> u8 {
    (0..=u8::MAX).find(|&number| ExitCode::from(number) == code).unwrap_or(PANICKED)
}

fn require_one_thread() -> Result<(), ForkError> {
    let count = || {
        sys::threads::count()
            .map_err(|failed| ForkError::ThreadsUnknown { call: failed.call, source: failed.source })
    };
    if count()? == 1 {
        return Ok(());
    }
    let deadline = Instant::now() + THREAD_EXIT;
    loop {
        match count()? {
            1 => return Ok(()),
            threads if Instant::now() >= deadline => return Err(ForkError::OtherThreads { threads }),
            _ => std::thread::yield_now(),
        }
    }
}

/// Why a process was not forked.
///
/// # Examples
///
/// ```
/// use shmcore::process::{ForkError, fork_child};
///
/// let (stop, stopped) = std::sync::mpsc::channel::<()>();
/// let thread = std::thread::spawn(move || stopped.recv());
/// let refused = fork_child(|| ()).unwrap_err();
/// assert!(matches!(refused, ForkError::OtherThreads { threads } if threads >= 2));
/// drop(stop);
/// # let _ = thread.join();
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ForkError {
    /// The process has other threads. In the child they would not exist, but the locks that they hold would.
    /// Fork before threads are started, or after they were joined; or start a program, by `Command`.
    OtherThreads {
        /// The number of threads, this one included.
        threads: u64,
    },
    /// A value in shared memory is borrowed, by the guard of a lock or by the closure of
    /// [`create_shared_init`](crate::create_shared_init). Both processes would have what only one may have. Drop the guard
    /// first. One that was forgotten, by [`mem::forget`](std::mem::forget), forbids the fork for good.
    ExclusiveBorrow {
        /// The number of such borrows.
        count: usize,
    },
    /// Containers of a [heap](crate::heap) that own memory lie in this process's own memory, on its stack for example. Both processes
    /// would own what they own. Put them into the heap first, or free what they own. One that was dropped or forgotten without that
    /// owns its memory all the same.
    PrivateBlocks {
        /// The number of blocks that they own.
        count: usize,
    },
    /// The number of threads is not to be had, most likely because `/proc` is not mounted.
    ThreadsUnknown {
        /// The system call that failed.
        call: &'static str,
        /// The error of the kernel.
        source: io::Error,
    },
    /// The kernel refused to fork: too many processes (`EAGAIN`) or too little memory (`ENOMEM`).
    Os {
        /// The system call that failed.
        call: &'static str,
        /// The error of the kernel.
        source: io::Error,
    },
}

impl fmt::Display for ForkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherThreads { threads } => write!(
                f,
                "cannot fork safely: the process has {threads} threads, and the child would inherit the locks of the \
                 others without their owners"
            ),
            Self::ExclusiveBorrow { count } => write!(
                f,
                "cannot fork safely: {count} value(s) in shared memory are borrowed, by the guard of a lock or during \
                 their creation, and both processes would hold the borrow"
            ),
            Self::PrivateBlocks { count } => write!(
                f,
                "cannot fork safely: {count} container(s) of a heap that own memory lie in this process's own memory, and both \
                 processes would own it; put them into the heap or free them first"
            ),
            Self::ThreadsUnknown { call, source } => {
                write!(f, "cannot tell whether it is safe to fork: {call} failed: {source}")
            }
            Self::Os { call, source } => write!(f, "{call} failed: {source}"),
        }
    }
}

impl std::error::Error for ForkError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::OtherThreads { .. } | Self::ExclusiveBorrow { .. } | Self::PrivateBlocks { .. } => None,
            Self::ThreadsUnknown { source, .. } | Self::Os { source, .. } => Some(source),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::panic::catch_unwind;
    use std::process::Command;

    use super::{Child, ForkError, fork_child};
    use crate::create_shared;
    use crate::region::borrows;
    use crate::sys::fork::{Fork, exit, fork};

    /// Runs `f` in a child, whatever this process owns; whether it did not panic.
    fn succeeds_in_a_child(f: fn()) -> bool {
        // SAFETY: `fork` requires that this is the only thread. The harness has another one, which waits for this one, and
        // holds no lock but perhaps that of libc's allocator, which libc takes for its own forks.
        match unsafe { fork() } {
            Ok(Fork::Parent { child }) => Child::new(child).wait().is_ok_and(|status| status.success()),
            Ok(Fork::Child) => exit(u8::from(catch_unwind(f).is_err())),
            Err(failed) => panic!("{failed:?}"),
        }
    }

    /// What the name says, of a process with one thread.
    fn own_and_fork() {
        let _region = create_shared::<u64>().expect("created");
        borrows::note_private_block();
        borrows::note_private_block();
        let error = fork_child(|| ()).expect_err("refused");
        assert!(matches!(error, ForkError::PrivateBlocks { count: 2 }), "{error:?}");
        assert!(error.to_string().contains("2 container(s)"), "{error}");
        borrows::note_private_block_gone();
        let error = fork_child(|| ()).expect_err("refused");
        assert!(matches!(error, ForkError::PrivateBlocks { count: 1 }), "{error:?}");

        // A child of a fork that asks nobody owns nothing, and the next fork of its is not refused.
        assert!(succeeds_in_a_child(|| {
            assert_eq!(borrows::private_blocks(), 0);
            borrows::note_private_block_gone();
            assert!(fork_child(|| ()).expect("forked").wait().expect("waited for").success());
        }));

        // Who counts one by one is right, and is asked once.
        borrows::note_private_block();
        borrows::set_count_of_private_blocks(|| 1);
        let error = fork_child(|| ()).expect_err("refused");
        assert!(matches!(error, ForkError::PrivateBlocks { count: 1 }), "{error:?}");
        borrows::note_private_block_gone();
        assert!(fork_child(|| ()).expect("forked").wait().expect("waited for").success());
    }

    /// The numbers are those of a process: so the test runs itself again, in one where nobody else changes them.
    #[test]
    #[cfg_attr(miri, ignore = "forks")]
    fn fork_is_refused_while_the_own_memory_owns_blocks_of_heaps() {
        const NAME: &str = "process::fork::tests::fork_is_refused_while_the_own_memory_owns_blocks_of_heaps";
        const AGAIN: &str = "SHMCORE_TEST_AGAIN";
        if env::var_os(AGAIN).is_some() {
            assert!(succeeds_in_a_child(own_and_fork), "the child says why");
            return;
        }
        let mut again = Command::new(env::current_exe().expect("known"));
        let output = again.args(["--exact", NAME, "--nocapture"]).env(AGAIN, "").output().expect("run");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "it has run: {output:?}");
    }
}
