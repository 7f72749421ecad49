//! Programs with a deadline: whatever a test starts ends, and is ended by its id.

use std::io;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Runs the program to its end and returns what it printed.
///
/// # Errors
///
/// Of starting it; `TimedOut` if it had to be killed at the deadline.
pub fn output(command: &mut Command, deadline: Duration) -> io::Result<Output> {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let pid = rustix::process::Pid::from_child(&child);
    let (sender, ended) = mpsc::channel();
    let waiter = thread::spawn(move || {
        // The receiver outlives this thread: it is joined below.
        let _ = sender.send(child.wait_with_output());
    });
    let output = ended.recv_timeout(deadline).unwrap_or_else(|_| {
        rustix::process::kill_process(pid, rustix::process::Signal::KILL)?;
        Err(io::Error::new(io::ErrorKind::TimedOut, format!("killed after {deadline:?}: {command:?}")))
    });
    if waiter.join().is_err() {
        return Err(io::Error::other("the waiting thread panicked"));
    }
    output
}
