//! The elements of a queue, one after the other.

use std::fmt;
use std::iter::{Chain, FusedIterator};
use std::slice;

use super::ShmDeque;
use crate::ShmSafe;

/// The elements of a [`ShmDeque`] or a [`heap::VecDeque`](crate::heap::VecDeque), by reference.
pub struct Iter<'a, T>(Chain<slice::Iter<'a, T>, slice::Iter<'a, T>>);

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// The elements of a [`ShmDeque`] or a [`heap::VecDeque`](crate::heap::VecDeque), to be changed.
pub struct IterMut<'a, T>(Chain<slice::IterMut<'a, T>, slice::IterMut<'a, T>>);

/// The elements of a [`ShmDeque`], by value.
pub struct IntoIter<T: ShmSafe, const N: usize>(ShmDeque<T, N>);

macro_rules! by_reference {
    ($($name:ident of $item:ty, in $slice:ty;)*) => {$(
        impl<'a, T> $name<'a, T> {
            /// The elements of two pieces, one after the other.
            pub(crate) fn of(front: $slice, back: $slice) -> Self {
                Self(front.into_iter().chain(back))
            }
        }

        impl<'a, T> Iterator for $name<'a, T> {
            type Item = $item;

            #[inline]
            fn next(&mut self) -> Option<$item> {
                self.0.next()
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.0.size_hint()
            }

            fn nth(&mut self, n: usize) -> Option<$item> {
                self.0.nth(n)
            }

            fn fold<B, F: FnMut(B, $item) -> B>(self, initial: B, with: F) -> B {
                self.0.fold(initial, with)
            }
        }

        impl<'a, T> DoubleEndedIterator for $name<'a, T> {
            #[inline]
            fn next_back(&mut self) -> Option<$item> {
                self.0.next_back()
            }
        }

        // Both pieces are slices, and at most `N` elements together.
        impl<T> ExactSizeIterator for $name<'_, T> {}

        impl<T> FusedIterator for $name<'_, T> {}

        impl<T> fmt::Debug for $name<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("left", &self.len()).finish_non_exhaustive()
            }
        }
    )*};
}

by_reference! {
    Iter of &'a T, in &'a [T];
    IterMut of &'a mut T, in &'a mut [T];
}

impl<T: ShmSafe, const N: usize> Iterator for IntoIter<T, N> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.pop_front()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.len(), Some(self.0.len()))
    }
}

impl<T: ShmSafe, const N: usize> DoubleEndedIterator for IntoIter<T, N> {
    fn next_back(&mut self) -> Option<T> {
        self.0.pop_back()
    }
}

impl<T: ShmSafe, const N: usize> ExactSizeIterator for IntoIter<T, N> {}

impl<T: ShmSafe, const N: usize> FusedIterator for IntoIter<T, N> {}

impl<T: ShmSafe + fmt::Debug, const N: usize> fmt::Debug for IntoIter<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IntoIter").field(&self.0).finish()
    }
}

impl<T: ShmSafe, const N: usize> ShmDeque<T, N> {
    /// The elements, from the front to the back.
    #[must_use]
    pub fn iter(&self) -> Iter<'_, T> {
        let (front, back) = self.as_slices();
        Iter::of(front, back)
    }

    /// The elements, from the front to the back, to be changed.
    #[must_use]
    pub fn iter_mut(&mut self) -> IterMut<'_, T> {
        let (front, back) = self.as_mut_slices();
        IterMut::of(front, back)
    }
}

impl<T: ShmSafe, const N: usize> IntoIterator for ShmDeque<T, N> {
    type Item = T;
    type IntoIter = IntoIter<T, N>;

    fn into_iter(self) -> IntoIter<T, N> {
        IntoIter(self)
    }
}

impl<'a, T: ShmSafe, const N: usize> IntoIterator for &'a ShmDeque<T, N> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T: ShmSafe, const N: usize> IntoIterator for &'a mut ShmDeque<T, N> {
    type Item = &'a mut T;
    type IntoIter = IterMut<'a, T>;

    fn into_iter(self) -> IterMut<'a, T> {
        self.iter_mut()
    }
}
