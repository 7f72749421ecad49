//! Mutexes whose holders all live: exact counts, shares, times, and what moves.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use shmcore::process::{Token, fork_child};
use shmcore::sync::{LockTimeoutError, PoisonCause, TryLockError};
use shmcore::{ShmMutex, ShmOptions, create_shared, open_shared};

use crate::facts::wait_until;
use crate::holders::{holder, kill, must_succeed, wait_to_be_killed};
use crate::place::Place;

/// Two counters that are equal whenever nobody has the lock.
type Counters = ShmMutex<[u64; 2]>;

fn add(counters: &Counters, times: u64) {
    for _ in 0..times {
        let mut counters = counters.lock().expect("nobody dies");
        counters[0] += 1;
        assert_eq!(counters[0], counters[1] + 1, "somebody else has the lock too");
        counters[1] += 1;
    }
}

pub(crate) fn million_contended_additions_of_parent_and_children_are_exact() {
    const TIMES: u64 = 250_000;
    let counters = create_shared::<Counters>().expect("created");
    let children: Vec<_> = (0..3).map(|_| fork_child(|| add(&counters, TIMES)).expect("forked")).collect();
    // Also the first lock of this process after the forks.
    add(&counters, TIMES);
    children.iter().for_each(must_succeed);
    assert_eq!(*counters.lock().expect("nobody dies"), [4 * TIMES; 2]);
}

/// A child that took itself for its parent would find the lock its own.
pub(crate) fn children_that_lock_right_after_the_fork_are_others_than_their_parent() {
    const FORKS: u64 = 300;
    const TIMES: u64 = 100;
    let counters = create_shared::<Counters>().expect("created");
    let tokens = create_shared::<[AtomicU64; 2]>().expect("created");
    add(&counters, 1);
    let mine = Token::current().expect("drawn");
    for _ in 0..FORKS {
        let child = fork_child(|| {
            add(&counters, TIMES);
            let child = fork_child(|| {
                add(&counters, TIMES);
                tokens[1].store(Token::current().expect("drawn").to_bits(), Relaxed);
            });
            add(&counters, TIMES);
            must_succeed(&child.expect("forked"));
            tokens[0].store(Token::current().expect("drawn").to_bits(), Relaxed);
        });
        add(&counters, TIMES);
        must_succeed(&child.expect("forked"));
        let [child, grandchild] = [0, 1].map(|index| tokens[index].load(Relaxed));
        assert!(child != grandchild && ![child, grandchild].contains(&mine.to_bits()));
    }
    assert_eq!(*counters.lock().expect("nobody dies"), [FORKS * 4 * TIMES + 1; 2]);
}

/// None is promised, but nobody starves either.
pub(crate) fn each_of_sixteen_processes_gets_a_fifth_of_what_the_luckiest_gets() {
    const PROCESSES: usize = 16;
    const TIME: Duration = Duration::from_secs(4);
    let counters = create_shared::<Counters>().expect("created");
    let shares = create_shared::<[AtomicU64; PROCESSES]>().expect("created");
    let go = create_shared::<AtomicU32>().expect("created");
    let children: Vec<_> = (0..PROCESSES)
        .map(|index| {
            let child = fork_child(|| {
                go.fetch_add(1, Relaxed);
                wait_until(|| go.load(Relaxed) > u32::try_from(PROCESSES).expect("small"));
                let start = Instant::now();
                while start.elapsed() < TIME {
                    add(&counters, 1);
                    shares[index].fetch_add(1, Relaxed);
                }
            });
            child.expect("forked")
        })
        .collect();
    wait_until(|| usize::try_from(go.load(Relaxed)) == Ok(PROCESSES));
    go.fetch_add(1, Relaxed);
    children.iter().for_each(must_succeed);
    let mut shares: Vec<u64> = shares.iter().map(|share| share.load(Relaxed)).collect();
    assert_eq!(*counters.lock().expect("nobody dies"), [shares.iter().sum::<u64>(); 2]);
    shares.sort_unstable();
    let (least, most) = (shares[0], shares[PROCESSES - 1]);
    println!("{PROCESSES} processes in {TIME:?}: {shares:?}, least / most = {:.2}", ratio(least, most));
    assert!(5 * least >= most, "{shares:?}");
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn ratio(least: u64, most: u64) -> f64 {
    least as f64 / most as f64
}

/// Traced by a test, which looks at the clocks that are named to the kernel.
pub(crate) fn lock_that_times_out() {
    let mutex = create_shared::<ShmMutex<u32>>().expect("created");
    let holder = holder(&mutex);
    let _ = rustix::process::getppid();
    let start = Instant::now();
    let late = mutex.lock_timeout(Duration::from_millis(30));
    assert!(start.elapsed() >= Duration::from_millis(30));
    let _ = rustix::process::getppid();
    assert!(matches!(late, Err(LockTimeoutError::TimedOut)));
    kill(&holder);
}

pub(crate) fn mutex_that_is_moved_while_locked_takes_its_lock_along() {
    let outer = create_shared::<ShmMutex<[ShmMutex<u64>; 2]>>().expect("created");
    let moved = create_shared::<AtomicU32>().expect("created");
    let child = fork_child(|| {
        let mut inner = outer.lock().expect("free");
        *inner[0].lock().expect("free") = 7;
        mem::forget(inner[0].lock().expect("free"));
        let (first, second) = inner.split_at_mut(1);
        mem::swap(&mut first[0], &mut second[0]);
        drop(inner);
        moved.store(1, Relaxed);
        wait_to_be_killed();
    });
    let child = child.expect("forked");
    wait_until(|| moved.load(Relaxed) == 1);
    let mut inner = outer.lock().expect("its holder has given it back");
    assert_eq!(*inner[0].lock().expect("free"), 0);
    assert!(matches!(inner[1].try_lock(), Err(TryLockError::WouldBlock)));
    kill(&child);
    let died = PoisonCause::OwnerDied { pid: child.id() };
    let poisoned = inner[1].get_mut().expect_err("its holder is dead, and nobody has locked it since");
    assert_eq!((poisoned.cause(), **poisoned.get_ref()), (died, 7));
    drop(poisoned);
    assert_eq!(inner[1].lock().expect_err("poisoned").cause(), died);
}

/// A second handle of the region, however it was come by, leads to the same lock at the same address.
pub(crate) fn relock_by_another_handle_is_found_in_debug_builds_and_times_out_in_others() {
    let _place = Place::new();
    let mutex = ShmOptions::new("mutex").create_shared::<ShmMutex<u32>>().expect("created");
    let again = open_shared::<ShmMutex<u32>>("mutex").expect("opened");
    let guard = mutex.lock().expect("free");
    assert!(matches!(again.try_lock(), Err(TryLockError::WouldBlock)));
    assert!(matches!(again.lock_timeout(Duration::from_millis(1)), Err(LockTimeoutError::TimedOut)));
    if cfg!(debug_assertions) {
        std::panic::set_hook(Box::new(|_| ()));
        assert!(catch_unwind(AssertUnwindSafe(|| drop(again.lock()))).is_err());
    }
    drop(guard);
    drop(again.lock().expect("neither poisoned nor held"));
}
