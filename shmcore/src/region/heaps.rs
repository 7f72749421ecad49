//! The heaps that this process has mapped, as those find them who must not wait: a handler around a fork, and whoever finds that
//! the holder of a lock has died, in a signal handler perhaps. It is apart from the registry because that is behind a lock.
//!
//! # Safety
//!
//! 1. A node lives as long as the program, and is used again.
//! 2. A slot's pointer is null, or leads to the generation of a heap whose mapping stays until [`remove`] returns; it is an
//!    [`AtomicU64`] to everybody.
#![allow(unsafe_code, reason = "follows pointers into mappings")]

mod slot;

use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};

use self::slot::Slot;
use super::generation::{self, AtEnd};

/// What slots know of the world, in whose place models put another one.
mod world {
    pub(super) use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
    pub(super) use std::thread::yield_now as spin;
}

/// Room for one heap, in a list that only grows.
struct Node {
    slot: Slot<AtomicU64>,
    next: AtomicPtr<Node>,
}

/// The first node; null as long as this process never had a heap.
static FIRST: AtomicPtr<Node> = AtomicPtr::new(ptr::null_mut());

/// Whether this process, or one that it was forked from, has had a heap.
static HAD_HEAP: AtomicBool = AtomicBool::new(false);

/// Says that a heap is about to be used, which is new or [was inserted](insert). Whether one was used before: then the memory of
/// this process may hold containers of any heap, and it may have forked while it did not have that heap.
pub(super) fn begin_use() -> bool {
    // The order of these swaps is all that matters: a heap that is not new is in the list by then.
    HAD_HEAP.swap(true, Ordering::Relaxed)
}

/// All slots, used or not.
fn slots() -> impl Iterator<Item = &'static Slot<AtomicU64>> {
    // Acquire pairs with the Release in `insert`, here and below: a node is seen complete.
    let mut node = FIRST.load(Ordering::Acquire);
    std::iter::from_fn(move || {
        // SAFETY: `as_ref` requires null or a node that lives: invariant 1.
        let this = unsafe { node.as_ref() }?;
        node = this.next.load(Ordering::Acquire);
        Some(&this.slot)
    })
}

/// Calls `f` with the generation of each heap. Takes no lock and no memory; `f` must not panic.
fn visit(mut f: impl FnMut(&AtomicU64)) {
    for slot in slots() {
        slot.look(|word| {
            // SAFETY: `as_ref` requires null or a mapped word: invariant 2, and nobody unmaps it before this returns (`look`).
            if let Some(word) = unsafe { word.as_ref() } {
                f(word);
            }
        });
    }
}

/// Adds the heap with this generation.
///
/// # Safety
///
/// `word` is mapped, and an [`AtomicU64`] to everybody, until [`remove`] was called for it.
pub(super) unsafe fn insert(word: *mut AtomicU64) {
    if slots().any(|slot| slot.try_fill(word)) {
        return;
    }
    let next = AtomicPtr::new(ptr::null_mut());
    let node = Box::leak(Box::new(Node { slot: Slot::new(word), next }));
    let mut next = FIRST.load(Ordering::Relaxed);
    loop {
        node.next.store(next, Ordering::Release);
        match FIRST.compare_exchange_weak(next, node, Ordering::Release, Ordering::Relaxed) {
            Ok(_) => return,
            Err(first) => next = first,
        }
    }
}

/// Takes a heap out before it is unmapped, if it was inserted: nobody uses its generation by this list from here on.
pub(super) fn remove(word: *mut AtomicU64) {
    if let Some(slot) = slots().find(|slot| slot.holds(word)) {
        slot.empty();
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
    slots().for_each(Slot::forget_users);
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
    #[cfg(test)]
    let _turn = turns::take();
    if let Err(end) = advance_all() {
        panic!("{end}");
    }
}

/// Who begins generations, among the tests: they do so in every heap of the process, and some look at what a heap does without that.
#[cfg(test)]
pub(crate) mod turns {
    use std::cell::Cell;
    use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

    static TURNS: RwLock<()> = RwLock::new(());

    thread_local! {
        static IS_ALONE: Cell<bool> = const { Cell::new(false) };
    }

    /// As long as it lives, no other thread begins a generation.
    pub(crate) struct Alone {
        _turns: RwLockWriteGuard<'static, ()>,
    }

    pub(crate) fn alone() -> Alone {
        let turns = TURNS.write().unwrap_or_else(PoisonError::into_inner);
        IS_ALONE.set(true);
        Alone { _turns: turns }
    }

    impl Drop for Alone {
        fn drop(&mut self) {
            IS_ALONE.set(false);
        }
    }

    /// Waits for those who are alone, other than this thread.
    pub(super) fn take() -> Option<RwLockReadGuard<'static, ()>> {
        (!IS_ALONE.get()).then(|| TURNS.read().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
    use std::thread;

    use super::{generation, insert, is_taken, note_torn, remove, slots, visit};

    const ONE: u64 = 1 << 32;

    /// A generation that is in the list as long as this lives, and gone after that.
    struct Listed(*mut AtomicU64);

    // SAFETY: `Sync` requires that several threads may use it at once: they get its atomic, and its address.
    unsafe impl Sync for Listed {}

    impl Listed {
        fn new(word: u64) -> Self {
            let word = Box::into_raw(Box::new(AtomicU64::new(word)));
            // SAFETY: `insert` requires a word that stays until `remove`: it is freed after that.
            unsafe { insert(word) };
            Self(word)
        }

        fn is_listed(&self) -> bool {
            slots().any(|slot| slot.holds(self.0))
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

    /// What would go wrong if not: what is looked at would be unmapped meanwhile.
    #[test]
    fn heap_is_not_gone_before_nobody_looks_at_it() {
        let heap = Listed::new(41 * ONE);
        let (has_looked, looks) = (AtomicBool::new(false), AtomicBool::new(false));
        thread::scope(|scope| {
            scope.spawn(|| {
                visit(|word| {
                    if generation::id(word.load(Relaxed)) != 41 {
                        return;
                    }
                    looks.store(true, Relaxed);
                    while heap.is_listed() {
                        thread::yield_now();
                    }
                    // Whoever removes it has had its turns by then.
                    (0..100).for_each(|_| thread::yield_now());
                    has_looked.store(true, Relaxed);
                });
            });
            while !looks.load(Relaxed) {
                thread::yield_now();
            }
            remove(heap.0);
            assert!(has_looked.load(Relaxed));
        });
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
