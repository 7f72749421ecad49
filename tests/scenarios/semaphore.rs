//! Permits of processes that die, and of processes that do not.
#![allow(unsafe_code, reason = "forks with a guard, which the safe fork refuses")]

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, getpid, kill_process, waitid};
use shmcore::process::{Child, ForkError, fork_child};
use shmcore::{Shared, ShmSafe, ShmSemaphore, create_shared, create_shared_with};

use crate::facts::{wait_until, wait_until_asleep};

#[derive(ShmSafe)]
#[repr(C)]
struct Desk {
    permits: ShmSemaphore,
    step: AtomicU64,
}

fn desk(permits: u32) -> Shared<Desk> {
    let desk = create_shared::<Desk>().expect("created");
    desk.permits.add_permits(permits);
    desk
}

fn must_succeed(child: &Child) {
    let status = child.wait().expect("waited for");
    assert!(status.success(), "the child failed: {status}");
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().cast_signed()).expect("a pid")
}

/// A child that takes a permit, counts itself, and waits to be killed.
fn holder(desk: &Shared<Desk>) -> Child {
    let child = fork_child(|| {
        let _guard = desk.permits.access();
        desk.step.fetch_add(1, Relaxed);
        wait_until(|| false);
    });
    child.expect("forked")
}

/// The holder kills itself, so that this process may sleep by then; nobody waits for its zombie.
pub(crate) fn permit_of_a_killed_holder_comes_back_before_it_is_waited_for() {
    let desk = desk(1);
    let mut times: Vec<_> = (0..21)
        .map(|round| {
            let child = fork_child(|| {
                let _guard = desk.permits.access();
                desk.step.store(2 * round + 1, Relaxed);
                wait_until(|| desk.step.load(Relaxed) == 2 * round + 2);
                kill_process(getpid(), Signal::KILL).expect("killed");
            })
            .expect("forked");
            wait_until(|| desk.step.load(Relaxed) == 2 * round + 1);
            assert_eq!(desk.permits.available_permits(), 0);
            desk.step.store(2 * round + 2, Relaxed);
            let start = Instant::now();
            drop(desk.permits.access());
            let time = start.elapsed();
            assert!(!child.wait().expect("waited for").success());
            time
        })
        .collect();
    times.sort_unstable();
    println!("half of the permits came back in {:?}, all in {:?}", times[10], times[20]);
    // Half of the times, since others may keep this machine busy.
    assert!(times[10] < Duration::from_millis(20), "{times:?}");
}

pub(crate) fn stopped_holder_keeps_its_permit() {
    let desk = desk(1);
    let child = holder(&desk);
    wait_until(|| desk.step.load(Relaxed) == 1);
    kill_process(pid(&child), Signal::STOP).expect("stopped");
    waitid(WaitId::Pid(pid(&child)), WaitIdOptions::STOPPED | WaitIdOptions::NOWAIT).expect("it stops");
    assert!(desk.permits.access_timeout(Duration::from_millis(300)).is_err());
    assert!(desk.permits.try_access().is_none() && !desk.permits.try_acquire());
    assert_eq!(desk.permits.available_permits(), 0);
    child.kill().expect("killed");
    drop(desk.permits.access());
    child.wait().expect("waited for");
    assert_eq!(desk.permits.available_permits(), 1);
}

pub(crate) fn permits_of_many_killed_holders_are_all_there() {
    let desk = desk(4);
    for _ in 0..100 {
        let before = desk.step.load(Relaxed);
        // More than there are permits for: some hold one, some sleep.
        let children: Vec<_> = (0..6).map(|_| holder(&desk)).collect();
        wait_until(|| desk.step.load(Relaxed) == before + 4);
        for child in &children {
            child.kill().expect("killed");
        }
        for child in &children {
            child.wait().expect("waited for");
        }
        let guards: Vec<_> = (0..4).map(|_| desk.permits.try_access().expect("a permit")).collect();
        assert!(desk.permits.try_access().is_none());
        drop(guards);
    }
    assert_eq!(desk.permits.available_permits(), 4);
}

pub(crate) fn thirty_third_process_waits_for_a_place() {
    const PLACES: u64 = 32;
    let desk = desk(100);
    let children: Vec<_> = (0..PLACES).map(|_| holder(&desk)).collect();
    wait_until(|| desk.step.load(Relaxed) == PLACES);
    assert_eq!(desk.permits.available_permits(), 68);
    assert!(desk.permits.try_access().is_none(), "a place for one more process");
    assert!(desk.permits.try_acquire(), "what leaves no trace needs no place");
    children[7].kill().expect("killed");
    let guard = desk.permits.access();
    assert_eq!(desk.permits.available_permits(), 67);
    drop(guard);
    for child in &children {
        child.kill().expect("killed");
    }
    for child in &children {
        child.wait().expect("waited for");
    }
    assert_eq!(desk.permits.available_permits(), 99);
}

/// Each is woken by a permit that another one gives back.
pub(crate) fn sleepers_are_woken_one_after_the_other() {
    const SLEEPERS: u64 = 6;
    let desk = desk(1);
    let guard = desk.permits.access();
    // This process may not fork while it has a guard.
    assert!(matches!(fork_child(|| ()), Err(ForkError::ExclusiveBorrow { count: 1 })));
    drop(guard);
    desk.permits.acquire();
    let children: Vec<_> = (0..SLEEPERS)
        .map(|_| {
            fork_child(|| {
                for _ in 0..500 {
                    let _guard = desk.permits.access();
                    assert_eq!(desk.step.fetch_add(1, Relaxed) % 2, 0, "nobody else is here");
                    desk.step.fetch_add(1, Relaxed);
                }
            })
            .expect("forked")
        })
        .collect();
    for child in &children {
        wait_until_asleep(child.id());
    }
    desk.permits.release();
    children.iter().for_each(must_succeed);
    assert_eq!(desk.step.load(Relaxed), 2 * 500 * SLEEPERS);
    assert_eq!(desk.permits.available_permits(), 1);
}

/// A ring for some items, and how many are in it and may be put.
#[derive(ShmSafe)]
#[repr(C)]
struct Ring {
    items: ShmSemaphore,
    room: ShmSemaphore,
    taken: AtomicU64,
    put: AtomicU64,
    places: [AtomicU64; 8],
    sum: AtomicU64,
}

pub(crate) fn each_item_is_taken_once() {
    const ITEMS: u64 = 10_000;
    let ring = create_shared::<Ring>().expect("created");
    ring.room.add_permits(8);
    let place = |number: u64| &ring.places[usize::try_from(number % 8).expect("a small number")];
    let producer = fork_child(|| {
        for item in 1..=ITEMS {
            ring.room.acquire();
            let place = place(ring.put.fetch_add(1, Relaxed));
            assert_eq!(place.swap(item, Relaxed), 0, "what was there is taken");
            ring.items.release();
        }
    })
    .expect("forked");
    let consumer = fork_child(|| {
        for item in 1..=ITEMS {
            ring.items.acquire();
            let taken = place(ring.taken.fetch_add(1, Relaxed)).swap(0, Relaxed);
            assert_eq!(taken, item);
            ring.sum.fetch_add(taken, Relaxed);
            ring.room.release();
        }
    })
    .expect("forked");
    let start = Instant::now();
    must_succeed(&producer);
    must_succeed(&consumer);
    println!("{ITEMS} items in {:?}", start.elapsed());
    assert_eq!(ring.sum.load(Relaxed), ITEMS * (ITEMS + 1) / 2);
    assert_eq!((ring.items.available_permits(), ring.room.available_permits()), (0, 8));
}

pub(crate) fn guard_that_is_dropped_in_a_child_is_the_parents() {
    let semaphore = create_shared_with(ShmSemaphore::new(1)).expect("created");
    let guard = semaphore.access();
    // SAFETY: `fork` requires, of a child that does more than async-signal-safe calls, that this is the only thread; a
    // scenario has one.
    match unsafe { libc::fork() } {
        -1 => panic!("fork: {}", std::io::Error::last_os_error()),
        0 => {
            drop(guard);
            std::process::exit(i32::from(semaphore.available_permits() != 0));
        }
        child => {
            let mut status = 0;
            // SAFETY: `waitpid` requires room for a status (waitpid(2)).
            let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
            assert!(waited == child && libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0);
            assert_eq!(semaphore.available_permits(), 0);
            drop(guard);
            assert_eq!(semaphore.available_permits(), 1);
        }
    }
}
