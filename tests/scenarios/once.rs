//! Values that several processes would make, and of which one does, though others die or stop.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use shmcore::process::{Child, ForkError, fork_child};
use shmcore::{Shared, ShmOnceLock, ShmSafe, create_shared};

use crate::facts::wait_until;
use crate::holders::{kill_and_leave, must_succeed, wait_until_asleep};
use crate::victims::{Holder, demand_soon, exit, go_on, in_raw_fork, raw_fork, stop};

#[derive(ShmSafe)]
#[repr(C)]
struct Values {
    values: [ShmOnceLock<[u64; 8]>; 2000],
    made: AtomicU32,
}

pub(crate) fn each_of_many_values_is_made_by_one_of_four_processes() {
    let shared = create_shared::<Values>().expect("created");
    let begun = create_shared::<AtomicU64>().expect("created");
    let make_all = |me: u64| {
        begun.fetch_add(1, Relaxed);
        wait_until(|| begun.load(Relaxed) == 4);
        // Two go up and two go down, and all meet.
        for (up, down) in shared.values.iter().zip(shared.values.iter().rev()) {
            let value = if me.is_multiple_of(2) { up } else { down };
            let seen = value.get_or_init(|| {
                shared.made.fetch_add(1, Relaxed);
                // The others come meanwhile.
                std::thread::yield_now();
                [me; 8]
            });
            assert!(seen[0] != 0 && seen.iter().all(|&word| word == seen[0]), "{seen:?}");
        }
    };
    let children: Vec<_> = (1..4).map(|me| fork_child(|| make_all(me)).expect("forked")).collect();
    make_all(4);
    children.iter().for_each(must_succeed);
    assert_eq!(shared.made.load(Relaxed), 2000);
}

/// A child that has begun to make the value and is killed before it is done.
fn maker(lock: &Shared<ShmOnceLock<[u64; 2]>>) -> (Child, Shared<AtomicU32>) {
    let state = create_shared::<AtomicU32>().expect("created");
    let child = fork_child(|| {
        lock.get_or_init(|| {
            state.store(1, Relaxed);
            wait_until(|| state.load(Relaxed) == 2);
            [7; 2]
        });
    });
    wait_until(|| state.load(Relaxed) == 1);
    (child.expect("forked"), state)
}

pub(crate) fn killed_maker_is_replaced_by_one_that_sleeps_while_it_is_a_zombie() {
    const ROUNDS: u64 = 40;
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let lock = create_shared::<ShmOnceLock<[u64; 2]>>().expect("created");
        let (victim, _) = maker(&lock);
        let next = fork_child(|| assert_eq!(lock.get_or_init(|| [round; 2]), &[round; 2])).expect("forked");
        let waiting = fork_child(|| assert_eq!(lock.wait(), &[round; 2])).expect("forked");
        wait_until_asleep(next.id());
        wait_until_asleep(waiting.id());
        kill_and_leave(&victim);
        let start = Instant::now();
        wait_until(|| lock.get().is_some());
        times.push(start.elapsed());
        must_succeed(&next);
        must_succeed(&waiting);
        assert_eq!(lock.set([9; 2]), Err([9; 2]));
    }
    demand_soon(times);
}

pub(crate) fn killed_maker_is_replaced_at_the_first_try() {
    let lock = create_shared::<ShmOnceLock<[u64; 2]>>().expect("created");
    for _ in 0..10 {
        let (victim, _) = maker(&lock);
        kill_and_leave(&victim);
        assert_eq!((lock.get(), lock.wait_timeout(Duration::from_millis(5))), (None, None));
    }
    assert_eq!(lock.set([3; 2]), Ok(()));
    assert_eq!(lock.get(), Some(&[3; 2]));
}

pub(crate) fn stopped_maker_is_waited_for() {
    let lock = create_shared::<ShmOnceLock<[u64; 2]>>().expect("created");
    let (child, state) = maker(&lock);
    stop(&child);
    let waiting = fork_child(|| assert_eq!(lock.get_or_init(|| [8; 2]), &[7; 2])).expect("forked");
    wait_until_asleep(waiting.id());
    assert_eq!(lock.wait_timeout(Duration::from_millis(300)), None);
    assert_eq!(waiting.try_wait().expect("asked"), None);
    state.store(2, Relaxed);
    go_on(&child);
    must_succeed(&child);
    must_succeed(&waiting);
    assert_eq!(lock.get(), Some(&[7; 2]));
}

pub(crate) fn panicking_maker_leaves_it_to_the_next() {
    let lock = create_shared::<ShmOnceLock<[u64; 2]>>().expect("created");
    let has_begun = create_shared::<AtomicU32>().expect("created");
    let child = fork_child(|| {
        std::panic::set_hook(Box::new(|_| ()));
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            lock.get_or_init(|| {
                has_begun.store(1, Relaxed);
                wait_until(|| has_begun.load(Relaxed) == 2);
                panic!("on purpose")
            });
        }));
        assert!(panicked.is_err());
        // It lives on: its death would do too.
        assert_eq!(lock.wait(), &[5; 2]);
    });
    let child = child.expect("forked");
    wait_until(|| has_begun.load(Relaxed) == 1);
    let next = Holder::of(|| {
        has_begun.store(2, Relaxed);
        assert_eq!(lock.get_or_init(|| [5; 2]), &[5; 2]);
    });
    next.let_go();
    must_succeed(&child);
    assert_eq!(lock.get(), Some(&[5; 2]));
}

pub(crate) fn value_is_made_by_the_process_that_has_begun_whatever_it_forks() {
    let lock = create_shared::<ShmOnceLock<u64>>().expect("created");
    let calls = create_shared::<AtomicU64>().expect("created");
    let value = lock.get_or_init(|| {
        let error = fork_child(|| ()).expect_err("refused");
        assert!(matches!(error, ForkError::ExclusiveBorrow { count: 1 }), "{error}");
        calls.fetch_add(1, Relaxed);
        1
    });
    assert_eq!((*value, calls.load(Relaxed)), (1, 1));
    must_succeed(&fork_child(|| ()).expect("the value is made"));

    // A raw fork, which is for unsafe code only: the child comes back from the closure too.
    let lock = create_shared::<ShmOnceLock<u64>>().expect("created");
    let value = lock.get_or_init(|| {
        in_raw_fork(|| {
            // The child neither has the value nor makes it; it would wait for its parent.
            assert_eq!((lock.get(), lock.wait_timeout(Duration::from_millis(5))), (None, None));
        });
        2
    });
    assert_eq!(*value, 2);
}

/// The worst that a raw fork in the closure can do: both processes return from it.
pub(crate) fn child_that_returns_from_an_inherited_closure_panics_and_leaves_the_lock_to_its_parent() {
    let lock = create_shared::<ShmOnceLock<u64>>().expect("created");
    let parent = std::process::id();
    let end = create_shared::<AtomicU32>().expect("created");
    let made = catch_unwind(AssertUnwindSafe(|| {
        *lock.get_or_init(|| {
            if raw_fork().is_none() {
                std::panic::set_hook(Box::new(|_| ()));
                return 1;
            }
            // Only then does the parent go on.
            wait_until(|| end.load(Relaxed) == 1);
            2
        })
    }));
    if std::process::id() != parent {
        let is_left_alone = made.is_err() && lock.get().is_none();
        let is_owned = lock.wait_timeout(Duration::from_millis(5)).is_none();
        end.store(if is_left_alone && is_owned { 1 } else { 2 }, Relaxed);
        exit(0);
    }
    assert_eq!(made.expect("the parent has made it"), 2);
    assert_eq!(lock.get(), Some(&2));
}
