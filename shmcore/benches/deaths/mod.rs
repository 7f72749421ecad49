//! One process owns a lock and is killed, another one waits for it: how long until that knows. Apart from the benches, which say what
//! the lock is.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use shmcore::create_shared;
use shmcore::process::{Child, fork_child};

/// When something has gone wrong.
pub(crate) const DEADLINE: Duration = Duration::from_mins(1);

/// How an owner dies.
pub(crate) struct Death {
    /// Memory of its own that it has touched, in bytes.
    pub(crate) size: usize,
    /// How long the waiter has slept when the owner is killed.
    pub(crate) asleep: Duration,
    /// How long the waiter is given to notice.
    pub(crate) patience: Duration,
}

impl Death {
    /// From the kill to the return of `wait`, or `None` if the waiter still waited at the end of the patience; it is killed then.
    /// `own` takes the lock, in the process that is killed.
    pub(crate) fn time_until_noticed(&self, own: impl Fn(), wait: impl Fn()) -> Option<Duration> {
        // Both processes inherit it, so that their clocks count from the same moment.
        let start = Instant::now();
        let nanoseconds = || u64::try_from(start.elapsed().as_nanos()).expect("less than centuries");
        let is_owned = create_shared::<AtomicU64>().expect("created");
        let locked_at = create_shared::<AtomicU64>().expect("created");
        let owner = fork_child(|| {
            let memory = vec![1_u8; self.size];
            own();
            // Pairs with the Acquire of the parent.
            is_owned.store(1, Ordering::Release);
            // Until it is killed; its own end, if the bench is gone.
            std::thread::sleep(DEADLINE);
            drop(memory);
        });
        let owner = owner.expect("forked");
        // Pairs with the Release of the owner.
        wait_until(|| is_owned.load(Ordering::Acquire) == 1);
        let waiter = fork_child(|| {
            wait();
            // Pairs with the Acquire of the parent, after the end of this process.
            locked_at.store(nanoseconds(), Ordering::Release);
        });
        let waiter = waiter.expect("forked");
        wait_until(|| is_asleep(&waiter));
        let kill_at = Instant::now() + self.asleep;
        wait_until(|| Instant::now() >= kill_at);
        let killed_at = nanoseconds();
        owner.kill().expect("killed");
        owner.wait().expect("waited for");
        let end = Instant::now() + self.patience;
        let status = loop {
            match waiter.try_wait().expect("waited for") {
                None if Instant::now() >= end => break None,
                None => std::thread::yield_now(),
                status => break status,
            }
        };
        let Some(status) = status else {
            waiter.kill().expect("killed");
            waiter.wait().expect("waited for");
            return None;
        };
        assert!(status.success());
        // Pairs with the Release of the waiter.
        Some(Duration::from_nanos(locked_at.load(Ordering::Acquire) - killed_at))
    }
}

/// Whether the process is in a system call that lets it wait for a futex.
fn is_asleep(child: &Child) -> bool {
    fs::read_to_string(format!("/proc/{}/wchan", child.id())).is_ok_and(|place| place.starts_with("futex"))
}

#[track_caller]
fn wait_until(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !condition() {
        assert!(Instant::now() < deadline, "another process did not do its part");
        std::thread::yield_now();
    }
}
