//! One slot of a slab in the heap: a word that tells all about it, and a place for a value.
//!
//! ```text
//! word: 63: condemned | 62 … 32: next | 31 … 0: generation
//! ```
//!
//! | generation | condemned | means |
//! |---|---|---|
//! | odd | 0 | a value; it is found by a handle of the same generation |
//! | odd | 1 | a value that was removed, of which what it owns is being freed |
//! | even, but not the last | | free; `next` is the next free slot, or 0 |
//! | the last even number (`RETIRED`) | | never used again, since its generations are used up |
//!
//! Validation and the search for what a value owns know slots by the name in the layout, and ask for nothing but an odd generation:
//! so what a condemned value owns is found as well. It is apart from the twin of fixed capacity because there all of this does
//! not have to change by one store, and a slot is aligned as its value is.
//!
//! # Safety
//!
//! 1. If the generation is odd, and the slot is one of those that were used, `value` holds a value; otherwise it may hold anything.
#![allow(unsafe_code, reason = "its place is uninitialised memory")]

use std::mem::{MaybeUninit, offset_of};
use std::sync::atomic::{AtomicU64, Ordering};

use super::Handle;
use crate::ShmSafe;
use crate::layout::{Field, Kind, TypeLayout};

/// The generation of a slot that is never used again: the last even one, so that no handle is ever made twice.
const RETIRED: u32 = u32::MAX - 1;
const CONDEMNED: u64 = 1 << 63;

/// What a slot's word says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct State(u64);

/// What that means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Live,
    Condemned,
    Free,
    Retired,
}

impl State {
    /// Of a slot that was never used, and whose value is about to be the first.
    pub(super) const FIRST: Self = Self(1);

    pub(super) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    pub(super) const fn bits(self) -> u64 {
        self.0
    }

    #[expect(clippy::cast_possible_truncation, reason = "the lower half")]
    pub(super) const fn generation(self) -> u32 {
        self.0 as u32
    }

    pub(super) const fn next(self) -> u32 {
        ((self.0 & !CONDEMNED) >> 32) as u32
    }

    pub(super) const fn meaning(self) -> Meaning {
        match self.generation() {
            RETIRED => Meaning::Retired,
            generation if generation.is_multiple_of(2) => Meaning::Free,
            _ if self.0 & CONDEMNED != 0 => Meaning::Condemned,
            _ => Meaning::Live,
        }
    }

    /// Whether there is a value, which a handle of this generation finds.
    #[inline]
    pub(super) const fn is_found(self, generation: u32) -> bool {
        self.0 & (CONDEMNED | u32::MAX as u64) == generation as u64 && generation % 2 == 1
    }

    /// Of a slot with a value, with another next one, which counts when it is free.
    pub(super) const fn with_next(self, next: u32) -> Self {
        Self(self.generation() as u64 | (next as u64) << 32)
    }

    /// Of a free slot that gets a value.
    pub(super) const fn occupied(self) -> Self {
        Self(self.0 + 1)
    }

    /// Of a slot whose value is removed, and will be freed.
    pub(super) const fn condemned(self) -> Self {
        Self(self.0 | CONDEMNED)
    }

    /// Of a slot whose value is gone. It is free, or retired.
    pub(super) const fn vacated(self) -> Self {
        // Only damaged bytes have the last odd number.
        let generation = match self.generation().checked_add(1) {
            Some(generation) => generation,
            None => RETIRED,
        };
        Self(generation as u64 | (self.next() as u64) << 32)
    }
}

/// See the tables above.
#[repr(C)]
pub(super) struct Slot<T> {
    state: AtomicU64,
    value: MaybeUninit<T>,
}

/// In the layout. The one of fixed capacity has it too, but is never in a vector of a heap.
const NAME: &str = "ShmSlabSlot";

/// Where the generation lies, in bytes from the slot's start; `next` has the other half of the word.
const GENERATION_AT: usize = if cfg!(target_endian = "little") { 0 } else { 4 };

// SAFETY: `ShmSafe` requires
// 1. self-containment: numbers, and a value of `T: ShmSafe`; 2. an exact layout: `repr(C)`, offsets are the compiler's, a
//    `MaybeUninit<T>` is laid out as `T`; validation knows the kind by its name; 3. no interior mutability but in an atomic, and
//    that of `T`; 4. no drop glue: `MaybeUninit` has none; 5. a generation means the same everywhere (invariant 1).
#[diagnostic::do_not_recommend]
unsafe impl<T: ShmSafe> ShmSafe for Slot<T> {
    const LAYOUT: &'static TypeLayout = &TypeLayout {
        name: NAME,
        size: size_of::<Self>(),
        align: align_of::<Self>(),
        kind: Kind::Opaque {
            version: 1,
            fields: &[
                Field { name: "generation", offset: GENERATION_AT, layout: u32::LAYOUT },
                Field { name: "next", offset: 4 - GENERATION_AT, layout: u32::LAYOUT },
                Field { name: "value", offset: Self::VALUE_AT, layout: T::LAYOUT },
            ],
        },
    };
}

/// Where the value of a slot lies, in bytes from its start, and the value's layout, if the layout is that of slots.
pub(super) fn value_of(layout: &TypeLayout) -> Option<(usize, &'static TypeLayout)> {
    let Kind::Opaque { fields, .. } = layout.kind else { return None };
    let value = fields.iter().find(|field| field.name == "value")?;
    (layout.name == NAME).then_some((value.offset, value.layout))
}

impl<T> Slot<T> {
    /// Where the value lies, in bytes from the slot's start.
    pub(super) const VALUE_AT: usize = offset_of!(Self, value);

    /// Relaxed: it is changed by who has the slab exclusively.
    #[inline]
    fn state(&self) -> State {
        State(self.state.load(Ordering::Relaxed))
    }

    /// The value, for a handle of this generation.
    #[inline]
    pub(super) fn get(&self, generation: u32) -> Option<&T> {
        if !self.state().is_found(generation) {
            return None;
        }
        // SAFETY: `assume_init_ref` requires a value: the generation is odd (invariant 1).
        Some(unsafe { self.value.assume_init_ref() })
    }

    #[inline]
    pub(super) fn get_mut(&mut self, generation: u32) -> Option<&mut T> {
        if !self.state().is_found(generation) {
            return None;
        }
        // SAFETY: `assume_init_mut` requires a value: the generation is odd (invariant 1).
        Some(unsafe { self.value.assume_init_mut() })
    }

    /// The handle and the value, of the slot with this index.
    pub(super) fn entry(&self, index: u32) -> Option<(Handle<T>, &T)> {
        let generation = self.state().generation();
        self.get(generation).map(|value| (Handle::new(index, generation), value))
    }

    pub(super) fn entry_mut(&mut self, index: u32) -> Option<(Handle<T>, &mut T)> {
        let generation = self.state().generation();
        self.get_mut(generation).map(|value| (Handle::new(index, generation), value))
    }
}

#[cfg(test)]
mod tests {
    use super::{Meaning, RETIRED, State};

    #[test]
    fn slot_whose_generations_are_used_up_is_retired() {
        let mut state = State::from_bits(u64::from(RETIRED - 4)).with_next(7);
        for generation in [RETIRED - 3, RETIRED - 1] {
            assert_eq!(state.meaning(), Meaning::Free);
            state = state.occupied();
            assert_eq!((state.meaning(), state.is_found(generation)), (Meaning::Live, true));
            assert_eq!(
                (state.condemned().meaning(), state.condemned().is_found(generation)),
                (Meaning::Condemned, false)
            );
            state = state.condemned().vacated();
        }
        assert_eq!((state.meaning(), state.next()), (Meaning::Retired, 7));
        assert_eq!(State::from_bits(u64::from(u32::MAX)).vacated().generation(), RETIRED);
    }

    #[test]
    fn even_generation_finds_nothing() {
        assert!(!State::from_bits(0).is_found(0) && !State::from_bits(4).is_found(4));
    }
}
