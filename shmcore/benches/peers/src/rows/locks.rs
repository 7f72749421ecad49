//! Locks: taken by nobody else, and by two processes at once.

use std::hint::{black_box, spin_loop};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use shmcore::process::fork_child;
use shmcore::{Shared, ShmMutex, create_shared};

use crate::Context;
use crate::peers::raw_sync::Mutex as RawSync;
use crate::peers::{FUTEX, PARKING_LOT, PLAIN, Peer, RAW_SYNC, ROBUST, SHMCORE, STD};
use crate::rivals::{Futex, Pthread, Sharing};
use crate::table::{Row, Side, Table, compare};

/// Pairs of lock and unlock in a sample.
const LOCKS: u32 = 200_000;
/// The same of each of two that contend: enough for many turns of the scheduler.
const CONTENDED_LOCKS: u32 = 500_000;
/// When something has gone wrong.
const DEADLINE: Duration = Duration::from_mins(1);

/// A number behind a lock.
trait Counter {
    /// Takes the lock, adds one, and gives the lock back.
    fn add(&self);
    fn total(&self) -> u64;
}

impl Counter for Shared<ShmMutex<u64>> {
    #[inline]
    fn add(&self) {
        *black_box(&**self).lock().expect("nobody dies") += 1;
    }

    fn total(&self) -> u64 {
        *self.lock().expect("nobody dies")
    }
}

impl Counter for Pthread {
    #[inline]
    fn add(&self) {
        black_box(*self).with(|value| *value += 1);
    }

    fn total(&self) -> u64 {
        let mut total = 0;
        self.with(|value| total = *value);
        total
    }
}

impl Counter for Shared<Futex> {
    #[inline]
    fn add(&self) {
        black_box(&**self).with(|value| *value += 1);
    }

    fn total(&self) -> u64 {
        let mut total = 0;
        self.with(|value| total = *value);
        total
    }
}

impl Counter for RawSync {
    #[inline]
    fn add(&self) {
        black_box(self).with(|value| *value += 1);
    }

    fn total(&self) -> u64 {
        let mut total = 0;
        self.with(|value| total = *value);
        total
    }
}

impl Counter for std::sync::Mutex<u64> {
    #[inline]
    fn add(&self) {
        *black_box(self).lock().expect("nobody panics") += 1;
    }

    fn total(&self) -> u64 {
        *self.lock().expect("nobody panics")
    }
}

impl Counter for parking_lot::Mutex<u64> {
    #[inline]
    fn add(&self) {
        *black_box(self).lock() += 1;
    }

    fn total(&self) -> u64 {
        *self.lock()
    }
}

pub(crate) fn table(context: &Context) -> Table {
    let mut rows = uncontended(context);
    rows.extend(contended(context));
    Table {
        found: None,
        name: "locks",
        title: "A lock and an unlock",
        fairness: "Each side takes the lock, adds one to a number behind it and gives the lock back; the sum is checked. \
            shmcore and the robust mutex know who holds them and tell of its death, the others do not. Contended: two processes \
            without pause, the time until both are through by the number of locks of each; for std and parking_lot two threads, as \
            no two processes can have them. Locks that their last owner gets again at once have the two run by turns and hardly contend, which is quick and unfair; so has \
            any lock on a machine with other work.",
        rows,
    }
}

fn uncontended(context: &Context) -> Vec<Row> {
    let locks = context.pace.operations(LOCKS);
    let ours = create_shared::<ShmMutex<u64>>().expect("created");
    let futex = create_shared::<Futex>().expect("created");
    let raw_sync = RawSync::new();
    let std = std::sync::Mutex::new(0);
    let parking_lot = parking_lot::Mutex::new(0);
    let sides = vec![
        alone(SHMCORE, locks, ours),
        alone(ROBUST, locks, Pthread::new(Sharing::Robust)),
        alone(PLAIN, locks, Pthread::new(Sharing::Plain)),
        alone(RAW_SYNC, locks, raw_sync),
        alone(FUTEX, locks, futex),
        alone(STD, locks, std),
        alone(PARKING_LOT, locks, parking_lot),
    ];
    compare(["uncontended".to_owned()], context.pace.rounds(51), sides)
}

fn alone<C: Counter + 'static>(peer: Peer, locks: u32, counter: C) -> Side<'static, 1> {
    Side::new(peer, move || {
        let before = counter.total();
        let start = Instant::now();
        (0..locks).for_each(|_| counter.add());
        let elapsed = start.elapsed();
        assert_eq!(counter.total() - before, u64::from(locks), "{}", peer.name);
        [per(elapsed, locks)]
    })
}

fn contended(context: &Context) -> Vec<Row> {
    let locks = context.pace.operations(CONTENDED_LOCKS);
    let ours = create_shared::<ShmMutex<u64>>().expect("created");
    let futex = create_shared::<Futex>().expect("created");
    let std = std::sync::Mutex::new(0);
    let parking_lot = parking_lot::Mutex::new(0);
    let sides = vec![
        processes(SHMCORE, locks, ours),
        processes(ROBUST, locks, Pthread::new(Sharing::Robust)),
        processes(PLAIN, locks, Pthread::new(Sharing::Plain)),
        processes(RAW_SYNC, locks, RawSync::new()),
        processes(FUTEX, locks, futex),
        threads(STD, locks, std),
        threads(PARKING_LOT, locks, parking_lot),
    ];
    compare(["contended by two".to_owned()], context.pace.rounds(21), sides)
}

/// Two processes that start together.
fn processes<C: Counter + 'static>(peer: Peer, locks: u32, counter: C) -> Side<'static, 1> {
    let ready = create_shared::<AtomicU32>().expect("created");
    Side::new(peer, move || {
        let before = counter.total();
        ready.store(0, Ordering::Relaxed);
        let child = fork_child(|| _ = meet_and_add(&ready, locks, &counter)).expect("forked");
        let elapsed = meet_and_add(&ready, locks, &counter);
        assert!(child.wait().expect("waited for").success());
        assert_eq!(counter.total() - before, 2 * u64::from(locks), "{}", peer.name);
        [per(elapsed, locks)]
    })
}

/// Two threads that start together.
fn threads<C: Counter + Sync + 'static>(peer: Peer, locks: u32, counter: C) -> Side<'static, 1> {
    Side::new(peer, move || {
        let before = counter.total();
        let ready = AtomicU32::new(0);
        let elapsed = std::thread::scope(|scope| {
            scope.spawn(|| meet_and_add(&ready, locks, &counter));
            meet_and_add(&ready, locks, &counter)
        });
        assert_eq!(counter.total() - before, 2 * u64::from(locks), "{}", peer.name);
        [per(elapsed, locks)]
    })
}

/// From the moment when both are there until both are through.
fn meet_and_add(ready: &AtomicU32, locks: u32, counter: &impl Counter) -> Duration {
    // Release and Acquire pair with those of the other one.
    let arrive_and_await = |count| {
        ready.fetch_add(1, Ordering::Release);
        let deadline = Instant::now() + DEADLINE;
        while ready.load(Ordering::Acquire) < count {
            assert!(Instant::now() < deadline, "the other one did not do its part");
            spin_loop();
        }
    };
    arrive_and_await(2);
    let start = Instant::now();
    (0..locks).for_each(|_| counter.add());
    arrive_and_await(4);
    start.elapsed()
}

fn per(elapsed: Duration, operations: u32) -> f64 {
    elapsed.as_secs_f64() * 1e9 / f64::from(operations)
}
