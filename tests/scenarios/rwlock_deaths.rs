//! Readers and writers that die: with the lock, while they wait for it, and with half a value written.
#![allow(unsafe_code, reason = "leaves bytes that are no value")]

use std::mem;
use std::process::abort;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use shmcore::process::{Child, fork_child};
use shmcore::sync::{PoisonCause, TryLockError};
use shmcore::{ShmOptions, ShmRwLock, create_shared, open_shared};

use crate::facts::wait_until;
use crate::holders::{kill_and_leave, must_succeed, wait_until_asleep};
use crate::place::Place;
use crate::victims::{Holder, demand_soon};

/// The dead are not waited for.
pub(crate) fn killed_readers_do_not_hold_up_a_writer() {
    const ROUNDS: usize = 100;
    let lock = create_shared::<ShmRwLock<[u64; 2]>>().expect("created");
    let reads = create_shared::<AtomicU64>().expect("created");
    let read = || {
        loop {
            let first = lock.read().expect("only readers die");
            assert_eq!(first[0], first[1]);
            // Another one, unless a writer waits for the first.
            let second = lock.try_read();
            reads.fetch_add(1, Relaxed);
            drop((second, first));
        }
    };
    let reader = || -> Child {
        let before = reads.load(Relaxed);
        let child = fork_child(read).expect("forked");
        wait_until(|| reads.load(Relaxed) > before);
        child
    };
    let mut readers: Vec<Child> = (0..3).map(|_| reader()).collect();
    let mut dead = Vec::new();
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let victim = readers.swap_remove(fastrand::usize(..readers.len()));
        let moment = Instant::now() + Duration::from_nanos(fastrand::u64(..500_000));
        while Instant::now() < moment {
            std::hint::spin_loop();
        }
        kill_and_leave(&victim);
        let start = Instant::now();
        let mut value = lock.write().expect("readers poison nothing");
        times.push(start.elapsed());
        value[0] += 1;
        value[1] += 1;
        drop(value);
        dead.push(victim);
        readers.push(reader());
    }
    readers.iter().for_each(kill_and_leave);
    assert_eq!(*lock.try_write().expect("the dead hold nothing"), [ROUNDS as u64; 2]);
    demand_soon(times);
}

pub(crate) fn writer_that_sleeps_notices_that_its_reader_has_died() {
    const ROUNDS: usize = 40;
    let lock = create_shared::<ShmRwLock<u64>>().expect("created");
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let reader = Holder::of(|| (lock.read().expect("free"), lock.read().expect("free")));
        let written = create_shared::<AtomicU32>().expect("created");
        let writer = fork_child(|| {
            *lock.write().expect("readers poison nothing") += 1;
            written.store(1, Relaxed);
        });
        let writer = writer.expect("forked");
        wait_until(|| lock.try_read().is_err());
        wait_until_asleep(writer.id());
        kill_and_leave(&reader.child);
        let start = Instant::now();
        wait_until(|| written.load(Relaxed) == 1);
        times.push(start.elapsed());
        must_succeed(&writer);
        assert_eq!(*lock.read().expect("in order"), round as u64 + 1);
    }
    demand_soon(times);
}

pub(crate) fn killed_writer_is_told_of_to_readers_and_writers_while_it_is_a_zombie() {
    let lock = create_shared::<ShmRwLock<[u64; 2]>>().expect("created");
    let writer = Holder::of(|| {
        let mut value = lock.write().expect("free");
        value[0] = 1;
        value
    });
    let waiting = fork_child(|| {
        let poisoned = lock.read().expect_err("its writer has died");
        assert_eq!(*poisoned.into_inner(), [1, 0]);
    });
    let waiting = waiting.expect("forked");
    wait_until_asleep(waiting.id());
    kill_and_leave(&writer.child);
    let died = PoisonCause::OwnerDied { pid: writer.child.id() };
    // Both know it already, or learn it at this first try.
    let Err(TryLockError::Poisoned(poisoned)) = lock.try_read() else { panic!("poisoned") };
    assert_eq!((poisoned.cause(), poisoned.is_torn(), **poisoned.get_ref()), (died, false, [1, 0]));
    drop(poisoned);
    must_succeed(&waiting);
    let mut value = lock.write().expect_err("poisoned").into_inner();
    value[1] = 1;
    drop(value);
    assert_eq!(lock.read().expect_err("poisoned still").cause(), died);
    lock.clear_poison();
    assert_eq!(*lock.read().expect("cleared"), [1, 1]);
}

pub(crate) fn reader_that_sleeps_notices_that_its_writer_has_died() {
    const ROUNDS: usize = 40;
    let lock = create_shared::<ShmRwLock<u64>>().expect("created");
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let writer = Holder::of(|| lock.write().expect("cleared"));
        let read = create_shared::<AtomicU32>().expect("created");
        let reader = fork_child(|| {
            drop(lock.read().expect_err("its writer has died"));
            read.store(1, Relaxed);
        });
        let reader = reader.expect("forked");
        wait_until_asleep(reader.id());
        kill_and_leave(&writer.child);
        let start = Instant::now();
        wait_until(|| read.load(Relaxed) == 1);
        times.push(start.elapsed());
        must_succeed(&reader);
        lock.clear_poison();
    }
    demand_soon(times);
}

/// It has the word of writers, but has never had the lock.
pub(crate) fn writer_killed_while_it_waits_leaves_no_trace() {
    let lock = create_shared::<ShmRwLock<u64>>().expect("created");
    let reader = Holder::of(|| lock.read().expect("free"));
    for _ in 0..20 {
        let writer = fork_child(|| *lock.write().expect("not poisoned") += 1).expect("forked");
        wait_until(|| lock.try_read().is_err());
        wait_until_asleep(writer.id());
        kill_and_leave(&writer);
        assert_eq!(*lock.try_read().expect("no writer, and no poison"), 0);
        assert!(!lock.is_poisoned());
    }
    reader.let_go();
    assert_eq!(*lock.try_write().expect("no poison"), 0);
}

pub(crate) fn process_killed_while_it_waits_to_read_leaves_no_trace() {
    let lock = create_shared::<ShmRwLock<u64>>().expect("created");
    let writer = Holder::of(|| lock.write().expect("free"));
    let readers: Vec<_> =
        (0..10).map(|_| fork_child(|| drop(lock.read().expect("not poisoned"))).expect("forked")).collect();
    for reader in &readers {
        wait_until_asleep(reader.id());
    }
    readers.iter().for_each(kill_and_leave);
    writer.let_go();
    assert_eq!(*lock.try_write().expect("no readers, and no poison"), 0);
}

pub(crate) fn torn_value_is_given_to_no_reader_and_overwritten_by_a_writer() {
    let lock = create_shared::<ShmRwLock<[bool; 2]>>().expect("created");
    let writer = fork_child(|| {
        let mut value = lock.write().expect("free");
        // SAFETY: `write` requires a place that is valid for writes of a byte: that of a bool. It is not read as one here.
        unsafe { (&raw mut value[1]).cast::<u8>().write(2) };
        abort();
    });
    let writer = writer.expect("forked");
    writer.wait().expect("waited for");
    for _ in 0..2 {
        let Err(TryLockError::Poisoned(torn)) = lock.try_read() else { panic!("poisoned") };
        assert!(torn.is_torn(), "{torn}");
        assert_eq!(torn.cause(), PoisonCause::OwnerDied { pid: writer.id() });
        // Also after the poison is cleared, and for another process.
        drop(torn);
        lock.clear_poison();
        must_succeed(&fork_child(|| assert!(lock.read().expect_err("torn").is_torn())).expect("forked"));
    }
    let torn = lock.write().expect_err("torn");
    assert!(torn.is_torn(), "{torn}");
    drop(torn.overwrite([true, false]));
    assert_eq!(*lock.read().expect("a value"), [true, false]);
    assert_eq!(*lock.write().expect("a value"), [true, false]);
}

/// What a dead writer left behind turns out to be a value; readers share it again then.
pub(crate) fn suspicion_ends_with_the_first_reader_that_has_looked() {
    let lock = create_shared::<ShmRwLock<[bool; 2]>>().expect("created");
    let writer = fork_child(|| {
        lock.write().expect("free")[0] = true;
        mem::forget(lock.write().expect("free"));
    });
    must_succeed(&writer.expect("forked"));
    let first = lock.read().expect_err("its writer has died");
    assert!(!first.is_torn());
    let Err(TryLockError::Poisoned(second)) = lock.try_read() else { panic!("poisoned, and shared") };
    assert_eq!((*first.into_inner(), *second.into_inner()), ([true, false], [true, false]));
}

pub(crate) fn lock_of_a_forgotten_read_guard_is_given_up_with_the_mapping() {
    let _place = Place::new();
    let lock = ShmOptions::new("lock").create_shared::<ShmRwLock<u64>>().expect("created");
    let state = create_shared::<AtomicU32>().expect("created");
    let its = state.clone();
    let child = fork_child(move || {
        // The only other handle of this process.
        drop(lock);
        let lock = open_shared::<ShmRwLock<u64>>("lock").expect("opened");
        mem::forget(lock.read().expect("free"));
        its.store(1, Relaxed);
        wait_until(|| its.load(Relaxed) == 2);
        drop(lock);
        its.store(3, Relaxed);
        wait_until(|| its.load(Relaxed) == 4);
    });
    // The closure, and with it this process's handle, is gone here.
    let child = child.expect("forked");
    let lock = open_shared::<ShmRwLock<u64>>("lock").expect("opened");
    wait_until(|| state.load(Relaxed) == 1);
    assert!(matches!(lock.try_write(), Err(TryLockError::WouldBlock)));
    state.store(2, Relaxed);
    wait_until(|| state.load(Relaxed) == 3);
    drop(lock.try_write().expect("nobody can use the guard any more"));
    state.store(4, Relaxed);
    must_succeed(&child);
}
