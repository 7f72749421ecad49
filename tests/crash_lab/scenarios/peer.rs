//! A process that is there before the child is, and does something when it is told to: it waits for what the child holds at the
//! moment of its death, and no fork comes between that death and what it does.

use std::cell::Cell;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, Signal, kill_process};
use shm_tests::trace;

use crate::child;

/// How long it lives if nobody ends it.
const MINUTE: Duration = Duration::from_mins(1);
/// How long it may take for what it does, on a machine that is busy with something else.
const PATIENCE: Duration = Duration::from_secs(20);

/// The process, ended when this is dropped.
pub(crate) struct Peer {
    process: Pid,
    /// A byte to it says what to do; a byte back, that it is done.
    socket: UnixStream,
    state: Cell<State>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Idle,
    Told,
    /// Whether it is done, and all was as it should be.
    Done {
        is_sound: bool,
    },
}

impl Peer {
    /// Starts a process that does this whenever it is told to.
    pub(crate) fn new(act: impl Fn()) -> Self {
        let (socket, mut its) = UnixStream::pair().expect("a socket");
        let process = child::fork(MINUTE, || {
            while its.read_exact(&mut [0]).is_ok() {
                act();
                its.write_all(&[1]).expect("the lab has the other end");
            }
        });
        socket.set_read_timeout(Some(PATIENCE)).expect("set");
        Self { process: process.expect("forked"), socket, state: Cell::new(State::Idle) }
    }

    /// Tells it to act, and returns when it has, or waits for something.
    pub(crate) fn begin(&self) {
        (&self.socket).write_all(&[1]).expect("told");
        self.state.set(State::Told);
        // From here on it is awake, until it sleeps for what another one has.
        while !self.has_answered() && !self.is_asleep() {
            thread::yield_now();
        }
    }

    /// Waits until it has done what it was told.
    pub(crate) fn end(&self) {
        if self.state.get() == State::Told {
            let is_sound = (&self.socket).read_exact(&mut [0]).is_ok();
            self.state.set(State::Done { is_sound });
        }
    }

    /// Demands that it has done what it was told; tells it, if nobody has.
    #[track_caller]
    pub(crate) fn demand_end(&self) {
        if self.state.get() == State::Idle {
            self.begin();
            self.end();
        }
        assert!(self.state.get() == State::Done { is_sound: true }, "the peer has not done what it was told");
    }

    fn has_answered(&self) -> bool {
        let mut socket = [PollFd::new(&self.socket, PollFlags::IN)];
        poll(&mut socket, Some(&rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 })).expect("polled") > 0
    }

    fn is_asleep(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.as_raw_pid()));
        // Behind the name of the program, which may have any characters (proc(5)).
        stat.is_ok_and(|stat| stat.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with('S')))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // Not waited for yet, so the id is still its own.
        let _ = kill_process(self.process, Signal::KILL);
        let _ = trace::wait(self.process);
    }
}
