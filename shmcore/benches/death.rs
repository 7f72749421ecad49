//! How long a process that waits for a lock takes to notice that the owner was killed: a `ShmMutex`, and a robust mutex of pthread;
//! an owner that is small, and one with 256 MiB of memory of its own, which the kernel frees before it closes files.
//!
//! `cargo bench --bench death` prints medians and maxima. It fails if a median of `ShmMutex` is above 20 ms.
#![allow(unsafe_code, reason = "the other side of the comparison calls libc")]

#[path = "deaths/mod.rs"]
mod deaths;
#[path = "rivals/mod.rs"]
#[expect(dead_code, reason = "the others use more of it")]
mod rivals;

use std::process::ExitCode;
use std::time::Duration;

use deaths::{DEADLINE, Death};
use rivals::{Pthread, Sharing};
use shmcore::{ShmMutex, create_shared};

/// Deaths in each row.
const DEATHS: usize = 21;
/// What a large owner has touched, in bytes.
const LARGE: usize = 256 << 20;
/// The greatest median.
const LIMIT: Duration = Duration::from_millis(20);

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
    let large = ours(LARGE);
    robust(LARGE);
    if small.max(large) <= LIMIT { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints a row, and returns the median. `make` returns what the owner does to take the lock, and what the waiter does.
fn row<O: Fn(), W: Fn()>(lock: &str, size: usize, make: impl Fn() -> (O, W)) -> Duration {
    let mut times: Vec<Duration> = (0..DEATHS as u64)
        .map(|death| {
            let (own, wait) = make();
            // A waiter sleeps in naps: the kill comes at another moment of them each time.
            let death = Death { size, asleep: Duration::from_millis(death), patience: DEADLINE };
            death.time_until_noticed(own, wait).expect("every lock here notices")
        })
        .collect();
    times.sort_unstable();
    let median = times[DEATHS / 2];
    println!("{lock:>8}, owner with {:>3} MiB: {median:>8.2?}, {:>8.2?}", size >> 20, times[DEATHS - 1]);
    median
}
