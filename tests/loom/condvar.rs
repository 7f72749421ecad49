//! The condition variable, with the mutex that belongs to it.
//!
//! Two or three threads, with two or three preemptions; each waits or notifies once or twice.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread::{self, JoinHandle};

use crate::model;
use crate::raw::condvar::RawCondvar;
use crate::raw::mutex::RawMutex;
use crate::raw::world::{AtomicU64, Patience, die, die_before_waking};

/// A number of letters, its lock, and who waits for some.
struct Mailbox {
    lock: RawMutex,
    letters: UnsafeCell<u32>,
    condvar: RawCondvar,
}

impl Mailbox {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            lock: RawMutex::from_words(AtomicU64::new(0), AtomicU64::new(0)),
            letters: UnsafeCell::new(0),
            // The sequence goes over the end in some models.
            condvar: RawCondvar::from_word(AtomicU64::new(u64::MAX - 3)),
        })
    }

    fn lock(&self, me: u64) {
        if !self.lock.lock_fast(me) {
            self.lock.lock_slow(me, Patience::Forever).expect("waited for");
        }
    }

    /// Changes the number under the lock.
    fn change(&self, me: u64, change: impl FnOnce(&mut u32)) {
        self.lock(me);
        // SAFETY: the model has the lock, and loom verifies that nobody else is here.
        self.letters.with_mut(|letters| change(unsafe { &mut *letters }));
        self.lock.unlock(me);
    }

    /// One wait, as the library does it: gives the lock up, and takes it again.
    fn wait(&self, me: u64) {
        let ticket = self.condvar.ticket();
        self.lock.unlock(me);
        self.condvar.wait(ticket, Patience::Forever).expect("waited for");
        self.lock(me);
    }

    /// Waits until there are so many.
    fn wait_for(&self, me: u64, number: u32) {
        self.lock(me);
        // SAFETY: the model has the lock, and loom verifies that nobody writes.
        while self.letters.with(|letters| unsafe { *letters }) < number {
            self.wait(me);
        }
        self.lock.unlock(me);
    }

    /// Waits for a letter, and takes it.
    fn take(&self, me: u64) {
        self.lock(me);
        // SAFETY: the model has the lock, and loom verifies that nobody writes.
        while self.letters.with(|letters| unsafe { *letters }) == 0 {
            self.wait(me);
        }
        // SAFETY: the model has the lock, and loom verifies that nobody else is here.
        self.letters.with_mut(|letters| unsafe { *letters -= 1 });
        self.lock.unlock(me);
    }
}

fn spawn(mailbox: &Arc<Mailbox>, f: impl FnOnce(&Mailbox) + 'static) -> JoinHandle<()> {
    let mailbox = Arc::clone(mailbox);
    thread::spawn(move || f(&mailbox))
}

fn join(threads: impl IntoIterator<Item = JoinHandle<()>>) {
    for thread in threads {
        thread.join().expect("no panic");
    }
}

/// Also where the first notification comes between the waiter's ticket and its sleep, finds nobody asleep, and the second
/// one follows.
#[test]
fn no_notification_after_the_unlocking_is_missed() {
    model(3, || {
        let mailbox = Mailbox::new();
        let waiter = spawn(&mailbox, |mailbox| mailbox.wait_for(1, 2));
        for _ in 0..2 {
            mailbox.change(2, |letters| *letters += 1);
            mailbox.condvar.notify_one();
        }
        join([waiter]);
    });
}

#[test]
fn notification_of_all_wakes_all() {
    model(3, || {
        let mailbox = Mailbox::new();
        let waiters = [1, 2].map(|me| spawn(&mailbox, move |mailbox| mailbox.wait_for(me, 1)));
        mailbox.change(3, |letters| *letters += 1);
        mailbox.condvar.notify_all();
        join(waiters);
    });
}

#[test]
fn two_notifications_of_one_wake_two() {
    model(3, || {
        let mailbox = Mailbox::new();
        let waiters = [1, 2].map(|me| spawn(&mailbox, move |mailbox| mailbox.take(me)));
        for _ in 0..2 {
            mailbox.change(3, |letters| *letters += 1);
            mailbox.condvar.notify_one();
        }
        join(waiters);
    });
}

#[test]
fn notifiers_do_not_take_each_others_waiters_away() {
    model(3, || {
        let mailbox = Mailbox::new();
        let notifier = spawn(&mailbox, |mailbox| {
            mailbox.change(1, |letters| *letters += 1);
            mailbox.condvar.notify_one();
        });
        let waiter = spawn(&mailbox, |mailbox| mailbox.wait_for(2, 2));
        mailbox.change(3, |letters| *letters += 1);
        mailbox.condvar.notify_all();
        join([notifier, waiter]);
    });
}

#[test]
fn notifier_that_dies_before_it_wakes_leaves_nobody_asleep() {
    for notify in [RawCondvar::notify_one, RawCondvar::notify_all] {
        model(3, move || {
            let mailbox = Mailbox::new();
            let waiters = [1, 2].map(|me| spawn(&mailbox, move |mailbox| mailbox.wait_for(me, 1)));
            mailbox.change(3, |letters| *letters += 1);
            die_before_waking();
            notify(&mailbox.condvar);
            die(3);
            join(waiters);
        });
    }
}

#[test]
fn waiter_that_dies_does_not_take_the_notification_with_it() {
    model(3, || {
        let mailbox = Mailbox::new();
        let victim = spawn(&mailbox, |mailbox| {
            mailbox.lock(1);
            // SAFETY: the model has the lock, and loom verifies that nobody writes.
            let is_empty = mailbox.letters.with(|letters| unsafe { *letters }) == 0;
            let ticket = mailbox.condvar.ticket();
            mailbox.lock.unlock(1);
            if is_empty {
                mailbox.condvar.wait(ticket, Patience::Forever).expect("waited for");
            }
            die(1);
        });
        let waiter = spawn(&mailbox, |mailbox| mailbox.take(2));
        mailbox.change(3, |letters| *letters += 1);
        mailbox.condvar.notify_one();
        join([waiter]);
        // The victim may have come when the letter was taken.
        mailbox.change(3, |letters| *letters += 1);
        mailbox.condvar.notify_all();
        join([victim]);
    });
}
