//! The heaps that this process has mapped, as those find them who must not wait: a handler around a fork, and whoever finds that
//! the holder of a lock has died, in a signal handler perhaps. It is apart from the registry because that is behind a lock.
//!
//! # Safety
//!
//! 1. A place lives as long as the program, and is used again.
//! 2. `word` of a place is null, or leads to the generation of a heap whose mapping stays until [`remove`] returns; it is an
//!    [`AtomicU64`] to everybody.
//! 3. [`remove`] returns when nobody uses the word any more: `users` is raised before the word is read, and it is found to be 0
//!    after the word was made null. All four are `SeqCst`: of the two, at least one sees what the other has done.
#![allow(unsafe_code, reason = "follows pointers into mappings")]

use std::hint;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::thread;

use super::generation::{self, AtEnd};

/// Room for one heap.
struct Place {
    word: AtomicPtr<AtomicU64>,
    /// Threads that look at it.
    users: AtomicUsize,
    next: AtomicPtr<Place>,
}

/// The first place; null as long as this process never had a heap.
static FIRST: AtomicPtr<Place> = AtomicPtr::new(ptr::null_mut());

/// Whether this process, or one that it was forked from, has had a heap.
static HAD_HEAP: AtomicBool = AtomicBool::new(false);

/// Says that a heap, which [was inserted](insert), is about to be used. Whether one was used before: then the memory of this process
/// may hold containers of any heap, and it may have forked while it did not have that heap.
pub(super) fn begin_use() -> bool {
    // The order of these swaps is all that matters: whoever comes second has its heap in the list by then.
    HAD_HEAP.swap(true, Ordering::Relaxed)
}

/// All places, used or not.
fn places() -> impl Iterator<Item = &'static Place> {
    // Acquire pairs with the Release in `insert`, here and below: a place is seen complete.
    let mut place = FIRST.load(Ordering::Acquire);
    std::iter::from_fn(move || {
        // SAFETY: `as_ref` requires null or a place that lives: invariant 1.
        let this = unsafe { place.as_ref() }?;
        place = this.next.load(Ordering::Acquire);
        Some(this)
    })
}

/// Calls `f` with the generation of each heap. Takes no lock and no memory; `f` must not panic.
fn visit(mut f: impl FnMut(&AtomicU64)) {
    for place in places() {
        place.users.fetch_add(1, Ordering::SeqCst);
        // SAFETY: `as_ref` requires null or a mapped word: invariant 2, and nobody unmaps it while `users` counts this thread
        // (invariant 3).
        if let Some(word) = unsafe { place.word.load(Ordering::SeqCst).as_ref() } {
            f(word);
        }
        place.users.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Adds the heap with this generation.
///
/// # Safety
///
/// `word` is mapped, and an [`AtomicU64`] to everybody, until [`remove`] was called for it.
pub(super) unsafe fn insert(word: *mut AtomicU64) {
    let take = |place: &Place| {
        place.word.compare_exchange(ptr::null_mut(), word, Ordering::SeqCst, Ordering::Relaxed).is_ok()
    };
    if places().any(take) {
        return;
    }
    let place = Box::leak(Box::new(Place {
        word: AtomicPtr::new(word),
        users: AtomicUsize::new(0),
        next: AtomicPtr::new(ptr::null_mut()),
    }));
    let mut next = FIRST.load(Ordering::Relaxed);
    loop {
        place.next.store(next, Ordering::Release);
        match FIRST.compare_exchange_weak(next, place, Ordering::Release, Ordering::Relaxed) {
            Ok(_) => return,
            Err(first) => next = first,
        }
    }
}

/// Takes a heap out before it is unmapped, if it was inserted: nobody uses its generation by this list from here on.
pub(super) fn remove(word: *mut AtomicU64) {
    let Some(place) = places().find(|place| place.word.load(Ordering::Relaxed) == word) else { return };
    place.word.store(ptr::null_mut(), Ordering::SeqCst);
    for tries in 0_u32.. {
        if place.users.load(Ordering::SeqCst) == 0 {
            return;
        }
        if tries < 100 { hint::spin_loop() } else { thread::yield_now() }
    }
}

/// Whether another heap than that with the generation at `word` has its id.
pub(super) fn is_taken(id: u64, word: *const AtomicU64) -> bool {
    let mut is_taken = false;
    visit(|other| is_taken |= !ptr::eq(other, word) && generation::id(other.load(Ordering::Relaxed)) == id);
    is_taken
}

/// Begins the next generation of every heap.
pub(super) fn advance_all() -> Result<(), AtEnd> {
    let mut all = Ok(());
    visit(|word| all = all.and(generation::advance(word)));
    all
}

/// Forgets the threads that a child has not inherited.
pub(super) fn after_fork_in_child() {
    places().for_each(|place| place.users.store(0, Ordering::SeqCst));
}

/// Says that the holder of a lock has died, whose value may now hold two containers of the same bytes: in the middle of
/// a move. The caller has the lock, and nobody looks at the value before this returns.
///
/// It says so of every heap of this process, and not only of one that the lock lies in: a container may lie behind any lock.
///
/// # Panics
///
/// If the generations of one have come to their end.
pub(crate) fn note_torn() {
    if let Err(end) = advance_all() {
        panic!("{end}");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    use std::thread;

    use super::{insert, is_taken, note_torn, remove};

    const ONE: u64 = 1 << 32;

    /// A generation that is in the list as long as this lives, and gone after that.
    struct Listed(*mut AtomicU64);

    impl Listed {
        fn new(word: u64) -> Self {
            let word = Box::into_raw(Box::new(AtomicU64::new(word)));
            // SAFETY: `insert` requires a word that stays until `remove`: it is freed after that.
            unsafe { insert(word) };
            Self(word)
        }

        fn word(&self) -> u64 {
            // SAFETY: a reference requires a word that lives: it is freed when `self` is dropped.
            unsafe { &*self.0 }.load(Relaxed)
        }
    }

    impl Drop for Listed {
        fn drop(&mut self) {
            remove(self.0);
            // SAFETY: `from_raw` requires what `into_raw` returned, and nobody who uses it: it is in no list any more.
            drop(unsafe { Box::from_raw(self.0) });
        }
    }

    /// Other tests may find torn values at the same time.
    #[test]
    fn torn_value_begins_a_generation_of_every_heap_that_is_mapped() {
        let heaps: Vec<_> = (11..15).map(|id| Listed::new(id * ONE)).collect();
        note_torn();
        assert!(heaps.iter().zip(11..).all(|(heap, id)| heap.word() > id * ONE));
        drop(heaps);
        let again = Listed::new(11 * ONE);
        note_torn();
        assert!(again.word() > 11 * ONE);
    }

    #[test]
    fn id_is_taken_by_another_heap_only() {
        let heap = Listed::new(21 * ONE);
        assert!(!is_taken(21, heap.0));
        let other = Listed::new(21 * ONE);
        assert!(is_taken(21, heap.0));
        drop(other);
        assert!(!is_taken(21, heap.0));
    }

    #[test]
    fn heaps_come_and_go_while_others_look() {
        let rounds = if cfg!(miri) { 20 } else { 20_000 };
        thread::scope(|scope| {
            for id in 31..34 {
                scope.spawn(move || {
                    (0..rounds).for_each(|_| assert!(Listed::new(id * ONE).word() >= id * ONE));
                });
            }
            scope.spawn(|| (0..rounds).for_each(|_| note_torn()));
        });
    }
}
