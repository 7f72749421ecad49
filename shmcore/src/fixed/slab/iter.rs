//! The values of a slab, one after the other, with their handles.

use std::fmt;
use std::iter::{Enumerate, FusedIterator};
use std::slice;

use super::{Handle, ShmSlab, Slot};
use crate::ShmSafe;

/// The handles and values of a [`ShmSlab`], in the order of their places.
pub struct Iter<'a, T: ShmSafe> {
    slots: Enumerate<slice::Iter<'a, Slot<T>>>,
    left: usize,
}

/// The handles and values of a [`ShmSlab`], in the order of their places; the values may be changed.
pub struct IterMut<'a, T: ShmSafe> {
    slots: Enumerate<slice::IterMut<'a, Slot<T>>>,
    left: usize,
}

/// The handles and values of a [`ShmSlab`], by value, in the order of their places.
pub struct IntoIter<T: ShmSafe, const N: usize> {
    slab: ShmSlab<T, N>,
    next: usize,
}

/// The handles and values that were in a [`ShmSlab`], by value. Those that were not asked for are removed as well.
pub struct Drain<'a, T: ShmSafe, const N: usize> {
    slab: &'a mut ShmSlab<T, N>,
    next: usize,
}

/// The number of a slot, which is less than that of all slots.
fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

impl<'a, T: ShmSafe> Iterator for Iter<'a, T> {
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

impl<T: ShmSafe> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self { slots: self.slots.clone(), left: self.left }
    }
}

impl<'a, T: ShmSafe> Iterator for IterMut<'a, T> {
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

impl<T: ShmSafe, const N: usize> ShmSlab<T, N> {
    /// Takes the value of the first slot from `from` on that has one, with its handle.
    fn take_next(&mut self, from: usize) -> Option<(Handle<T>, T)> {
        let place = (from..self.used()).find(|&place| self.slots[place].is_live())?;
        let handle = Handle::new(number(place), self.slots[place].generation);
        self.take(place).map(|value| (handle, value))
    }

    /// The handles and values, in the order of their places.
    #[must_use]
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { slots: self.used_slots().iter().enumerate(), left: self.len() }
    }

    /// The handles and values, in the order of their places; the values may be changed.
    #[must_use]
    pub fn iter_mut(&mut self) -> IterMut<'_, T> {
        let (left, used) = (self.len(), self.used());
        IterMut { slots: self.slots[..used].iter_mut().enumerate(), left }
    }

    /// Removes all values, and returns them with the handles that they had.
    pub fn drain(&mut self) -> Drain<'_, T, N> {
        Drain { slab: self, next: 0 }
    }
}

macro_rules! by_value {
    ($($name:ident [$($lifetime:lifetime)?];)*) => {$(
        impl<$($lifetime,)? T: ShmSafe, const N: usize> Iterator for $name<$($lifetime,)? T, N> {
            type Item = (Handle<T>, T);

            fn next(&mut self) -> Option<Self::Item> {
                let (handle, value) = self.slab.take_next(self.next)?;
                self.next = handle.index() as usize + 1;
                Some((handle, value))
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                (self.slab.len(), Some(self.slab.len()))
            }
        }
    )*};
}

by_value! {
    IntoIter [];
    Drain ['a];
}

impl<T: ShmSafe, const N: usize> Drop for Drain<'_, T, N> {
    fn drop(&mut self) {
        // What was not asked for; and where the counts were damaged, they are right from here on.
        self.slab.clear();
    }
}

macro_rules! exact {
    ($($name:ident [$($lifetime:lifetime)?] [$(const $n:ident)?];)*) => {$(
        impl<$($lifetime,)? T: ShmSafe $(, const $n: usize)?> ExactSizeIterator for $name<$($lifetime,)? T $(, $n)?> {}

        impl<$($lifetime,)? T: ShmSafe $(, const $n: usize)?> FusedIterator for $name<$($lifetime,)? T $(, $n)?> {}

        impl<$($lifetime,)? T: ShmSafe $(, const $n: usize)?> fmt::Debug for $name<$($lifetime,)? T $(, $n)?> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("left", &self.len()).finish_non_exhaustive()
            }
        }
    )*};
}

exact! {
    Iter ['a] [];
    IterMut ['a] [];
    IntoIter [] [const N];
    Drain ['a] [const N];
}

impl<T: ShmSafe, const N: usize> IntoIterator for ShmSlab<T, N> {
    type Item = (Handle<T>, T);
    type IntoIter = IntoIter<T, N>;

    fn into_iter(self) -> IntoIter<T, N> {
        IntoIter { slab: self, next: 0 }
    }
}

impl<'a, T: ShmSafe, const N: usize> IntoIterator for &'a ShmSlab<T, N> {
    type Item = (Handle<T>, &'a T);
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T: ShmSafe, const N: usize> IntoIterator for &'a mut ShmSlab<T, N> {
    type Item = (Handle<T>, &'a mut T);
    type IntoIter = IterMut<'a, T>;

    fn into_iter(self) -> IterMut<'a, T> {
        self.iter_mut()
    }
}
