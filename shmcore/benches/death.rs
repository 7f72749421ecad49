//! How long a process that waits for a lock takes to notice that the owner was killed: a `ShmMutex`, and a robust mutex of pthread;
//! an owner that is small, and one with 256 MiB of memory of its own, which the kernel frees before it closes files.
//!
//! `cargo bench --bench death` prints medians and maxima. It fails if the median of a small owner is above 20 ms.
#![allow(unsafe_code, reason = "the other side of the comparison calls libc")]

#[path = "rivals/mod.rs"]
#[expect(dead_code, reason = "the others use more of it")]
mod rivals;

use std::fs;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rivals::{Pthread, Sharing};
use shmcore::process::{Child, fork_child};
use shmcore::{ShmMutex, create_shared};

/// Deaths in each row.
const DEATHS: usize = 21;
/// What a large owner has touched, in bytes.
const LARGE: usize = 256 << 20;
/// The greatest median for a small owner.
const LIMIT: Duration = Duration::from_millis(20);
/// When something has gone wrong.
const DEADLINE: Duration = Duration::from_mins(1);

fn main() -> ExitCode {
    println!("from the kill to the lock of a waiter: median, maximum of {DEATHS}");
    let ours = |size| {
        row("ShmMutex", size, || {
            let mutex = create_shared::<ShmMutex<u64>>().expect("created");
            let hold = mutex.clone();
            (
                move || std::mem::forget(hold.lock()),
                move || drop(mutex.lock().expect_err("the owner was killed")),
            )
        })
    };
    let robust = |size| {
        row("robust", size, || {
            let mutex = Pthread::new(Sharing::Robust);
            (move || _ = mutex.lock(), move || assert!(mutex.lock(), "the owner was killed"))
        })
    };
    let small = ours(0);
    robust(0);
    ours(LARGE);
    robust(LARGE);
    if small <= LIMIT { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints a row, and returns the median. `make` returns what the owner does to take the lock, and what the waiter does.
fn row<O: Fn(), W: Fn()>(lock: &str, size: usize, make: impl Fn() -> (O, W)) -> Duration {
    let mut times: Vec<Duration> = (0..DEATHS as u64)
        .map(|death| {
            let (own, wait) = make();
            // A waiter sleeps in naps: the kill comes at another moment of them each time.
            time_of_one_death(size, Duration::from_millis(death), own, wait)
        })
        .collect();
    times.sort_unstable();
    let median = times[DEATHS / 2];
    println!("{lock:>8}, owner with {:>3} MiB: {median:>8.2?}, {:>8.2?}", size >> 20, times[DEATHS - 1]);
    median
}

fn time_of_one_death(size: usize, asleep: Duration, own: impl Fn(), wait: impl Fn()) -> Duration {
    // Both processes inherit it, so that their clocks count from the same moment.
    let start = Instant::now();
    let nanoseconds = || u64::try_from(start.elapsed().as_nanos()).expect("less than centuries");
    let is_owned = create_shared::<AtomicU64>().expect("created");
    let locked_at = create_shared::<AtomicU64>().expect("created");
    let owner = fork_child(|| {
        let memory = vec![1_u8; size];
        own();
        is_owned.store(1, Ordering::Release);
        // Until it is killed; its own end, if the bench is gone.
        std::thread::sleep(DEADLINE);
        drop(memory);
    });
    let owner = owner.expect("forked");
    wait_until(|| is_owned.load(Ordering::Acquire) == 1);
    let waiter = fork_child(|| {
        wait();
        locked_at.store(nanoseconds(), Ordering::Release);
    });
    let waiter = waiter.expect("forked");
    wait_until(|| is_asleep(&waiter));
    let kill_at = Instant::now() + asleep;
    wait_until(|| Instant::now() >= kill_at);
    let killed_at = nanoseconds();
    owner.kill().expect("killed");
    assert!(waiter.wait().expect("waited for").success());
    owner.wait().expect("waited for");
    Duration::from_nanos(locked_at.load(Ordering::Acquire) - killed_at)
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
