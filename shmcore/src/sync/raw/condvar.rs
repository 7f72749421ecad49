//! The state machine of a condition variable. It is apart from `ShmCondvar` so that models can run it.
//!
//! ```text
//! word   bit 63 … 1   0
//!      |  sequence  | waiters |
//!        slept on, with bits 31 to 0
//! ```
//!
//! | waiters | means |
//! |---|---|
//! | 0 | nobody waits for a notification that comes from now on: all zero bytes |
//! | 1 | threads may wait that have seen this sequence |
//!
//! A waiter owns nothing here: it remembers the word, and waits until the sequence is another one.
//!
//! **Notifications.** Each changes the sequence, which has 63 bits and never comes back to where it was; of the 31 bits that
//! the kernel compares, a sleeper looks at all of them again within some milliseconds. The flag is taken away only in a step
//! that changes the sequence: as long as a waiter finds the sequence as it was, the flag is set, and the next notifier sees
//! it. So one that wakes nobody must count for a notification of all if it takes the flag away: a waiter may have the
//! ticket already and not sleep yet.
//!
//! **Death.** A waiter that dies leaves the flag, and one notifier looks for sleepers in vain. If a notifier dies between the
//! change and the waking, or a waiter after it was woken, the others look again by themselves, and go on.

use super::world::{AtomicU64, Half, Ordering, Patience, Waited, Waits, wake_all, wake_one};

/// Somebody may wait.
const WAITERS: u64 = 1;
/// One notification.
const STEP: u64 = 2;

/// The half of the word that holds the flag of waiters.
const SLEPT_ON: Half = Half::Low;

/// A sequence of notifications.
#[repr(C)]
pub(crate) struct RawCondvar {
    word: AtomicU64,
}

/// What a waiter has seen: the word, with the flag.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Ticket(u64);

/// Nobody has notified, and the patience is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct NotNotified;

impl RawCondvar {
    /// From its word; zero is one that nobody waits for.
    pub(crate) const fn from_word(word: AtomicU64) -> Self {
        Self { word }
    }

    /// Makes a waiter known. For the holder of the mutex, before it unlocks: who notifies has had the mutex later,
    /// and sees the flag.
    pub(crate) fn ticket(&self) -> Ticket {
        // Relaxed: the unlocking of the mutex publishes it, to those who lock it next.
        Ticket(self.word.fetch_or(WAITERS, Ordering::Relaxed) | WAITERS)
    }

    /// Waits for a notification since the ticket.
    pub(crate) fn wait(&self, ticket: Ticket, patience: Patience) -> Result<(), NotNotified> {
        let mut waits = Waits::new(patience);
        // Relaxed: what the notifier has done is seen by locking the mutex. With an unchanged sequence the word is the
        // ticket.
        while self.word.load(Ordering::Relaxed) == ticket.0 {
            if waits.wait(&self.word, SLEPT_ON, ticket.0) == Waited::TooLong {
                return Err(NotNotified);
            }
        }
        Ok(())
    }

    /// Wakes a waiter, if there is one.
    #[inline]
    pub(crate) fn notify_one(&self) {
        // Relaxed, here and in all of this file: the mutex has brought the flag of those who wait.
        if self.word.load(Ordering::Relaxed) & WAITERS != 0 {
            self.notify_one_slow();
        }
    }

    #[cold]
    fn notify_one_slow(&self) {
        let Some(notified) = self.advance(WAITERS) else { return };
        if wake_one(&self.word, SLEPT_ON) {
            return;
        }
        // Nobody sleeps. Those who have a ticket and do not sleep yet are notified, all of them; somebody may have lain down
        // since.
        let none = notified.wrapping_add(STEP) & !WAITERS;
        if self.word.compare_exchange(notified, none, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            wake_all(&self.word, SLEPT_ON);
        }
    }

    /// Wakes all waiters.
    #[inline]
    pub(crate) fn notify_all(&self) {
        if self.word.load(Ordering::Relaxed) & WAITERS != 0 {
            self.notify_all_slow();
        }
    }

    #[cold]
    fn notify_all_slow(&self) {
        if self.advance(0).is_some() {
            wake_all(&self.word, SLEPT_ON);
        }
    }

    /// The sequence and the flag.
    #[cfg(test)]
    pub(crate) fn word(&self) -> u64 {
        self.word.load(Ordering::Relaxed)
    }

    /// Makes the sequence another one and the flag as told; returns the new word. `None` if nobody waits any more.
    fn advance(&self, flag: u64) -> Option<u64> {
        let mut seen = self.word.load(Ordering::Relaxed);
        while seen & WAITERS != 0 {
            let new = seen.wrapping_add(STEP) & !WAITERS | flag;
            match self.word.compare_exchange(seen, new, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Some(new),
                Err(now) => seen = now,
            }
        }
        None
    }
}
