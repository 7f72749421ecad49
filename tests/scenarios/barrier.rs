//! Processes that meet, and processes that do not come.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use shmcore::process::{Child, fork_child};
use shmcore::{Shared, ShmBarrier, create_shared, create_shared_with};

use crate::facts::wait_until_asleep;

fn barrier(n: u32) -> Shared<ShmBarrier> {
    create_shared_with(ShmBarrier::new(n)).expect("created")
}

/// A child that arrives, and sleeps there.
fn sleeper(barrier: &Shared<ShmBarrier>) -> Child {
    let child = fork_child(|| assert!(!barrier.wait().is_leader())).expect("forked");
    wait_until_asleep(child.id());
    child
}

fn must_succeed(child: &Child) {
    let status = child.wait().expect("waited for");
    assert!(status.success(), "the child failed: {status}");
}

pub(crate) fn processes_meet_again_and_again() {
    const PROCESSES: u32 = 4;
    const TIMES: u64 = 2000;
    let barrier = barrier(PROCESSES);
    let counts = create_shared::<[AtomicU64; 2]>().expect("created");
    let meet = || {
        for time in 1..=TIMES {
            counts[0].fetch_add(1, Relaxed);
            let is_leader = barrier.wait().is_leader();
            counts[1].fetch_add(u64::from(is_leader), Relaxed);
            assert!(counts[0].load(Relaxed) >= time * u64::from(PROCESSES), "all have come before");
        }
    };
    let children: Vec<_> = (1..PROCESSES).map(|_| fork_child(meet).expect("forked")).collect();
    meet();
    children.iter().for_each(must_succeed);
    assert_eq!(counts[0].load(Relaxed), TIMES * u64::from(PROCESSES));
    assert_eq!(counts[1].load(Relaxed), TIMES, "one leads each time");
}

pub(crate) fn arrival_of_a_killed_process_counts() {
    let barrier = barrier(3);
    let killed = sleeper(&barrier);
    killed.kill().expect("killed");
    assert!(!killed.wait().expect("waited for").success());
    let living = sleeper(&barrier);
    assert!(barrier.wait().is_leader());
    must_succeed(&living);
    // And counts once.
    let living = [sleeper(&barrier), sleeper(&barrier)];
    assert!(barrier.wait().is_leader());
    living.iter().for_each(must_succeed);
}

pub(crate) fn process_that_does_not_come_is_a_timeout() {
    let barrier = barrier(2);
    let other = fork_child(|| std::process::abort()).expect("forked");
    assert!(!other.wait().expect("waited for").success());
    assert!(barrier.wait_timeout(Duration::from_millis(50)).is_err());
    // Nobody is there any more, so one alone does not open it.
    assert!(barrier.wait_timeout(Duration::ZERO).is_err());
    let late = sleeper(&barrier);
    assert!(barrier.wait_timeout(Duration::from_mins(1)).expect("two are there").is_leader());
    must_succeed(&late);
}

pub(crate) fn stopped_process_holds_nobody_up_that_it_has_arrived_for() {
    let barrier = barrier(2);
    let stopped = sleeper(&barrier);
    let pid = Pid::from_raw(stopped.id().cast_signed()).expect("a pid");
    kill_process(pid, Signal::STOP).expect("stopped");
    waitid(WaitId::Pid(pid), WaitIdOptions::STOPPED | WaitIdOptions::NOWAIT).expect("it stops");
    assert!(barrier.wait().is_leader());
    // It goes on with its own generation, and not with the next one.
    assert!(barrier.wait_timeout(Duration::ZERO).is_err());
    kill_process(pid, Signal::CONT).expect("continued");
    must_succeed(&stopped);
}
