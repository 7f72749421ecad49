//! Processes that wait for each other's notifications, and die.
#![allow(unsafe_code, reason = "forks with a guard, which the safe fork refuses")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use shmcore::process::{Child, fork_child};
use shmcore::sync::{PoisonCause, TryLockError};
use shmcore::{Shared, ShmCondvar, ShmMutex, ShmSafe, create_shared};

use crate::facts::{wait_until, wait_until_asleep};

#[derive(ShmSafe)]
#[repr(C)]
struct Board {
    go: ShmMutex<u64>,
    condvar: ShmCondvar,
    /// How many are about to wait. Counted under the mutex.
    waiting: AtomicU64,
    woken: AtomicU64,
}

fn must_succeed(child: &Child) {
    let status = child.wait().expect("waited for");
    assert!(status.success(), "the child failed: {status}");
}

/// A child that waits until it may go.
fn waiter(board: &Shared<Board>) -> Child {
    let child = fork_child(|| {
        let guard = board.go.lock().expect("not poisoned");
        board.waiting.fetch_add(1, Relaxed);
        drop(board.condvar.wait_while(guard, |go| *go == 0).expect("not poisoned"));
        board.woken.fetch_add(1, Relaxed);
    });
    child.expect("forked")
}

/// Waits until so many have been about to wait; they do then.
fn wait_for_waiters(board: &Shared<Board>, number: u64) {
    wait_until(|| board.waiting.load(Relaxed) == number);
    drop(board.go.lock().expect("not poisoned"));
}

pub(crate) fn thousand_killed_waiters_do_not_hold_a_notifier_up() {
    const LIVING: u64 = 3;
    let board = create_shared::<Board>().expect("created");
    let living: Vec<_> = (0..LIVING).map(|_| waiter(&board)).collect();
    for batch in 1..=20 {
        let killed: Vec<_> = (0..50).map(|_| waiter(&board)).collect();
        wait_for_waiters(&board, LIVING + 50 * batch);
        for child in &killed {
            child.kill().expect("killed");
        }
        for child in &killed {
            assert!(!child.wait().expect("waited for").success());
        }
    }
    *board.go.lock().expect("nobody has died with the lock") = 1;
    let start = Instant::now();
    board.condvar.notify_all();
    let time = start.elapsed();
    println!("notified in {time:?}");
    // It takes microseconds, if this process is left to run.
    assert!(time < Duration::from_millis(20), "{time:?}");
    living.iter().for_each(must_succeed);
    assert_eq!(board.woken.load(Relaxed), LIVING);
}

/// Of those who sleep, the first is the one to be woken.
pub(crate) fn notification_of_one_reaches_who_lives() {
    let board = create_shared::<Board>().expect("created");
    for round in 0..50 {
        *board.go.lock().expect("not poisoned") = 0;
        let first = waiter(&board);
        wait_for_waiters(&board, 2 * round + 1);
        wait_until_asleep(first.id());
        let second = waiter(&board);
        wait_for_waiters(&board, 2 * round + 2);
        wait_until_asleep(second.id());
        *board.go.lock().expect("not poisoned") = 1;
        // It is woken and killed, killed and not woken, or has come through.
        board.condvar.notify_one();
        first.kill().expect("killed");
        must_succeed(&second);
        first.wait().expect("waited for");
        // It may have died with the mutex.
        board.go.clear_poison();
        drop(board.go.lock());
        board.go.clear_poison();
    }
}

pub(crate) fn stopped_waiter_holds_nobody_up() {
    let board = create_shared::<Board>().expect("created");
    let (stopped, other) = (waiter(&board), waiter(&board));
    wait_for_waiters(&board, 2);
    let pid = Pid::from_raw(stopped.id().cast_signed()).expect("a pid");
    wait_until_asleep(stopped.id());
    kill_process(pid, Signal::STOP).expect("stopped");
    *board.go.lock().expect("not poisoned") = 1;
    board.condvar.notify_all();
    must_succeed(&other);
    assert_eq!(board.woken.load(Relaxed), 1);
    kill_process(pid, Signal::CONT).expect("continued");
    must_succeed(&stopped);
}

pub(crate) fn waiter_gets_the_poison_of_a_notifier_that_died_with_the_mutex() {
    let board = create_shared::<Board>().expect("created");
    let notifier = fork_child(|| {
        wait_until(|| board.waiting.load(Relaxed) == 1);
        let mut guard = board.go.lock().expect("not poisoned");
        *guard = 1;
        board.condvar.notify_all();
        std::process::abort();
    })
    .expect("forked");
    let guard = board.go.lock().expect("not poisoned");
    board.waiting.fetch_add(1, Relaxed);
    let poisoned = board.condvar.wait_while(guard, |_| true).expect_err("poisoned");
    assert_eq!(poisoned.cause(), PoisonCause::OwnerDied { pid: notifier.id() });
    assert_eq!(*poisoned.into_inner(), 1);
    assert!(!notifier.wait().expect("waited for").success());
}

pub(crate) fn two_processes_take_turns() {
    const TURNS: u64 = 10_000;
    let board = create_shared::<Board>().expect("created");
    let play = |parity: u64| {
        for _ in 0..TURNS {
            let guard = board.go.lock().expect("not poisoned");
            let mut guard =
                board.condvar.wait_while(guard, |turn| *turn % 2 != parity).expect("not poisoned");
            *guard += 1;
            drop(guard);
            board.condvar.notify_one();
        }
    };
    let child = fork_child(|| play(1)).expect("forked");
    let start = Instant::now();
    play(0);
    must_succeed(&child);
    println!("{TURNS} turns of each in {:?}", start.elapsed());
    assert_eq!(*board.go.lock().expect("not poisoned"), 2 * TURNS);
}

/// A place for a few items, and who waits for one or for room.
#[derive(ShmSafe)]
#[repr(C)]
struct Store {
    items: ShmMutex<Items>,
    is_not_empty: ShmCondvar,
    is_not_full: ShmCondvar,
    sum: AtomicU64,
}

#[derive(ShmSafe)]
#[repr(C)]
struct Items {
    items: [u64; 4],
    count: u64,
}

impl Store {
    fn put(&self, item: u64) {
        let guard = self.items.lock().expect("not poisoned");
        let mut guard = self.is_not_full.wait_while(guard, |items| items.count == 4).expect("not poisoned");
        let index = usize::try_from(guard.count).expect("a small number");
        guard.items[index] = item;
        guard.count += 1;
        drop(guard);
        self.is_not_empty.notify_one();
    }

    fn take(&self) -> u64 {
        let guard = self.items.lock().expect("not poisoned");
        let mut guard = self.is_not_empty.wait_while(guard, |items| items.count == 0).expect("not poisoned");
        guard.count -= 1;
        let index = usize::try_from(guard.count).expect("a small number");
        let item = guard.items[index];
        drop(guard);
        self.is_not_full.notify_one();
        item
    }
}

pub(crate) fn each_item_is_taken_once() {
    const ITEMS: u64 = 5000;
    let store = create_shared::<Store>().expect("created");
    let children: Vec<_> = (0..2)
        .flat_map(|producer| {
            let put = || (1..=ITEMS).for_each(|item| store.put(producer * ITEMS + item));
            let take = || (0..ITEMS).for_each(|_| _ = store.sum.fetch_add(store.take(), Relaxed));
            [fork_child(put).expect("forked"), fork_child(take).expect("forked")]
        })
        .collect();
    children.iter().for_each(must_succeed);
    assert_eq!(store.sum.load(Relaxed), ITEMS * (2 * ITEMS + 1));
    assert_eq!(store.items.lock().expect("not poisoned").count, 0);
}

/// The guard that it has inherited is nobody's: there is nothing to unlock, and nothing to wait for.
pub(crate) fn guard_of_the_parent_cannot_wait_in_a_child() {
    if !cfg!(debug_assertions) {
        println!("SKIPPED: without debug assertions the child locks the mutex, and waits for its parent");
        return;
    }
    let board = create_shared::<Board>().expect("created");
    let guard = board.go.lock().expect("not poisoned");
    // SAFETY: `fork` requires, of a child that does more than async-signal-safe calls, that this is the only thread; a
    // scenario has one.
    match unsafe { libc::fork() } {
        -1 => panic!("fork: {}", std::io::Error::last_os_error()),
        0 => {
            std::panic::set_hook(Box::new(|_| ()));
            let waited = catch_unwind(AssertUnwindSafe(|| drop(board.condvar.wait(guard))));
            std::process::exit(if waited.is_err() { 3 } else { 4 });
        }
        child => {
            let mut status = 0;
            // SAFETY: `waitpid` requires room for a status (waitpid(2)).
            let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
            assert!(waited == child && libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 3);
            assert!(matches!(board.go.try_lock(), Err(TryLockError::WouldBlock)));
            drop(guard);
            assert!(board.go.try_lock().is_ok(), "nothing has poisoned it");
        }
    }
}
