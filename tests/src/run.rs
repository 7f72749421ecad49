//! Programs with a deadline: whatever a test starts ends, and so does all that it has started in turn.

use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

/// Runs the program to its end and returns what it printed. What it has started and left behind is killed.
///
/// # Errors
///
/// Of starting it; `TimedOut` if it had to be killed at the deadline.
pub fn output(command: &mut Command, deadline: Duration) -> io::Result<Output> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut child = command.spawn()?;
    let group = Pid::from_child(&child);
    let stdout = read_all(child.stdout.take());
    let stderr = read_all(child.stderr.take());
    let ended = wait_for_end(&child, deadline);
    // The program was not waited for yet, so its id, and that of its group, are still its own. Descendants that live
    // would keep the pipes open.
    kill_process_group(group, Signal::KILL)?;
    let status = child.wait()?;
    let output = Output { status, stdout: joined(stdout)?, stderr: joined(stderr)? };
    if ended {
        return Ok(output);
    }
    let text =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    Err(io::Error::new(io::ErrorKind::TimedOut, format!("killed after {deadline:?}: {command:?}\n{text}")))
}

/// Waits until the program ends, and leaves it a zombie; `false` at the deadline.
fn wait_for_end(child: &Child, deadline: Duration) -> bool {
    let pid = Pid::from_child(child);
    let (sender, ended) = mpsc::channel();
    // Ends with the program, which the caller kills.
    thread::spawn(move || {
        let waited = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
        // After the deadline nobody listens.
        let _ = sender.send(waited.is_ok());
    });
    ended.recv_timeout(deadline).unwrap_or(false)
}

fn read_all(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<io::Result<Vec<u8>>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            pipe.read_to_end(&mut bytes)?;
        }
        Ok(bytes)
    })
}

fn joined(reader: thread::JoinHandle<io::Result<Vec<u8>>>) -> io::Result<Vec<u8>> {
    reader.join().unwrap_or_else(|_| Err(io::Error::other("the reading thread panicked")))
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::process::Command;
    use std::time::{Duration, Instant};

    use super::output;

    #[test]
    fn program_that_leaves_another_one_behind_is_not_waited_for_twice() {
        let start = Instant::now();
        let mut command = Command::new("sh");
        let output = output(command.args(["-c", "sleep 60 & echo started"]), Duration::from_mins(1));
        assert_eq!(output.expect("it ends").stdout, b"started\n");
        assert!(start.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn program_that_does_not_end_is_killed_with_all_that_it_started() {
        let start = Instant::now();
        let mut command = Command::new("sh");
        let error = output(command.args(["-c", "echo started; sleep 60; true"]), Duration::from_millis(300));
        let error = error.expect_err("it does not end by itself");
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert!(error.to_string().contains("started"), "{error}");
        assert!(start.elapsed() < Duration::from_secs(30));
    }
}
