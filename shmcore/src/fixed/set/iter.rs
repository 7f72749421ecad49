//! The elements of a set, one after the other.

use std::fmt;
use std::iter::FusedIterator;

use super::ShmSet;
use crate::ShmSafe;
use crate::fixed::map;

/// The elements of a [`ShmSet`], in no order.
pub struct Iter<'a, K: ShmSafe, const N: usize>(map::Keys<'a, K, (), N>);

impl<K: ShmSafe, const N: usize> Clone for Iter<'_, K, N> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// The elements of a [`ShmSet`], by value, in no order.
pub struct IntoIter<K: ShmSafe, const N: usize>(map::IntoIter<K, (), N>);

/// The elements that were in a [`ShmSet`], by value, in no order. Those that were not asked for are removed as well.
pub struct Drain<'a, K: ShmSafe, const N: usize>(map::Drain<'a, K, (), N>);

macro_rules! iterators {
    ($($name:ident [$($lifetime:lifetime)?] of $item:ty, $entry:pat => $element:expr;)*) => {$(
        impl<$($lifetime,)? K: ShmSafe, const N: usize> Iterator for $name<$($lifetime,)? K, N> {
            type Item = $item;

            #[inline]
            fn next(&mut self) -> Option<$item> {
                self.0.next().map(|$entry| $element)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.0.size_hint()
            }
        }

        impl<$($lifetime,)? K: ShmSafe, const N: usize> ExactSizeIterator for $name<$($lifetime,)? K, N> {}

        impl<$($lifetime,)? K: ShmSafe, const N: usize> FusedIterator for $name<$($lifetime,)? K, N> {}

        impl<$($lifetime,)? K: ShmSafe, const N: usize> fmt::Debug for $name<$($lifetime,)? K, N> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("left", &self.len()).finish_non_exhaustive()
            }
        }
    )*};
}

iterators! {
    Iter ['a] of &'a K, element => element;
    IntoIter [] of K, (element, ()) => element;
    Drain ['a] of K, (element, ()) => element;
}

impl<K: ShmSafe, const N: usize> ShmSet<K, N> {
    /// The elements, in no order.
    #[must_use]
    pub fn iter(&self) -> Iter<'_, K, N> {
        Iter(self.map.keys())
    }

    /// Removes all elements, and returns them.
    pub fn drain(&mut self) -> Drain<'_, K, N> {
        Drain(self.map.drain())
    }
}

impl<K: ShmSafe, const N: usize> IntoIterator for ShmSet<K, N> {
    type Item = K;
    type IntoIter = IntoIter<K, N>;

    fn into_iter(self) -> IntoIter<K, N> {
        IntoIter(self.map.into_iter())
    }
}

impl<'a, K: ShmSafe, const N: usize> IntoIterator for &'a ShmSet<K, N> {
    type Item = &'a K;
    type IntoIter = Iter<'a, K, N>;

    fn into_iter(self) -> Iter<'a, K, N> {
        self.iter()
    }
}
