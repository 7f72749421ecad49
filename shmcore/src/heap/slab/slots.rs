//! The slots of a slab, and what is changed in them in which order.
//!
//! ```text
//! words of a vector | slot 0: 63 … 32: first free | 31 … 1: len | 0: 0 | slots from 1 on …
//! ```
//!
//! The word of slot 0 is the *head*. It looks like that of a slot without a value, because its lowest bit is 0.
//! Free slots are a list: the head leads to the first one, each to the next one, and the last one to 0. What the head says is to be
//! read by what the slot is that it leads to:
//!
//! | the first slot of the list is | the slab has | free slots are |
//! |---|---|---|
//! | none: 0, or one that was not used yet | `len` values | none |
//! | free | `len` | from there on |
//! | retired | `len` | behind it |
//! | with a value | one value more | behind it |
//! | with a value that is condemned | `len` | from there on, when what it owns is freed |
//!
//! So it is one store, that of the slot's word, by which a value comes or goes, and the head is set before or after it:
//!
//! | | before | the store | after |
//! |---|---|---|---|
//! | insertion into a free slot | the value | the slot's word | the head leads to the next one, and counts one more |
//! | insertion into a new slot | value and word; the head leads there | the vector's length | as above |
//! | removal | the slot's `next` is the first one; the head leads there, and counts one less | the slot's word | |
//!
//! If the value owns something, the store is one of a transaction, with all that changes its owner. A value that is condemned is freed
//! by who binds the slab after the death; all else is ended by the next change.
//!
//! # Safety
//!
//! 1. A slot before `used`, the vector's length, whose generation is odd holds a value, but for the first slot. Nothing else is relied
//!    on: numbers of slots are compared with `used`, and counts are only reported.
//! 2. The caller has the slab: exclusively for what changes anything.
#![allow(unsafe_code, reason = "points to values")]

use std::marker::PhantomData;
use std::sync::atomic::{Ordering, compiler_fence};

use super::slot::{self, Meaning, Slot, State};
use super::{Handle, Heap, Vec};
use crate::ShmSafe;
use crate::heap::access::Access;
use crate::heap::block::Block;
use crate::heap::error::HeapError;
use crate::heap::raw;
use crate::heap::sequence::{LEN, Sequence};
use crate::layout::owns_heap_memory;

/// Slots have numbers of 31 bits.
const MOST: usize = (u32::MAX >> 1) as usize;

/// The slot in which a handle's value lies.
#[inline]
pub(super) const fn place<T>(handle: Handle<T>) -> usize {
    handle.index() as usize + 1
}

/// The block of a slab.
pub(super) struct Slots<'a, T> {
    block: Block<'a>,
    values: PhantomData<T>,
}

impl<T> Copy for Slots<'_, T> {}

impl<T> Clone for Slots<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

/// What the head says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) len: u32,
    /// The first free slot, or 0.
    pub(super) free: u32,
}

/// What inserts the value that was put into a slot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Insertion {
    pub(super) place: usize,
    /// The index of the word, from the block's start, that is to become `new`.
    pub(super) word: usize,
    pub(super) new: u64,
    generation: u32,
    /// The head that is to be set then.
    head: Head,
}

impl<'a, T: ShmSafe> Slots<'a, T> {
    pub(super) const fn of(block: Block<'a>) -> Self {
        Self { block, values: PhantomData }
    }

    pub(super) const fn block(self) -> Block<'a> {
        self.block
    }

    /// The number of slots, with the first one.
    #[inline]
    pub(super) fn used(self) -> usize {
        Vec::<Slot<T>>::len_of(self.block)
    }

    /// The index of a slot's word from the block's start.
    #[inline]
    pub(super) const fn word_of(place: usize) -> usize {
        (Vec::<Slot<T>>::FIRST + place * size_of::<Slot<T>>()) / size_of::<u64>()
    }

    /// What a slot's word says; there must be room for the slot, as for all below.
    #[inline]
    fn state(self, place: usize) -> State {
        State::from_bits(self.block.word(Self::word_of(place)).load(Ordering::Relaxed))
    }

    /// Where a slot's value lies.
    #[inline]
    pub(super) fn value(self, place: usize) -> *mut T {
        let slot = Vec::<Slot<T>>::element(self.block, place);
        // SAFETY: `byte_add` requires that the result is inside the same allocation: the slot has room in the block.
        unsafe { slot.byte_add(Slot::<T>::VALUE_AT) }.cast()
    }

    /// Changes a word. What was done before is done when this shows, and the other way round: for the compiler; a process
    /// that dies has done what comes before.
    #[inline]
    pub(super) fn store(self, word: usize, value: u64) {
        compiler_fence(Ordering::SeqCst);
        raw::store(self.block.word(word), value);
        compiler_fence(Ordering::SeqCst);
    }

    #[inline]
    pub(super) fn set(self, place: usize, state: State) {
        self.store(Self::word_of(place), state.bits());
    }

    /// What the head says, word for word.
    #[inline]
    pub(super) fn head(self) -> Head {
        if self.used() == 0 {
            return Head { len: 0, free: 0 };
        }
        let word = self.state(0);
        Head { len: word.generation() / 2, free: word.next() }
    }

    #[inline]
    fn set_head(self, head: Head) {
        self.store(Self::word_of(0), u64::from(head.free) << 32 | u64::from(head.len % (1 << 31)) << 1);
    }

    /// Makes the first slot of a vector that has none.
    #[cold]
    pub(super) fn format(self) {
        self.set_head(Head { len: 0, free: 0 });
        self.store(LEN, 1);
    }

    /// The first slot of the list, if there is one.
    #[inline]
    fn first(self, head: Head) -> Option<(usize, State)> {
        let place = head.free as usize;
        (place != 0 && place < self.used()).then(|| (place, self.state(place)))
    }

    /// The number of values.
    pub(super) fn len(self) -> usize {
        let head = self.head();
        let is_one_more = matches!(self.first(head), Some((_, state)) if state.meaning() == Meaning::Live);
        head.len as usize + usize::from(is_one_more)
    }

    /// Whether a handle of this generation finds a value in a slot, which may be any number.
    #[inline]
    pub(super) fn is_found(self, place: usize, generation: u32) -> bool {
        place < self.used() && self.state(place).is_found(generation)
    }

    /// The handle of the value in a slot.
    pub(super) fn handle(self, place: usize) -> Option<Handle<T>> {
        let generation = self.state(place).generation();
        self.is_found(place, generation).then(|| Handle::new(number(place - 1), generation))
    }

    /// Ends what was begun, so that the head leads to a free slot, or to none. Returns what it says then.
    #[inline]
    pub(super) fn settled(self, heap: &Heap) -> Result<Head, HeapError> {
        let list = self.head();
        match self.first(list) {
            None => Ok(Head { free: 0, ..list }),
            Some((_, state)) if state.meaning() == Meaning::Free => Ok(list),
            Some(_) => self.settle(heap),
        }
    }

    #[cold]
    fn settle(self, heap: &Heap) -> Result<Head, HeapError> {
        // Each round but that of a condemned value makes the list shorter by one, if it is one.
        for _ in 0..=self.used() {
            let Head { len, free } = self.head();
            let Some((place, state)) = self.first(Head { len, free }) else {
                return Ok(Head { len, free: 0 });
            };
            match state.meaning() {
                Meaning::Free => return Ok(Head { len, free }),
                Meaning::Retired => self.set_head(Head { len, free: state.next() }),
                Meaning::Live => self.set_head(Head { len: len.saturating_add(1), free: state.next() }),
                Meaning::Condemned => self.end_discard(heap, place, state)?,
            }
        }
        Err(HeapError::Corrupt {
            what: "the list of free places of a slab has no end",
            number: self.head().free.into(),
        })
    }

    /// Begins to insert a value into a free slot; `None` if there is none.
    #[inline]
    pub(super) fn begin_reuse(self, heap: &Heap) -> Result<Option<Insertion>, HeapError> {
        let list = self.settled(heap)?;
        let Some((place, state)) = self.first(list) else { return Ok(None) };
        let occupied = state.occupied();
        Ok(Some(Insertion {
            place,
            word: Self::word_of(place),
            new: occupied.bits(),
            generation: occupied.generation(),
            head: Head { len: list.len.saturating_add(1), free: state.next() },
        }))
    }

    /// Begins to insert a value into a new slot, for which there is room, where no slot is free. `None` if numbers are used up.
    pub(super) fn begin_append(self) -> Option<Insertion> {
        let place = self.used();
        if place > MOST {
            return None;
        }
        let Head { len, .. } = self.head();
        self.set(place, State::FIRST);
        // There is no such slot yet, so that the list is as empty as it was.
        self.set_head(Head { len, free: number(place) });
        Some(Insertion {
            place,
            word: LEN,
            new: place as u64 + 1,
            generation: State::FIRST.generation(),
            head: Head { len: len.saturating_add(1), free: State::FIRST.next() },
        })
    }

    /// Ends an insertion whose word was changed.
    #[inline]
    pub(super) fn end_insertion(self, insertion: Insertion) -> Handle<T> {
        self.set_head(insertion.head);
        Handle::new(number(insertion.place - 1), insertion.generation)
    }

    /// Begins to remove the value of a slot, which is still there: it goes when the slot is [vacated](State::vacated).
    pub(super) fn begin_removal(self, heap: &Heap, place: usize) -> Result<State, HeapError> {
        let list = self.settled(heap)?;
        let state = self.state(place).with_next(list.free);
        self.set(place, state);
        self.set_head(Head { len: list.len.saturating_sub(1), free: number(place) });
        Ok(state)
    }

    /// Removes the value of a slot, and frees what it owns.
    pub(super) fn discard(self, heap: &Heap, place: usize) -> Result<(), HeapError> {
        let state = self.begin_removal(heap, place)?;
        if !owns_heap_memory(T::LAYOUT) {
            self.set(place, state.vacated());
            return Ok(());
        }
        self.set(place, state.condemned());
        self.end_discard(heap, place, state)
    }

    /// Frees what a condemned value owns. If this process dies meanwhile, whoever binds the slab next goes on; if it fails, whoever
    /// changes it.
    fn end_discard(self, heap: &Heap, place: usize, state: State) -> Result<(), HeapError> {
        let mut access = Access::new(heap)?;
        // SAFETY: `free_owned_by` requires a value that the caller has alone and never uses again: one that no handle finds,
        // of a slab that the caller has exclusively (invariant 2). If it was freed in part, it has empty containers.
        unsafe { access.free_owned_by(T::LAYOUT, self.value(place).cast()) }?;
        self.set(place, state.vacated());
        Ok(())
    }
}

/// Frees what a condemned value owns, in a slab that is known by the sequence of its slots, for who binds it.
pub(in crate::heap) fn mend(access: &mut Access<'_>, slots: Sequence<'_>) -> Result<(), HeapError> {
    let Some((value_at, layout)) = slot::value_of(slots.layout()) else { return Ok(()) };
    let word = |place: usize| slots.block().word(slots.offset_of(place) / size_of::<u64>());
    let state = |place| State::from_bits(word(place).load(Ordering::Relaxed));
    let used = slots.count();
    if used == 0 {
        return Ok(());
    }
    let first = state(0).next() as usize;
    if first == 0 || first >= used || state(first).meaning() != Meaning::Condemned {
        return Ok(());
    }
    // SAFETY: `byte_add` requires that the result is inside the block: the slot is.
    let value = unsafe { slots.element(first).byte_add(value_at) };
    // SAFETY: `free_owned_by` requires a value that the caller has alone and never uses again: as in `end_discard`; who binds a
    // container has it alone.
    unsafe { access.free_owned_by(layout, value) }?;
    compiler_fence(Ordering::SeqCst);
    raw::store(word(first), state(first).vacated().bits());
    compiler_fence(Ordering::SeqCst);
    Ok(())
}

/// The number of a slot.
#[expect(clippy::cast_possible_truncation, reason = "numbers are at most `MOST`")]
const fn number(place: usize) -> u32 {
    place as u32
}
