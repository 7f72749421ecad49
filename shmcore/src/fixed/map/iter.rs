//! The entries of a map, one after the other.

use std::fmt;
use std::iter::FusedIterator;

use super::table::{EntriesMut, Table};
use super::{Pair, ShmMap};
use crate::ShmSafe;

/// The entries of a [`ShmMap`], in no order.
pub struct Iter<'a, K: ShmSafe, V: ShmSafe, const N: usize> {
    table: &'a Table<Pair<K, V>, N>,
    next: usize,
    left: usize,
}

impl<K: ShmSafe, V: ShmSafe, const N: usize> Clone for Iter<'_, K, V, N> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

/// The entries of a [`ShmMap`], in no order, of which the values may be changed.
pub struct IterMut<'a, K: ShmSafe, V: ShmSafe> {
    entries: EntriesMut<'a, Pair<K, V>>,
    left: usize,
}

impl<'a, K: ShmSafe, V: ShmSafe, const N: usize> Iterator for Iter<'a, K, V, N> {
    type Item = (&'a K, &'a V);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let place = self.table.next_entry(self.next)?;
        self.next = place + 1;
        self.left = self.left.saturating_sub(1);
        self.table.get(place).map(|entry| (&entry.key, &entry.value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<'a, K: ShmSafe, V: ShmSafe> Iterator for IterMut<'a, K, V> {
    type Item = (&'a K, &'a mut V);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.entries.next()?;
        self.left = self.left.saturating_sub(1);
        Some((&entry.key, &mut entry.value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

macro_rules! parts {
    ($(#[$doc:meta] $name:ident [$(const $n:ident)?] of $iter:ty: $item:ty, $entry:ident => $part:expr;)*) => {$(
        #[$doc]
        pub struct $name<'a, K: ShmSafe, V: ShmSafe $(, const $n: usize)?>($iter);

        impl<'a, K: ShmSafe, V: ShmSafe $(, const $n: usize)?> Iterator for $name<'a, K, V $(, $n)?> {
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
    /// The keys of a [`ShmMap`], in no order.
    Keys [const N] of Iter<'a, K, V, N>: &'a K, entry => entry.0;
    /// The values of a [`ShmMap`], in no order.
    Values [const N] of Iter<'a, K, V, N>: &'a V, entry => entry.1;
    /// The values of a [`ShmMap`], in no order, to be changed.
    ValuesMut [] of IterMut<'a, K, V>: &'a mut V, entry => entry.1;
}

impl<K: ShmSafe, V: ShmSafe, const N: usize> Clone for Keys<'_, K, V, N> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: ShmSafe, V: ShmSafe, const N: usize> Clone for Values<'_, K, V, N> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// The entries of a [`ShmMap`], by value, in no order.
pub struct IntoIter<K: ShmSafe, V: ShmSafe, const N: usize> {
    table: Table<Pair<K, V>, N>,
    next: usize,
}

impl<K: ShmSafe, V: ShmSafe, const N: usize> Iterator for IntoIter<K, V, N> {
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        let (next, entry) = self.table.take_next(self.next)?;
        self.next = next;
        Some((entry.key, entry.value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.table.len(), Some(self.table.len()))
    }
}

/// The entries that were in a [`ShmMap`], by value, in no order. Those that were not asked for are removed as well.
pub struct Drain<'a, K: ShmSafe, V: ShmSafe, const N: usize> {
    table: &'a mut Table<Pair<K, V>, N>,
    next: usize,
}

impl<K: ShmSafe, V: ShmSafe, const N: usize> Iterator for Drain<'_, K, V, N> {
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        let (next, entry) = self.table.take_next(self.next)?;
        self.next = next;
        Some((entry.key, entry.value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.table.len(), Some(self.table.len()))
    }
}

impl<K: ShmSafe, V: ShmSafe, const N: usize> Drop for Drain<'_, K, V, N> {
    fn drop(&mut self) {
        self.table.clear();
    }
}

macro_rules! exact {
    ($($name:ident [$($lifetime:lifetime)?] [$(const $n:ident)?];)*) => {$(
        impl<$($lifetime,)? K: ShmSafe, V: ShmSafe $(, const $n: usize)?> ExactSizeIterator
            for $name<$($lifetime,)? K, V $(, $n)?> {}

        impl<$($lifetime,)? K: ShmSafe, V: ShmSafe $(, const $n: usize)?> FusedIterator
            for $name<$($lifetime,)? K, V $(, $n)?> {}

        impl<$($lifetime,)? K: ShmSafe, V: ShmSafe $(, const $n: usize)?> fmt::Debug
            for $name<$($lifetime,)? K, V $(, $n)?>
        {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("left", &self.len()).finish_non_exhaustive()
            }
        }
    )*};
}

exact! {
    Iter ['a] [const N];
    IterMut ['a] [];
    Keys ['a] [const N];
    Values ['a] [const N];
    ValuesMut ['a] [];
    IntoIter [] [const N];
    Drain ['a] [const N];
}

impl<K: ShmSafe, V: ShmSafe, const N: usize> ShmMap<K, V, N> {
    /// The entries, in no order.
    #[must_use]
    pub fn iter(&self) -> Iter<'_, K, V, N> {
        Iter { table: &self.table, next: 0, left: self.len() }
    }

    /// The entries, in no order, of which the values may be changed.
    #[must_use]
    pub fn iter_mut(&mut self) -> IterMut<'_, K, V> {
        let left = self.len();
        IterMut { entries: self.table.entries_mut(), left }
    }

    /// The keys, in no order.
    #[must_use]
    pub fn keys(&self) -> Keys<'_, K, V, N> {
        Keys(self.iter())
    }

    /// The values, in no order.
    #[must_use]
    pub fn values(&self) -> Values<'_, K, V, N> {
        Values(self.iter())
    }

    /// The values, in no order, to be changed.
    #[must_use]
    pub fn values_mut(&mut self) -> ValuesMut<'_, K, V> {
        ValuesMut(self.iter_mut())
    }

    /// Removes all entries, and returns them.
    pub fn drain(&mut self) -> Drain<'_, K, V, N> {
        Drain { table: &mut self.table, next: 0 }
    }
}

impl<K: ShmSafe, V: ShmSafe, const N: usize> IntoIterator for ShmMap<K, V, N> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V, N>;

    fn into_iter(self) -> IntoIter<K, V, N> {
        IntoIter { table: self.table, next: 0 }
    }
}

impl<'a, K: ShmSafe, V: ShmSafe, const N: usize> IntoIterator for &'a ShmMap<K, V, N> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V, N>;

    fn into_iter(self) -> Iter<'a, K, V, N> {
        self.iter()
    }
}

impl<'a, K: ShmSafe, V: ShmSafe, const N: usize> IntoIterator for &'a mut ShmMap<K, V, N> {
    type Item = (&'a K, &'a mut V);
    type IntoIter = IterMut<'a, K, V>;

    fn into_iter(self) -> IterMut<'a, K, V> {
        self.iter_mut()
    }
}
