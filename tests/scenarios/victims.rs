//! Processes that take any lock, say so, and wait to be let go; stopping them; and the fork that is not safe. It is apart from
//! the holders of mutexes, which only wait to be killed.
#![allow(unsafe_code, reason = "forks with guards that live, as `fork_child` would not")]

use std::io;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use shm_tests::trace;
use shmcore::process::{Child, fork_child};
use shmcore::{Shared, create_shared};

use crate::facts::wait_until;
use crate::holders::{must_succeed, pid};

/// How soon a death must be noticed.
pub(crate) const SOON: Duration = Duration::from_millis(20);

/// A child that holds something until it is told to let go, and then ends.
pub(crate) struct Holder {
    pub(crate) child: Child,
    /// 0, 1 once it has it, 2 when it is to let go.
    state: Shared<AtomicU32>,
}

impl Holder {
    /// Starts one, and waits until it has what `take` returns.
    pub(crate) fn of<G>(take: impl FnOnce() -> G) -> Self {
        let state = create_shared::<AtomicU32>().expect("created");
        let child = fork_child(|| {
            let held = take();
            state.store(1, Relaxed);
            wait_until(|| state.load(Relaxed) == 2);
            drop(held);
        });
        let child = child.expect("forked");
        wait_until(|| state.load(Relaxed) == 1);
        Self { child, state }
    }

    pub(crate) fn let_go(&self) {
        self.state.store(2, Relaxed);
        must_succeed(&self.child);
    }
}

/// Stops the child and waits until it is stopped.
pub(crate) fn stop(child: &Child) {
    kill_process(pid(child), Signal::STOP).expect("stopped");
    waitid(WaitId::Pid(pid(child)), WaitIdOptions::STOPPED | WaitIdOptions::NOWAIT).expect("it stops");
}

pub(crate) fn go_on(child: &Child) {
    kill_process(pid(child), Signal::CONT).expect("goes on");
}

/// Forks, whatever guards live. `None` in the child.
pub(crate) fn raw_fork() -> Option<Pid> {
    // SAFETY: `fork` requires of a child that does more than async-signal-safe calls that this is the only thread: it is, in
    // each of these scenarios.
    match unsafe { libc::fork() } {
        -1 => panic!("fork: {}", io::Error::last_os_error()),
        child => Pid::from_raw(child),
    }
}

/// Ends a child that was [forked so](raw_fork).
pub(crate) fn exit(code: i32) -> ! {
    // SAFETY: `_exit` requires nothing (_exit(2)).
    unsafe { libc::_exit(code) }
}

/// Runs `f` in a child that this process's guards do not keep from being forked, and demands that it succeeds.
#[track_caller]
pub(crate) fn in_raw_fork(f: impl FnOnce()) {
    let Some(child) = raw_fork() else {
        panic::set_hook(Box::new(|panic| eprintln!("in the child, perhaps on purpose: {panic}")));
        exit(i32::from(catch_unwind(AssertUnwindSafe(f)).is_err()));
    };
    let status = trace::wait(child).expect("waited for");
    assert_eq!(status.exit_status(), Some(0), "the child failed: {status:?}");
}

/// Demands that almost all of the times are short, and none is long: a machine that is busy with something else lets a
/// process wait for a while now and then.
#[track_caller]
pub(crate) fn demand_soon(mut times: Vec<Duration>) {
    times.sort_unstable();
    let late = times.iter().filter(|&&time| time > SOON).count();
    let longest = times.last().copied().unwrap_or_default();
    println!("{} times: median {:?}, longest {longest:?}", times.len(), times[times.len() / 2]);
    assert!(late * 20 <= times.len() && longest < Duration::from_secs(1), "{late} late: {times:?}");
}
