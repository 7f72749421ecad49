//! The entries of a map, one after the other.
//!
//! # Safety
//!
//! 1. The slots are those of the table of a map that is borrowed for `'a`, exclusively for [`IterMut`] and [`Drain`]; each comes once.
#![allow(unsafe_code, reason = "reaches keys and values")]

use std::fmt;
use std::iter::FusedIterator;
use std::marker::PhantomData;

use super::search::Occupied;
use super::shape::Of;
use super::{HashMap, TableOf};
use crate::ShmSafe;
use crate::heap::Heap;
use crate::heap::error::HeapError;

/// The slots of entries, and how many are left.
struct Slots<'a, K, V> {
    occupied: Occupied<'a, Of<K, V>>,
    left: usize,
}

impl<'a, K: ShmSafe, V: ShmSafe> Slots<'a, K, V> {
    fn of(table: Option<TableOf<'a, K, V>>) -> Self {
        match table {
            Some(table) => Self { occupied: table.occupied(), left: table.len().min(table.slots) },
            None => Self { occupied: Occupied::NONE, left: 0 },
        }
    }

    #[inline]
    fn next(&mut self) -> Option<(TableOf<'a, K, V>, usize)> {
        let slot = self.occupied.next()?;
        self.left = self.left.saturating_sub(1);
        Some((self.occupied.table?, slot))
    }
}

/// The entries of a [`HashMap`], in no order.
pub struct Iter<'a, K: ShmSafe, V: ShmSafe> {
    slots: Slots<'a, K, V>,
    map: PhantomData<&'a HashMap<K, V>>,
}

/// The entries of a [`HashMap`], in no order, of which the values may be changed.
pub struct IterMut<'a, K: ShmSafe, V: ShmSafe> {
    slots: Slots<'a, K, V>,
    map: PhantomData<&'a mut HashMap<K, V>>,
}

// SAFETY: `Send` requires that it may be used on another thread. It gives what `&HashMap` gives, which reads the block only.
unsafe impl<K: ShmSafe + Sync, V: ShmSafe + Sync> Send for Iter<'_, K, V> {}
// SAFETY: `Sync` requires that several threads may use it at once, which can do nothing with it.
unsafe impl<K: ShmSafe + Sync, V: ShmSafe + Sync> Sync for Iter<'_, K, V> {}
// SAFETY: as above, for what `&mut HashMap` gives: keys, and values that may be changed on the other thread.
unsafe impl<K: ShmSafe + Sync, V: ShmSafe + Send> Send for IterMut<'_, K, V> {}
// SAFETY: as above.
unsafe impl<K: ShmSafe + Sync, V: ShmSafe + Sync> Sync for IterMut<'_, K, V> {}

impl<'a, K: ShmSafe, V: ShmSafe> Iter<'a, K, V> {
    /// The entries in the table of a map that is borrowed for `'a`.
    pub(super) fn of(table: Option<TableOf<'a, K, V>>) -> Self {
        Self { slots: Slots::of(table), map: PhantomData }
    }
}

impl<K: ShmSafe, V: ShmSafe> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self {
            slots: Slots { occupied: self.slots.occupied.clone(), left: self.slots.left },
            map: PhantomData,
        }
    }
}

impl<'a, K: ShmSafe, V: ShmSafe> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (table, slot) = self.slots.next()?;
        // SAFETY: `key_in` requires a borrowed map and a slot with an entry: invariant 1.
        let key = unsafe { HashMap::<K, V>::key_in(table, slot) };
        // SAFETY: as above.
        Some((key, unsafe { HashMap::<K, V>::value_in(table, slot) }))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.slots.left, Some(self.slots.left))
    }
}

impl<'a, K: ShmSafe, V: ShmSafe> Iterator for IterMut<'a, K, V> {
    type Item = (&'a K, &'a mut V);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (table, slot) = self.slots.next()?;
        // SAFETY: `key_in` requires a borrowed map and a slot with an entry: invariant 1.
        let key = unsafe { HashMap::<K, V>::key_in(table, slot) };
        // SAFETY: `value_in_mut` requires the same, exclusively, and that nobody else has the value: each slot comes once.
        Some((key, unsafe { HashMap::<K, V>::value_in_mut(table, slot) }))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.slots.left, Some(self.slots.left))
    }
}

macro_rules! parts {
    ($(#[$doc:meta] $name:ident of $iter:ident: $item:ty, $entry:ident => $part:expr;)*) => {$(
        #[$doc]
        pub struct $name<'a, K: ShmSafe, V: ShmSafe>(pub(super) $iter<'a, K, V>);

        impl<'a, K: ShmSafe, V: ShmSafe> Iterator for $name<'a, K, V> {
            type Item = $item;

            #[inline]
            fn next(&mut self) -> Option<Self::Item> {
                self.0.next().map(|$entry| $part)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.0.size_hint()
            }
        }
    )*};
}

parts! {
    /// The keys of a [`HashMap`], in no order.
    Keys of Iter: &'a K, entry => entry.0;
    /// The values of a [`HashMap`], in no order.
    Values of Iter: &'a V, entry => entry.1;
    /// The values of a [`HashMap`], in no order, to be changed.
    ValuesMut of IterMut: &'a mut V, entry => entry.1;
}

impl<K: ShmSafe, V: ShmSafe> Clone for Keys<'_, K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: ShmSafe, V: ShmSafe> Clone for Values<'_, K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// The entries that were in a [`HashMap`], by value, in no order. Those that were not asked for are removed as well, and what they own
/// is freed.
///
/// # Process death
///
/// Each entry is taken out by itself: if the process dies, those are left that were not asked for.
pub struct Drain<'a, K: ShmSafe, V: ShmSafe> {
    heap: &'a Heap,
    slots: Slots<'a, K, V>,
    map: PhantomData<&'a mut HashMap<K, V>>,
}

impl<K: ShmSafe, V: ShmSafe> Iterator for Drain<'_, K, V> {
    type Item = Result<(K, V), HeapError>;

    /// # Errors
    ///
    /// As [`HashMap::len`]; the entry stays in the map until it is cleared at the end.
    fn next(&mut self) -> Option<Self::Item> {
        let (table, slot) = self.slots.next()?;
        Some(HashMap::<K, V>::take_entry(self.heap, table, slot))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.slots.left, Some(self.slots.left))
    }
}

impl<K: ShmSafe, V: ShmSafe> Drop for Drain<'_, K, V> {
    fn drop(&mut self) {
        if let Some(table) = self.slots.occupied.table {
            // What cannot be freed stays in the map.
            let _ = HashMap::<K, V>::clear_table(self.heap, table);
        }
    }
}

macro_rules! exact {
    ($($name:ident;)*) => {$(
        impl<K: ShmSafe, V: ShmSafe> ExactSizeIterator for $name<'_, K, V> {}

        impl<K: ShmSafe, V: ShmSafe> FusedIterator for $name<'_, K, V> {}

        impl<K: ShmSafe, V: ShmSafe> fmt::Debug for $name<'_, K, V> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("left", &self.len()).finish_non_exhaustive()
            }
        }
    )*};
}

exact! { Iter; IterMut; Keys; Values; ValuesMut; Drain; }

impl<K: ShmSafe, V: ShmSafe> HashMap<K, V> {
    /// The entries, in no order.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[expect(clippy::iter_not_returning_iterator, reason = "what the heap refuses is an error")]
    pub fn iter<'a>(&'a self, heap: &'a Heap) -> Result<Iter<'a, K, V>, HeapError> {
        Ok(Iter::of(self.table(heap)?))
    }

    /// The entries, in no order, of which the values may be changed.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[expect(clippy::iter_not_returning_iterator, reason = "what the heap refuses is an error")]
    pub fn iter_mut<'a>(&'a mut self, heap: &'a Heap) -> Result<IterMut<'a, K, V>, HeapError> {
        Ok(IterMut { slots: Slots::of(self.table(heap)?), map: PhantomData })
    }

    /// The keys, in no order.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn keys<'a>(&'a self, heap: &'a Heap) -> Result<Keys<'a, K, V>, HeapError> {
        Ok(Keys(self.iter(heap)?))
    }

    /// The values, in no order.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn values<'a>(&'a self, heap: &'a Heap) -> Result<Values<'a, K, V>, HeapError> {
        Ok(Values(self.iter(heap)?))
    }

    /// The values, in no order, to be changed.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn values_mut<'a>(&'a mut self, heap: &'a Heap) -> Result<ValuesMut<'a, K, V>, HeapError> {
        Ok(ValuesMut(self.iter_mut(heap)?))
    }

    /// Removes all entries, and returns them.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn drain<'a>(&'a mut self, heap: &'a Heap) -> Result<Drain<'a, K, V>, HeapError> {
        Ok(Drain { heap, slots: Slots::of(self.table(heap)?), map: PhantomData })
    }
}
