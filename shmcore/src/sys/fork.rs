//! Processes: fork, exit, wait and signals.
#![allow(unsafe_code, reason = "calls libc")]

use std::io;

pub(crate) use rustix::process::Pid;
use rustix::process::{Signal, WaitOptions};

use super::Failed;

/// In which of the two processes a fork returned.
pub(crate) enum Fork {
    Parent { child: Pid },
    Child,
}

/// Makes a child process. libc's own call is used, so that handlers of `pthread_atfork` run.
///
/// # Safety
///
/// The caller is the only thread of the process: with others, the child could call only async-signal-safe
/// functions (fork(2)).
pub(crate) unsafe fn fork() -> Result<Fork, Failed> {
    // SAFETY: `fork` requires that a child of a process with several threads restricts itself (fork(2)); the caller
    // vouches that there is one thread.
    let pid = unsafe { libc::fork() };
    match pid {
        0 => Ok(Fork::Child),
        pid => match Pid::from_raw(pid) {
            Some(child) if pid > 0 => Ok(Fork::Parent { child }),
            _ => Err(Failed { call: "fork", source: io::Error::last_os_error() }),
        },
    }
}

/// Ends this process at once: no destructor and no handler of `atexit` runs, nothing is flushed.
pub(crate) fn exit(code: u8) -> ! {
    // SAFETY: `_exit` has no conditions (_exit(2)).
    unsafe { libc::_exit(code.into()) }
}

/// Whether a wait may block.
#[derive(Clone, Copy)]
pub(crate) enum Wait {
    Block,
    Poll,
}

/// Waits for a child that was not waited for before, and returns its raw status; `None` if it still runs and
/// the wait may not block.
pub(crate) fn wait(child: Pid, how: Wait) -> io::Result<Option<i32>> {
    let options = match how {
        Wait::Block => WaitOptions::empty(),
        Wait::Poll => WaitOptions::NOHANG,
    };
    let waited = rustix::io::retry_on_intr(|| rustix::process::waitpid(Some(child), options))?;
    Ok(waited.map(|(_, status)| status.as_raw()))
}

/// Sends SIGKILL to a child that was not waited for yet.
pub(crate) fn kill(child: Pid) -> io::Result<()> {
    rustix::process::kill_process(child, Signal::KILL).map_err(io::Error::from)
}
