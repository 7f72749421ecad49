//! Processes that hold a mutex, wait for it and die, for all scenarios about them.

use std::fs;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use shmcore::process::{Child, fork_child};
use shmcore::{Shared, ShmMutex, ShmSafe, create_shared};

use crate::facts::wait_until;

/// A child that has the mutex and waits to be killed.
pub(crate) fn holder<T: ShmSafe>(mutex: &Shared<ShmMutex<T>>) -> Child {
    let holds = create_shared::<AtomicU32>().expect("created");
    let child = fork_child(|| {
        let _guard = mutex.lock().expect("not poisoned");
        holds.store(1, Relaxed);
        wait_to_be_killed();
    });
    let child = child.expect("forked");
    wait_until(|| holds.load(Relaxed) == 1);
    child
}

/// Sleeps for good.
pub(crate) fn wait_to_be_killed() {
    loop {
        rustix::event::pause();
    }
}

/// Kills the child and waits until it is a zombie, which it stays.
pub(crate) fn kill_and_leave(child: &Child) {
    child.kill().expect("killed");
    waitid(WaitId::Pid(pid(child)), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT).expect("it ends");
}

/// Kills the child and waits for it.
pub(crate) fn kill(child: &Child) {
    child.kill().expect("killed");
    child.wait().expect("waited for");
}

#[track_caller]
pub(crate) fn must_succeed(child: &Child) {
    let status = child.wait().expect("the child can be waited for");
    assert!(status.success(), "the child failed: {status}");
}

pub(crate) fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().cast_signed()).expect("a pid")
}

/// Waits until the process sleeps in a system call.
pub(crate) fn wait_until_asleep(process: u32) {
    wait_until(|| {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).expect("it lives");
        // The name, in parentheses, may hold anything.
        stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('S'))
    });
}
