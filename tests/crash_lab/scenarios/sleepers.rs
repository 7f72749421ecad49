//! Processes that sleep beside the one that dies: made anew for each child, and ended with it.

use std::time::Duration;
use std::{fs, thread};

use rustix::process::{Pid, Signal, kill_process};
use shm_tests::trace;

use crate::child;

/// More than a child and its recoverers need.
const DEADLINE: Duration = Duration::from_mins(5);

/// Processes of the lab, which are killed when this is dropped.
#[derive(Default)]
pub(super) struct Sleepers(Vec<Pid>);

impl Sleepers {
    /// Starts one more.
    pub(super) fn start(&mut self, f: impl FnOnce()) {
        self.0.push(child::fork(DEADLINE, f).expect("forked"));
    }

    /// Waits until all sleep.
    pub(super) fn wait_until_asleep(&self) {
        let sleeps = |pid: &Pid| {
            let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_pid())).expect("it lives");
            // Behind the name of the program, which may have any characters (proc(5)).
            stat.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with('S'))
        };
        while !self.0.iter().all(sleeps) {
            thread::yield_now();
        }
    }

    /// Ends all.
    pub(super) fn end(&mut self) {
        for pid in self.0.drain(..) {
            // Not waited for yet, so the id is still its own.
            kill_process(pid, Signal::KILL).expect("killed");
            trace::wait(pid).expect("waited for");
        }
    }
}

impl Drop for Sleepers {
    fn drop(&mut self) {
        self.end();
    }
}
