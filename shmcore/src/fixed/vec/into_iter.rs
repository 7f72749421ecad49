//! The elements of a list, by value.

use std::fmt;
use std::iter::FusedIterator;
use std::mem::MaybeUninit;

use super::ShmVec;
use crate::ShmSafe;

/// The elements of a [`ShmVec`], by value.
pub struct IntoIter<T: ShmSafe, const N: usize> {
    /// Without the elements that were given away, which are the first in their order.
    list: ShmVec<T, N>,
    next: usize,
}

impl<T: ShmSafe, const N: usize> IntoIter<T, N> {
    pub(super) const fn new(list: ShmVec<T, N>) -> Self {
        Self { list, next: 0 }
    }

    /// The elements that are left.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        &self.list[self.next..]
    }
}

impl<T: ShmSafe, const N: usize> Iterator for IntoIter<T, N> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        if self.next == self.list.len() {
            return None;
        }
        let slot = &self.list.slots[self.next];
        self.next += 1;
        // SAFETY: `assume_init_read` requires a value, which is used once: it is one of the first `len` (invariant 1 of the list), and
        // none before `next` is used again.
        Some(unsafe { MaybeUninit::assume_init_read(slot) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.list.len() - self.next;
        (left, Some(left))
    }
}

impl<T: ShmSafe, const N: usize> DoubleEndedIterator for IntoIter<T, N> {
    fn next_back(&mut self) -> Option<T> {
        if self.next == self.list.len() { None } else { self.list.pop() }
    }
}

impl<T: ShmSafe, const N: usize> ExactSizeIterator for IntoIter<T, N> {}

impl<T: ShmSafe, const N: usize> FusedIterator for IntoIter<T, N> {}

impl<T: ShmSafe + fmt::Debug, const N: usize> fmt::Debug for IntoIter<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IntoIter").field(&self.as_slice()).finish()
    }
}
