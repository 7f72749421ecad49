//! Mutexes whose holder is dead, while another process seems to be it: one of the many that came after, one with its process
//! id, one in another pid namespace.
#![allow(unsafe_code, reason = "forks tens of thousands of processes that do nothing")]

use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

use rustix::process::Pid;
use shm_tests::trace;
use shmcore::process::fork_child;
use shmcore::sync::{LockTimeoutError, PoisonCause};
use shmcore::{Shared, ShmMutex, ShmSafe, create_shared};

use crate::facts::wait_until;
use crate::holders::{holder, kill, must_succeed, wait_to_be_killed};

#[derive(ShmSafe)]
#[repr(C)]
struct Locks {
    of_the_dead: ShmMutex<u64>,
    of_the_living: ShmMutex<u64>,
    arrived: AtomicU32,
}

pub(crate) fn many_processes_that_come_after_a_dead_holder_are_not_taken_for_it() {
    const AT_ONCE: u32 = 50;
    const ROUNDS: u32 = 40;
    let locks = create_shared::<Locks>().expect("created");
    let dead = fork_child(|| std::mem::forget(locks.of_the_dead.lock().expect("free"))).expect("forked");
    must_succeed(&dead);
    for round in 1..=ROUNDS {
        let come = || {
            // Makes it known in the region.
            *locks.of_the_living.lock().expect("nobody dies") += 1;
            locks.arrived.fetch_add(1, Relaxed);
            wait_until(|| locks.arrived.load(Relaxed) == AT_ONCE * round);
            if round == ROUNDS {
                wait_to_be_killed();
            }
        };
        let children: Vec<_> = (0..AT_ONCE).map(|_| fork_child(come).expect("forked")).collect();
        if round < ROUNDS {
            children.iter().for_each(must_succeed);
            continue;
        }
        wait_until(|| locks.arrived.load(Relaxed) == AT_ONCE * round);
        let poisoned = locks.of_the_dead.lock().expect_err("poisoned");
        assert_eq!(poisoned.cause(), PoisonCause::OwnerDied { pid: dead.id() });
        children.iter().for_each(kill);
    }
    assert_eq!(*locks.of_the_living.lock().expect("nobody has died with it"), u64::from(AT_ONCE * ROUNDS));
}

/// How many processes are forked for one that has a certain id; more than there are ids.
const MOST_FORKS: u32 = 80_000;

pub(crate) fn process_with_the_id_of_a_dead_holder_is_not_taken_for_it() {
    let locks = create_shared::<Locks>().expect("created");
    let dead = fork_child(|| std::mem::forget(locks.of_the_dead.lock().expect("free"))).expect("forked");
    must_succeed(&dead);
    let Some(namesake) = fork_with_id(dead.id(), || {
        *locks.of_the_living.lock().expect("nobody dies") += 1;
        locks.arrived.store(std::process::id(), Relaxed);
        wait_to_be_killed();
    }) else {
        println!("SKIPPED: no process got the id {} again", dead.id());
        return;
    };
    wait_until(|| locks.arrived.load(Relaxed) != 0);
    assert_eq!(locks.arrived.load(Relaxed), dead.id(), "it lives, with the same id");
    let poisoned = locks.of_the_dead.lock().expect_err("poisoned");
    assert_eq!(poisoned.cause(), PoisonCause::OwnerDied { pid: dead.id() });
    rustix::process::kill_process(namesake, rustix::process::Signal::KILL)
        .expect("it was alive all the time");
    trace::wait(namesake).expect("waited for");
}

/// Forks until the child has this id, and lets that one run `f`. `None` if there are too many ids to come to it, or
/// somebody else has it.
fn fork_with_id(id: u32, f: impl FnOnce()) -> Option<Pid> {
    let last = fs::read_to_string("/proc/sys/kernel/pid_max").expect("/proc is mounted");
    let is_far = last.trim().parse::<u32>().expect("a number") > MOST_FORKS;
    let deadline = Instant::now() + Duration::from_mins(1);
    for _ in 0..MOST_FORKS {
        // Where it is permitted, the kernel goes on from here.
        let is_near = fs::write("/proc/sys/kernel/ns_last_pid", (id - 1).to_string()).is_ok();
        if is_far && !is_near || Instant::now() > deadline {
            return None;
        }
        // SAFETY: `fork` requires of a child that does more than async-signal-safe calls that this is the only thread: it is.
        let child = unsafe { libc::fork() };
        match Pid::from_raw(child) {
            None => {
                if std::process::id() == id {
                    f();
                }
                // SAFETY: `_exit` requires nothing (_exit(2)).
                unsafe { libc::_exit(0) }
            }
            Some(child) if child.as_raw_pid().unsigned_abs() == id => return Some(child),
            Some(child) => _ = trace::wait(child).expect("waited for"),
        }
    }
    None
}

pub(crate) fn holder_in_another_pid_namespace_is_judged_rightly() {
    let locks = create_shared::<Locks>().expect("created");
    let mut command = Command::new("unshare");
    command.args(["--pid", "--fork", "--kill-child"]);
    command.arg(std::env::current_exe().expect("known")).arg("mutex_identities::namespaced_holder");
    locks.inherit_to(&mut command, "LOCKS").expect("prepared");
    let Ok(mut unshare) = command.spawn() else {
        println!("SKIPPED: there is no program `unshare`");
        return;
    };
    let deadline = Instant::now() + Duration::from_mins(1);
    while locks.arrived.load(Relaxed) == 0 {
        if unshare.try_wait().expect("asked").is_some() {
            println!("SKIPPED: this process may not make a pid namespace");
            return;
        }
        assert!(Instant::now() < deadline, "the peer did not lock");
        std::thread::yield_now();
    }
    let late = locks.of_the_dead.lock_timeout(Duration::from_millis(100));
    assert!(matches!(late, Err(LockTimeoutError::TimedOut)), "the peer lives");
    unshare.kill().expect("killed");
    unshare.wait().expect("waited for");
    // `--kill-child`: the peer dies with it.
    let poisoned = locks.of_the_dead.lock().expect_err("poisoned");
    assert_eq!(poisoned.cause(), PoisonCause::OwnerDied { pid: 1 }, "the first process of its namespace");
}

/// The other side of the scenario above.
pub(crate) fn namespaced_holder() {
    let locks = Shared::<Locks>::inherited("LOCKS").expect("inherited");
    let _guard = locks.of_the_dead.lock().expect("free");
    locks.arrived.store(1, Relaxed);
    wait_to_be_killed();
}

/// Also one that holds another lock and is older than the death.
pub(crate) fn living_holder_of_one_lock_is_not_taken_for_the_dead_one_of_another() {
    let mutexes = [(); 2].map(|()| create_shared::<ShmMutex<u64>>().expect("created"));
    let [living, dead] = [0, 1].map(|index: usize| holder(&mutexes[index]));
    kill(&dead);
    assert_eq!(mutexes[1].lock().expect_err("poisoned").cause(), PoisonCause::OwnerDied { pid: dead.id() });
    let late = mutexes[0].lock_timeout(Duration::from_millis(20));
    assert!(matches!(late, Err(LockTimeoutError::TimedOut)));
    kill(&living);
}
