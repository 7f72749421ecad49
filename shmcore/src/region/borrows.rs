//! How many borrows of shared memory are live in this process that a fork must not duplicate: those of locks' guards, and
//! the exclusive ones of values in the making; and how many blocks of heaps this process's own memory owns.
//!
//! A fork duplicates every borrow, and two `&mut` to one value are undefined behaviour where the value is shared.
//! The safe fork asks here first. It has made sure that there is one thread, so a count for each thread is enough, and is
//! much cheaper than one for all; what a thread leaves behind at its end, because it has forgotten a guard, is added
//! to a count that stays.

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Of threads that have ended. Only the process's sole thread relies on the number, and joining the others, or seeing that they
/// are gone, came before.
static LEFT_BEHIND: AtomicUsize = AtomicUsize::new(0);

/// The blocks of heaps whose owners lie in this process's own memory, or lay there when they were counted.
static PRIVATE_BLOCKS: AtomicUsize = AtomicUsize::new(0);

/// Counts such blocks one by one; set by the heap's layer.
static COUNT_PRIVATE_BLOCKS: OnceLock<fn() -> usize> = OnceLock::new();

thread_local! {
    /// One more than the number of live borrows of this thread; 0 before the first one, and when the thread ends.
    static LIVE: Cell<usize> = const { Cell::new(0) };
    static AT_EXIT: AtExit = const { AtExit };
}

/// Moves what a thread leaves behind to the count that stays.
struct AtExit;

impl Drop for AtExit {
    fn drop(&mut self) {
        LEFT_BEHIND.fetch_add(LIVE.replace(0).saturating_sub(1), Ordering::Release);
    }
}

/// Counts as one borrow until it is dropped, on the same thread. Forgotten, it counts for good, and forks are refused.
#[derive(Debug)]
pub(crate) struct Borrow(PhantomData<*const ()>);

impl Borrow {
    #[inline]
    pub(crate) fn begin() -> Self {
        match LIVE.get() {
            0 => begin_first(),
            live => LIVE.set(live + 1),
        }
        Self(PhantomData)
    }

    /// Whether this thread has begun a borrow before, which makes [`begin_another`](Self::begin_another) right.
    #[inline]
    pub(crate) fn is_known() -> bool {
        LIVE.get() != 0
    }

    /// The same as [`begin`](Self::begin) on a thread that [is known](Self::is_known), in two instructions.
    #[inline]
    pub(crate) fn begin_another() -> Self {
        LIVE.set(LIVE.get() + 1);
        Self(PhantomData)
    }

    /// The number of borrows that are live, if this is the only thread.
    pub(crate) fn live() -> usize {
        LEFT_BEHIND.load(Ordering::Acquire) + LIVE.get().saturating_sub(1)
    }
}

/// Notes that this process's own memory has come to own a block of a heap.
#[allow(dead_code, reason = "told by the containers of a heap")]
pub(crate) fn note_private_block() {
    // The fork that looks at the number is of the only thread.
    PRIVATE_BLOCKS.fetch_add(1, Ordering::Relaxed);
}

/// Notes that it owns one less.
#[allow(dead_code, reason = "told by the containers of a heap")]
pub(crate) fn note_private_block_gone() {
    let less = |count: usize| count.checked_sub(1);
    // At 0 stays what was counted before this process was forked.
    let _ = PRIVATE_BLOCKS.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
}

/// Sets what counts the blocks one by one. Only the first call does.
#[allow(dead_code, reason = "set by the allocator of heaps")]
pub(crate) fn set_count_of_private_blocks(count: fn() -> usize) {
    let _ = COUNT_PRIVATE_BLOCKS.set(count);
}

/// The number of blocks of heaps whose owners lie in this process's own memory, if this is the only thread.
///
/// An owner may have been moved into its heap by a plain assignment, of which nobody was told: so they are counted one by one
/// before a number is told that is not 0.
pub(crate) fn private_blocks() -> usize {
    let noted = PRIVATE_BLOCKS.load(Ordering::Relaxed);
    match COUNT_PRIVATE_BLOCKS.get() {
        Some(count) if noted != 0 => {
            let counted = count();
            PRIVATE_BLOCKS.store(counted, Ordering::Relaxed);
            counted
        }
        _ => noted,
    }
}

/// Says in a forked child that it owns none of its parent's blocks.
pub(super) fn forget_private_blocks() {
    PRIVATE_BLOCKS.store(0, Ordering::Relaxed);
}

#[cold]
fn begin_first() {
    if AT_EXIT.try_with(|_| ()).is_ok() {
        LIVE.set(2);
    } else {
        // The thread is ending, and nobody will look at its count any more.
        LEFT_BEHIND.fetch_add(1, Ordering::Release);
    }
}

impl Drop for Borrow {
    #[inline]
    fn drop(&mut self) {
        let live = LIVE.get();
        // Not above 1 if the thread is ending: then the borrow counts for good.
        if live > 1 {
            LIVE.set(live - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Borrow;
    use std::mem;
    use std::thread;

    /// The threads of other tests do not show in the count of this one, but what they leave behind would.
    #[test]
    fn borrows_of_a_thread_count_until_dropped_and_forgotten_ones_for_good() {
        let before = Borrow::live();
        let one = Borrow::begin();
        let two = Borrow::begin();
        assert_eq!(Borrow::live(), before + 2);
        drop(one);
        assert_eq!(Borrow::live(), before + 1);
        drop(two);
        assert_eq!(Borrow::live(), before);

        thread::spawn(|| drop(Borrow::begin())).join().expect("no panic");
        assert_eq!(Borrow::live(), before);
        thread::spawn(|| mem::forget(Borrow::begin())).join().expect("no panic");
        assert_eq!(Borrow::live(), before + 1);
    }
}
