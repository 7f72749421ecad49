//! Elements that were taken out of the queue together.
//!
//! # Safety
//!
//! `left` values are at the positions from `next` on of the queue that is borrowed, and are no elements of it any more.

use std::fmt;
use std::iter::FusedIterator;
use std::ops::{Bound, RangeBounds};

use super::{Ends, ShmDeque};
use crate::ShmSafe;

/// The elements that were in a range of a [`ShmDeque`], by value. They are removed, also those that are not asked for.
pub struct Drain<'a, T: ShmSafe, const N: usize> {
    deque: &'a mut ShmDeque<T, N>,
    next: usize,
    left: usize,
}

impl<T: ShmSafe, const N: usize> ShmDeque<T, N> {
    /// Removes a range of elements, and returns them. At an end of the queue, nothing is moved.
    ///
    /// # Panics
    ///
    /// If the range ends before it starts or behind the last element.
    #[track_caller]
    pub fn drain(&mut self, range: impl RangeBounds<usize>) -> Drain<'_, T, N> {
        let len = self.len();
        let start = match range.start_bound() {
            Bound::Included(&start) => start,
            Bound::Excluded(&before) => before.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let end = match range.end_bound() {
            Bound::Included(&last) => last.saturating_add(1),
            Bound::Excluded(&end) => end,
            Bound::Unbounded => len,
        };
        assert!(start <= end && end <= len, "range {start}..{end} of {len} elements");
        let left = end - start;
        if start == 0 {
            let next = self.ends_to_change().head;
            // SAFETY: `set_head` requires at most `N` values: those behind the range.
            unsafe { self.set_head(Self::behind(next, left)) };
            return Drain { deque: self, next, left };
        }
        if end < len {
            // Those behind the range move in front of it.
            self.make_contiguous()[start..].rotate_left(left);
        }
        let Ends { head, .. } = self.ends_to_change();
        let next = Self::behind(head, len - left);
        // SAFETY: `set_tail` requires at most `N` values: those that stay, which are in front of the range.
        unsafe { self.set_tail(next) };
        Drain { deque: self, next, left }
    }
}

impl<T: ShmSafe, const N: usize> Iterator for Drain<'_, T, N> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.left = self.left.checked_sub(1)?;
        let position = self.next;
        self.next = ShmDeque::<T, N>::behind(position, 1);
        // SAFETY: `take` requires a value that is used once: it is the next of those that are left, and not left any more.
        Some(unsafe { self.deque.take(position) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<T: ShmSafe, const N: usize> DoubleEndedIterator for Drain<'_, T, N> {
    fn next_back(&mut self) -> Option<T> {
        self.left = self.left.checked_sub(1)?;
        let position = ShmDeque::<T, N>::behind(self.next, self.left);
        // SAFETY: `take` requires a value that is used once: it is the last of those that are left, and not left any more.
        Some(unsafe { self.deque.take(position) })
    }
}

impl<T: ShmSafe, const N: usize> ExactSizeIterator for Drain<'_, T, N> {}

impl<T: ShmSafe, const N: usize> FusedIterator for Drain<'_, T, N> {}

impl<T: ShmSafe, const N: usize> fmt::Debug for Drain<'_, T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain").field("left", &self.left).finish_non_exhaustive()
    }
}
