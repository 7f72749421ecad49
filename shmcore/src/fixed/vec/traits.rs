//! What a list has because its elements have it.

use std::borrow::{Borrow, BorrowMut};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::slice;

use super::{IntoIter, ShmVec};
use crate::ShmSafe;

impl<T: ShmSafe, const N: usize> Default for ShmVec<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: ShmSafe + Clone, const N: usize> Clone for ShmVec<T, N> {
    fn clone(&self) -> Self {
        let mut clone = Self::new();
        // As many places as there are elements.
        let _ = clone.extend_from_slice(self);
        clone
    }
}

impl<T: ShmSafe + fmt::Debug, const N: usize> fmt::Debug for ShmVec<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(f)
    }
}

impl<T: ShmSafe + Hash, const N: usize> Hash for ShmVec<T, N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

impl<T: ShmSafe + Eq, const N: usize> Eq for ShmVec<T, N> {}

impl<T: ShmSafe + PartialEq<U>, U: ShmSafe, const N: usize, const M: usize> PartialEq<ShmVec<U, M>>
    for ShmVec<T, N>
{
    fn eq(&self, other: &ShmVec<U, M>) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<T: ShmSafe + PartialEq<U>, U, const N: usize> PartialEq<[U]> for ShmVec<T, N> {
    fn eq(&self, other: &[U]) -> bool {
        self.as_slice() == other
    }
}

impl<T: ShmSafe + PartialEq<U>, U, const N: usize> PartialEq<&[U]> for ShmVec<T, N> {
    fn eq(&self, other: &&[U]) -> bool {
        self.as_slice() == *other
    }
}

impl<T: ShmSafe + PartialEq<U>, U, const N: usize, const M: usize> PartialEq<[U; M]> for ShmVec<T, N> {
    fn eq(&self, other: &[U; M]) -> bool {
        self.as_slice() == other
    }
}

impl<T: ShmSafe + PartialEq<U>, U, const N: usize> PartialEq<Vec<U>> for ShmVec<T, N> {
    fn eq(&self, other: &Vec<U>) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<T: ShmSafe + PartialOrd, const N: usize> PartialOrd for ShmVec<T, N> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.as_slice().partial_cmp(other.as_slice())
    }
}

impl<T: ShmSafe + Ord, const N: usize> Ord for ShmVec<T, N> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_slice().cmp(other.as_slice())
    }
}

impl<T: ShmSafe, const N: usize> AsRef<[T]> for ShmVec<T, N> {
    fn as_ref(&self) -> &[T] {
        self
    }
}

impl<T: ShmSafe, const N: usize> AsMut<[T]> for ShmVec<T, N> {
    fn as_mut(&mut self) -> &mut [T] {
        self
    }
}

impl<T: ShmSafe, const N: usize> Borrow<[T]> for ShmVec<T, N> {
    fn borrow(&self) -> &[T] {
        self
    }
}

impl<T: ShmSafe, const N: usize> BorrowMut<[T]> for ShmVec<T, N> {
    fn borrow_mut(&mut self) -> &mut [T] {
        self
    }
}

impl<T: ShmSafe, const N: usize> Extend<T> for ShmVec<T, N> {
    /// Adds all elements at the end.
    ///
    /// # Panics
    ///
    /// If they do not fit; [`try_extend`](ShmVec::try_extend) returns an error instead.
    #[track_caller]
    fn extend<I: IntoIterator<Item = T>>(&mut self, elements: I) {
        for element in elements {
            assert!(self.push(element).is_ok(), "more elements than the {N} that fit");
        }
    }
}

impl<'a, T: ShmSafe + Copy, const N: usize> Extend<&'a T> for ShmVec<T, N> {
    /// Adds copies of all elements at the end.
    ///
    /// # Panics
    ///
    /// If they do not fit.
    #[track_caller]
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, elements: I) {
        self.extend(elements.into_iter().copied());
    }
}

impl<T: ShmSafe, const N: usize> IntoIterator for ShmVec<T, N> {
    type Item = T;
    type IntoIter = IntoIter<T, N>;

    fn into_iter(self) -> IntoIter<T, N> {
        IntoIter::new(self)
    }
}

impl<'a, T: ShmSafe, const N: usize> IntoIterator for &'a ShmVec<T, N> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    fn into_iter(self) -> slice::Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T: ShmSafe, const N: usize> IntoIterator for &'a mut ShmVec<T, N> {
    type Item = &'a mut T;
    type IntoIter = slice::IterMut<'a, T>;

    fn into_iter(self) -> slice::IterMut<'a, T> {
        self.iter_mut()
    }
}
