//! The state machine of a value that is read without a lock: which of the copies is the last whole one. It is apart from
//! `ShmSeqLock` so that models can run it with few copies; how a copy is made is the caller's matter.
//!
//! Writes are numbered from 1, and 0 is the initial value. The value of number `n` lies in copy `n % COPIES`.
//!
//! | `begun - published` | means |
//! |---|---|
//! | 0 | nobody is writing a copy; all zero bytes are the initial value |
//! | 1 | the write `begun` is under way, or its writer has died in it; readers have the value `published` |
//!
//! Other differences do not occur. Both numbers are written by the holder of the word `writer` only, which is a
//! [`RawMutex`]: see there for its states.
//!
//! **Readers** copy what `published` names and then look whether the next write into the same copy has begun, `COPIES`
//! writes later. If not, what they have is whole: of that write no word was there to be seen. They wait for nobody, and look
//! again only when the writer has made nearly `COPIES` writes during one read.
//!
//! **Ordering.** Two facts are needed, and each has its pair:
//!
//! 1. Who sees the number `n` in `published` sees the words of write `n`: the Release store of `published` pairs with the
//!    Acquire fence after its load.
//! 2. Who sees a word of write `n` sees `n`, or more, in `begun`: the Release fence between the store of `begun` and
//!    those of the words pairs with the Acquire fence between the loads of the words and that of `begun`.
//!
//! **Death.** Who finds the writer dead takes its word over and makes the write `published + 1` from the beginning. Its words
//! come after those of the dead, and who has seen one of either is refused the older value that lay there. So nothing has to
//! be repaired, and nobody is told: the poison that the word knows is taken away at once.
//!
//! **Read-only mappings.** All that a reader does is relaxed loads, of 8 bytes, and fences.

use super::mutex::{Held, RawMutex};
use super::world::{AtomicU64, Ordering, Patience, fence, spin};

/// Who may write, and the numbers of writes; `COPIES` is a power of two.
#[repr(C)]
pub(crate) struct RawSeqLock<const COPIES: usize> {
    writer: RawMutex,
    /// The write that began last.
    begun: AtomicU64,
    /// The last write that is complete.
    published: AtomicU64,
}

impl<const COPIES: usize> RawSeqLock<COPIES> {
    /// From the writer's word and the numbers; zeroes are the initial value, and no writer.
    pub(crate) const fn from_words(writer: RawMutex, begun: AtomicU64, published: AtomicU64) -> Self {
        const { assert!(COPIES.is_power_of_two(), "numbers wrap, and so must copies") };
        Self { writer, begun, published }
    }

    /// Lets `load` copy the last whole value, by relaxed loads, until what it has copied is whole.
    #[inline]
    pub(crate) fn read(&self, mut load: impl FnMut(usize)) {
        loop {
            let number = self.published.load(Ordering::Relaxed);
            // Pairs with the Release store in `publish`: the words of write `number` are there.
            fence(Ordering::Acquire);
            load(Self::copy_of(number));
            // Pairs with the Release fence in `begin`: if a word was of a later write, its number is there.
            fence(Ordering::Acquire);
            let begun = self.begun.load(Ordering::Relaxed);
            if begun.wrapping_sub(number) < COPIES as u64 {
                return;
            }
            spin();
        }
    }

    /// Lets `store` write the next value into a copy, by relaxed stores, and publishes it. For the writer.
    #[inline]
    pub(crate) fn write(&self, store: impl FnOnce(usize)) {
        let number = self.begin();
        store(Self::copy_of(number));
        self.publish(number);
    }

    /// The next number, whose copy no reader takes for whole from here on.
    #[inline]
    pub(crate) fn begin(&self) -> u64 {
        // The last store of it is this thread's own, or came before the word `writer` was given back or its owner dead.
        let number = self.published.load(Ordering::Relaxed).wrapping_add(1);
        self.begun.store(number, Ordering::Relaxed);
        // Pairs with the second Acquire fence in `read`: who sees a word of this write sees that it has begun.
        fence(Ordering::Release);
        number
    }

    /// Makes the copy of this number the value.
    #[inline]
    fn publish(&self, number: u64) {
        // Release pairs with the first Acquire fence in `read`: who sees the number sees the words.
        self.published.store(number, Ordering::Release);
    }

    /// The copy that holds the value. For the writer.
    #[inline]
    pub(crate) fn current(&self) -> usize {
        Self::copy_of(self.published.load(Ordering::Relaxed))
    }

    /// The copy of the value with this number.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "less than `COPIES` is left")]
    pub(crate) const fn copy_of(number: u64) -> usize {
        (number % COPIES as u64) as usize
    }

    /// Becomes the writer, in the name of the process with the token `me`, if there is none.
    #[inline]
    pub(crate) fn lock_fast(&self, me: u64) -> bool {
        self.writer.lock_fast(me)
    }

    /// Becomes the writer, also in the place of one that has died.
    #[cold]
    pub(crate) fn lock_slow(&self, me: u64, patience: Patience) -> Result<(), Held> {
        let acquired = self.writer.lock_slow(me, patience)?;
        // What a dead writer has left behind is overwritten. Who dies before both are cleared leaves them to the next.
        if acquired.is_suspect {
            self.writer.clear_suspicion();
        }
        if acquired.is_poisoned {
            self.writer.clear_poison();
        }
        Ok(())
    }

    /// Is the writer no more.
    #[inline]
    pub(crate) fn unlock(&self, me: u64) {
        self.writer.unlock(me);
    }

    /// The token of the writer, dead or alive; 0 if there is none.
    pub(crate) fn writer(&self) -> u64 {
        self.writer.owner()
    }
}
