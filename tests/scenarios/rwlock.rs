//! Readers and writers in processes that all live, or are merely stopped.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use shmcore::process::{ForkError, fork_child};
use shmcore::sync::{LockTimeoutError, ShmRwLockWriteGuard, TryLockError};
use shmcore::{ShmRwLock, create_shared};

use crate::facts::wait_until;
use crate::holders::{must_succeed, wait_until_asleep};
use crate::victims::{Holder, go_on, in_raw_fork, stop};

/// Two counters that are equal whenever nobody writes.
type Counters = ShmRwLock<[u64; 2]>;

fn add(counters: &Counters) {
    let mut counters = counters.write().expect("nobody dies");
    counters[0] += 1;
    assert_eq!(counters[0], counters[1] + 1, "somebody else writes too");
    counters[1] += 1;
}

pub(crate) fn contended_additions_are_exact_and_readers_see_them_whole() {
    const WRITERS: u64 = 3;
    const READERS: u64 = 2;
    const TIMES: u64 = 40_000;
    let counters = create_shared::<Counters>().expect("created");
    let begun = create_shared::<AtomicU64>().expect("created");
    let done = create_shared::<AtomicU64>().expect("created");
    // All at once.
    let start = || {
        begun.fetch_add(1, Relaxed);
        wait_until(|| begun.load(Relaxed) == WRITERS + READERS);
    };
    let read = || {
        start();
        let mut last = 0;
        let mut reads = 0_u64;
        while done.load(Relaxed) < WRITERS {
            let counters = counters.read().expect("nobody dies");
            assert!(counters[0] == counters[1] && counters[0] >= last, "{counters:?} after {last}");
            last = counters[0];
            reads += 1;
        }
        assert!(reads > 0);
    };
    let write = || {
        start();
        for round in 0..TIMES {
            add(&counters);
            if round % 8 == 0 {
                let reader = ShmRwLockWriteGuard::downgrade(counters.write().expect("nobody dies"));
                assert_eq!(reader[0], reader[1]);
            }
        }
        done.fetch_add(1, Relaxed);
    };
    let readers: Vec<_> = (0..READERS).map(|_| fork_child(read).expect("forked")).collect();
    let writers: Vec<_> = (1..WRITERS).map(|_| fork_child(write).expect("forked")).collect();
    write();
    readers.iter().chain(&writers).for_each(must_succeed);
    assert_eq!(*counters.read().expect("nobody dies"), [WRITERS * TIMES; 2]);
}

/// It may take as long as it likes: nothing but a death takes a lock away.
pub(crate) fn stopped_reader_is_never_overrun() {
    let lock = create_shared::<ShmRwLock<u64>>().expect("created");
    // From the second time on, this process goes the fast way.
    drop(lock.write().expect("free"));
    let reader = Holder::of(|| {
        let guard = lock.read().expect("free");
        assert_eq!(*guard, 0);
        guard
    });
    stop(&reader.child);
    for _ in 0..100 {
        assert!(matches!(lock.try_write(), Err(TryLockError::WouldBlock)));
    }
    let late = lock.write_timeout(Duration::from_secs(1));
    assert!(matches!(late, Err(LockTimeoutError::TimedOut)));
    assert_eq!(*lock.try_read().expect("the writer has given up"), 0);

    let writer = fork_child(|| *lock.write().expect("nobody dies") += 1).expect("forked");
    wait_until(|| lock.try_read().is_err());
    wait_until_asleep(writer.id());
    go_on(&reader.child);
    assert_eq!(writer.try_wait().expect("asked"), None);
    reader.let_go();
    must_succeed(&writer);
    assert_eq!(*lock.read().expect("nobody has died"), 1);
}

pub(crate) fn stopped_writer_is_never_overrun() {
    let lock = create_shared::<ShmRwLock<u64>>().expect("created");
    drop(lock.read().expect("free"));
    let writer = Holder::of(|| lock.write().expect("free"));
    stop(&writer.child);
    for _ in 0..100 {
        assert!(matches!(lock.try_read(), Err(TryLockError::WouldBlock)));
        assert!(matches!(lock.try_write(), Err(TryLockError::WouldBlock)));
    }
    let late = lock.read_timeout(Duration::from_millis(200));
    assert!(matches!(late, Err(LockTimeoutError::TimedOut)));
    let reader = fork_child(|| assert_eq!(*lock.read().expect("nobody dies"), 0)).expect("forked");
    wait_until_asleep(reader.id());
    go_on(&writer.child);
    writer.let_go();
    must_succeed(&reader);
}

/// As many have a slot.
pub(crate) fn thirty_third_process_that_reads_waits_for_one_of_the_others() {
    let lock = create_shared::<ShmRwLock<u64>>().expect("created");
    let readers: Vec<Holder> = (0..32).map(|_| Holder::of(|| lock.read().expect("free"))).collect();
    assert!(matches!(lock.try_read(), Err(TryLockError::WouldBlock)));
    assert!(matches!(lock.read_timeout(Duration::from_millis(20)), Err(LockTimeoutError::TimedOut)));
    let waiting = fork_child(|| drop(lock.read().expect("nobody dies"))).expect("forked");
    wait_until_asleep(waiting.id());
    readers[5].let_go();
    must_succeed(&waiting);
    let guard = lock.try_read().expect("there is a slot again");
    assert!(matches!(lock.try_write(), Err(TryLockError::WouldBlock)));
    drop(guard);
    readers.iter().enumerate().filter(|&(index, _)| index != 5).for_each(|(_, reader)| reader.let_go());
    drop(lock.try_write().expect("all have left"));
}

pub(crate) fn fork_is_refused_while_a_guard_lives() {
    let lock = create_shared::<ShmRwLock<u64>>().expect("created");
    let demand_refusal = || {
        let error = fork_child(|| ()).expect_err("refused");
        assert!(matches!(error, ForkError::ExclusiveBorrow { count: 1 }), "{error}");
    };
    let guard = lock.read().expect("free");
    demand_refusal();
    drop(guard);
    let guard = lock.write().expect("free");
    demand_refusal();
    let guard = ShmRwLockWriteGuard::downgrade(guard);
    demand_refusal();
    drop(guard);
    must_succeed(&fork_child(|| ()).expect("no guard lives"));
}

/// What a raw fork, which is for unsafe code only, does with guards: nothing that the parent would notice.
pub(crate) fn inherited_guards_dropped_in_the_child_leave_the_lock_to_the_parent() {
    let lock = create_shared::<ShmRwLock<u64>>().expect("created");
    let mut reader = Some(lock.read().expect("free"));
    in_raw_fork(|| {
        if cfg!(debug_assertions) {
            assert!(
                catch_unwind(AssertUnwindSafe(|| reader.as_deref().copied())).is_err(),
                "it is the parent's"
            );
        }
        drop(reader.take());
        assert!(matches!(lock.try_write(), Err(TryLockError::WouldBlock)));
    });
    assert!(matches!(lock.try_write(), Err(TryLockError::WouldBlock)));
    drop(reader);

    let mut writer = Some(lock.write().expect("free"));
    in_raw_fork(|| {
        drop(writer.take());
        assert!(matches!(lock.try_read(), Err(TryLockError::WouldBlock)));
    });
    in_raw_fork(|| {
        drop(writer.take().map(ShmRwLockWriteGuard::downgrade));
        assert!(matches!(lock.try_read(), Err(TryLockError::WouldBlock)));
    });
    in_raw_fork(|| {
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _writer = writer.take();
            panic!("on purpose");
        }));
        assert!(panicked.is_err() && !lock.is_poisoned());
    });
    assert!(matches!(lock.try_read(), Err(TryLockError::WouldBlock)));
    drop(writer);
    assert_eq!(*lock.try_write().expect("free, and not poisoned"), 0);
}

pub(crate) fn each_of_several_processes_gets_its_turn_among_readers_without_end() {
    let lock = create_shared::<ShmRwLock<u64>>().expect("created");
    let begun = create_shared::<AtomicU32>().expect("created");
    let stop = create_shared::<AtomicU32>().expect("created");
    let read = || {
        // Two guards overlap, so that there is never a moment without a reader.
        let mut last = lock.read().expect("nobody dies");
        begun.fetch_add(1, Relaxed);
        while stop.load(Relaxed) == 0 {
            match lock.try_read() {
                Ok(next) => last = next,
                Err(TryLockError::WouldBlock) => {
                    drop(last);
                    last = lock.read().expect("nobody dies");
                }
                Err(error) => panic!("{error}"),
            }
        }
        drop(last);
    };
    let readers: Vec<_> = (0..2).map(|_| fork_child(read).expect("forked")).collect();
    wait_until(|| begun.load(Relaxed) == 2);
    for round in 0..100 {
        let mut value = lock.write_timeout(Duration::from_mins(1)).expect("writers are not starved");
        assert_eq!(*value, round);
        *value += 1;
    }
    stop.store(1, Relaxed);
    readers.iter().for_each(must_succeed);
}
