//! One place of a slab: a value that is there when the generation says so.
//!
//! It is apart from the slab because all that is unsafe about a value is here.
//!
//! # Safety
//!
//! 1. If the generation is odd, and the slot was used, `value` holds a value; otherwise it may hold anything. The slab asks no slot for
//!    its value that it does not count as used.
//! 2. The generation becomes odd after the value was written, and even before it is given away or overwritten, in program order: who is
//!    killed in between leaves a slot of which the first is true.
#![allow(unsafe_code, reason = "its place is uninitialised memory")]

use std::mem::{MaybeUninit, offset_of};
use std::sync::atomic::{Ordering, compiler_fence};

use super::Handle;
use crate::layout::{Field, Kind, TypeLayout};
use crate::{Immutable, ShmSafe};

/// The generation of a slot that is never used again: the last even one, so that no handle is ever made twice.
const RETIRED: u32 = u32::MAX - 1;

/// See the tables of [the slab](super).
#[repr(C)]
pub(super) struct Slot<T> {
    pub(super) generation: u32,
    pub(super) next: u32,
    value: MaybeUninit<T>,
}

// SAFETY: `ShmSafe` requires
// 1. self-containment: numbers, and a value of `T: ShmSafe`; 2. an exact layout: `repr(C)`, offsets are the compiler's, a
//    `MaybeUninit<T>` is laid out as `T`; validation knows the kind by its name; 3. no interior mutability but that of `T`;
// 4. no drop glue: `MaybeUninit` has none; 5. a generation means the same everywhere (invariant 1).
#[diagnostic::do_not_recommend]
unsafe impl<T: ShmSafe> ShmSafe for Slot<T> {
    const LAYOUT: &'static TypeLayout = &TypeLayout {
        name: "ShmSlabSlot",
        size: size_of::<Self>(),
        align: align_of::<Self>(),
        kind: Kind::Opaque {
            version: 1,
            fields: &[
                Field { name: "generation", offset: offset_of!(Self, generation), layout: u32::LAYOUT },
                Field { name: "next", offset: offset_of!(Self, next), layout: u32::LAYOUT },
                Field { name: "value", offset: offset_of!(Self, value), layout: T::LAYOUT },
            ],
        },
    };
}

// SAFETY: no interior mutability but that of the value.
#[diagnostic::do_not_recommend]
unsafe impl<T: Immutable> Immutable for Slot<T> {}

impl<T: ShmSafe> Slot<T> {
    pub(super) const fn new() -> Self {
        Self { generation: 0, next: 0, value: MaybeUninit::uninit() }
    }

    /// Whether it has a value.
    #[inline]
    pub(super) const fn is_live(&self) -> bool {
        self.generation % 2 == 1
    }

    /// Whether a value may be put in it.
    #[inline]
    pub(super) const fn is_free(&self) -> bool {
        !self.is_live() && self.generation != RETIRED
    }

    #[inline]
    pub(super) fn get(&self) -> Option<&T> {
        if !self.is_live() {
            return None;
        }
        // SAFETY: `assume_init_ref` requires a value: the generation is odd (invariant 1).
        Some(unsafe { self.value.assume_init_ref() })
    }

    #[inline]
    pub(super) fn get_mut(&mut self) -> Option<&mut T> {
        if !self.is_live() {
            return None;
        }
        // SAFETY: `assume_init_mut` requires a value: the generation is odd (invariant 1).
        Some(unsafe { self.value.assume_init_mut() })
    }

    /// The handle and the value, of the slot with this number.
    pub(super) fn entry(&self, index: u32) -> Option<(Handle<T>, &T)> {
        let handle = Handle::new(index, self.generation);
        self.get().map(|value| (handle, value))
    }

    pub(super) fn entry_mut(&mut self, index: u32) -> Option<(Handle<T>, &mut T)> {
        let handle = Handle::new(index, self.generation);
        self.get_mut().map(|value| (handle, value))
    }

    /// Puts a value in a slot that counts as empty, and returns the generation.
    #[inline]
    pub(super) fn put(&mut self, value: T) -> u32 {
        // It counts as empty with an odd generation if a process died before it has counted the slot as used.
        let empty = self.generation.wrapping_add(self.generation % 2);
        self.generation = empty;
        compiler_fence(Ordering::Release);
        self.value.write(value);
        compiler_fence(Ordering::Release);
        self.generation = empty + 1;
        compiler_fence(Ordering::Release);
        empty + 1
    }

    /// Gives an empty slot a generation that it had, and the value that belongs to it.
    #[cfg(feature = "serde")]
    pub(super) fn put_back(&mut self, generation: u32, value: Option<T>) {
        assert_eq!(generation % 2 == 1, value.is_some(), "an odd generation tells of a value");
        if let Some(value) = value {
            self.value.write(value);
            compiler_fence(Ordering::Release);
        }
        self.generation = generation;
        compiler_fence(Ordering::Release);
    }

    /// Takes the value out. The slot is free then, or retired.
    #[inline]
    pub(super) fn take(&mut self) -> Option<T> {
        if !self.is_live() {
            return None;
        }
        // Only damaged bytes have the last odd number.
        self.generation = self.generation.checked_add(1).unwrap_or(RETIRED);
        compiler_fence(Ordering::Release);
        // SAFETY: `assume_init_read` requires a value, which is used once: the generation was odd (invariant 1), and is no more.
        Some(unsafe { self.value.assume_init_read() })
    }

    /// A copy of it, with a clone of its value.
    pub(super) fn cloned(&self) -> Self
    where
        T: Clone,
    {
        let value = self.get().map_or(MaybeUninit::uninit(), |value| MaybeUninit::new(value.clone()));
        Self { generation: self.generation, next: self.next, value }
    }
}

#[cfg(test)]
mod tests {
    use super::{RETIRED, Slot};

    #[test]
    fn slot_whose_generations_are_used_up_is_retired() {
        let mut slot = Slot { generation: RETIRED - 4, ..Slot::new() };
        for generation in [RETIRED - 3, RETIRED - 1] {
            assert!(slot.is_free());
            assert_eq!(slot.put('a'), generation);
            assert_eq!(slot.take(), Some('a'));
        }
        assert!(!slot.is_free() && !slot.is_live());
        slot.generation = u32::MAX;
        assert!(slot.is_live());
        slot.take();
        assert_eq!(slot.generation, RETIRED);
    }
}
