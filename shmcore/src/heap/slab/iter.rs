//! The values of a slab, one after the other, with their handles.

use std::fmt;
use std::iter::{Enumerate, FusedIterator};
use std::slice;

use super::{Handle, Heap, HeapError, Slab, Slot};
use crate::ShmSafe;

/// The handles and values of a [`Slab`], in the order of their places.
pub struct Iter<'a, T> {
    slots: Enumerate<slice::Iter<'a, Slot<T>>>,
    left: usize,
}

/// The handles and values of a [`Slab`], in the order of their places; the values may be changed.
pub struct IterMut<'a, T> {
    slots: Enumerate<slice::IterMut<'a, Slot<T>>>,
    left: usize,
}

/// The index of a slot's handle.
fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

impl<'a, T> Iterator for Iter<'a, T> {
    type Item = (Handle<T>, &'a T);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.slots.find_map(|(index, slot)| slot.entry(number(index)))?;
        self.left = self.left.saturating_sub(1);
        Some(entry)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self { slots: self.slots.clone(), left: self.left }
    }
}

impl<'a, T> Iterator for IterMut<'a, T> {
    type Item = (Handle<T>, &'a mut T);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.slots.find_map(|(index, slot)| slot.entry_mut(number(index)))?;
        self.left = self.left.saturating_sub(1);
        Some(entry)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

macro_rules! exact {
    ($($name:ident)*) => {$(
        impl<T> ExactSizeIterator for $name<'_, T> {}

        impl<T> FusedIterator for $name<'_, T> {}

        impl<T> fmt::Debug for $name<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("left", &self.left).finish_non_exhaustive()
            }
        }
    )*};
}

exact! { Iter IterMut }

impl<T: ShmSafe> Slab<T> {
    /// The handles and values, in the order of their places.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[expect(clippy::iter_not_returning_iterator, reason = "what the heap refuses is an error")]
    pub fn iter<'a>(&'a self, heap: &'a Heap) -> Result<Iter<'a, T>, HeapError> {
        let left = self.len(heap)?;
        // The first slot is the head.
        let slots = self.slots.as_slice(heap)?.get(1..).unwrap_or_default();
        Ok(Iter { slots: slots.iter().enumerate(), left })
    }

    /// The handles and values, in the order of their places; the values may be changed.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[expect(clippy::iter_not_returning_iterator, reason = "what the heap refuses is an error")]
    pub fn iter_mut<'a>(&'a mut self, heap: &'a Heap) -> Result<IterMut<'a, T>, HeapError> {
        let left = self.len(heap)?;
        let slots = self.slots.as_mut_slice(heap)?.get_mut(1..).unwrap_or_default();
        Ok(IterMut { slots: slots.iter_mut().enumerate(), left })
    }
}
