//! What moves elements inside the queue. It is apart because it is made of slices and swaps: who is killed inside leaves elements in
//! disorder, and the two words as they were.

use super::{Ends, ShmDeque};
use crate::ShmSafe;
use crate::fixed::CapacityError;

impl<T: ShmSafe, const N: usize> ShmDeque<T, N> {
    /// Exchanges two elements.
    ///
    /// # Panics
    ///
    /// If one of them is not there.
    #[track_caller]
    pub fn swap(&mut self, i: usize, j: usize) {
        let len = self.len();
        assert!(i < len && j < len, "swap of {i} and {j} of {len} elements");
        let first = Self::place(self.ends_or_none().head);
        let place = |index| if index < N - first { first + index } else { index - (N - first) };
        self.slots.swap(place(i), place(j));
    }

    /// Puts all elements into one piece, and returns them.
    pub fn make_contiguous(&mut self) -> &mut [T] {
        let Ends { head, len } = self.ends_or_none();
        let first = Self::place(head);
        let before_end = len.min(N - first);
        if before_end < len {
            self.join(first, len);
            let wrapped = len - before_end;
            // The new position of the first place is the one from which so many elements lead to `tail` as were there: those are the
            // first ones now, so that between the two stores are elements, if not all.
            let start = if Self::behind(0, wrapped) == Self::behind(head, len) { 0 } else { N };
            // SAFETY: `set_head` requires values: all were moved to the first places, which begin at `start`.
            unsafe { self.set_head(start) };
            // SAFETY: `set_tail` requires values: `len`, as before.
            unsafe { self.set_tail(Self::behind(start, len)) };
        }
        self.as_mut_slices().0
    }

    /// Moves the elements, which go from the place `first` around the end, to the first places.
    fn join(&mut self, first: usize, len: usize) {
        if len <= first {
            // The others leave as many places free at the start as those at the end need, and no place is touched that need not be.
            let before_end = N - first;
            let (start, end) = self.slots.split_at_mut(first);
            start[..len].rotate_right(before_end);
            start[..before_end].swap_with_slice(end);
        } else {
            // Less than half of the places are free.
            self.slots.rotate_left(first);
        }
    }

    /// The elements from `start` to before `end` in their order, in two pieces, to be changed.
    pub(super) fn pieces_mut(&mut self, start: usize, end: usize) -> (&mut [T], &mut [T]) {
        let (front, back) = self.as_mut_slices();
        let border = front.len();
        (
            &mut front[start.min(border)..end.min(border)],
            &mut back[start.saturating_sub(border)..end.saturating_sub(border)],
        )
    }

    /// Moves the last of the elements from `start` to before `end` to the front of them.
    fn rotate_right_by_one(&mut self, start: usize, end: usize) {
        let (front, back) = self.pieces_mut(start, end);
        rotate_right(back);
        if let (Some(one), Some(other)) = (front.last_mut(), back.first_mut()) {
            std::mem::swap(one, other);
        }
        rotate_right(front);
    }

    /// Moves the first of the elements from `start` to before `end` to the back of them.
    fn rotate_left_by_one(&mut self, start: usize, end: usize) {
        let (front, back) = self.pieces_mut(start, end);
        rotate_left(front);
        if let (Some(one), Some(other)) = (front.last_mut(), back.first_mut()) {
            std::mem::swap(one, other);
        }
        rotate_left(back);
    }

    /// Inserts an element at `index`, and moves those between it and the end that is closer.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] with the element if the queue is full.
    ///
    /// # Panics
    ///
    /// If `index` is greater than the length.
    #[track_caller]
    pub fn insert(&mut self, index: usize, value: T) -> Result<(), CapacityError<T>> {
        let len = self.len();
        assert!(index <= len, "insertion at {index} of {len} elements");
        if index < len - index {
            self.push_front(value)?;
            self.rotate_left_by_one(0, index + 1);
        } else {
            self.push_back(value)?;
            self.rotate_right_by_one(index, len + 1);
        }
        Ok(())
    }

    /// Takes the element at `index`, if there is one, and moves those between it and the end that is closer.
    pub fn remove(&mut self, index: usize) -> Option<T> {
        let len = self.len();
        if index >= len {
            return None;
        }
        if index < len - index {
            self.rotate_right_by_one(0, index + 1);
            self.pop_front()
        } else {
            self.rotate_left_by_one(index, len);
            self.pop_back()
        }
    }

    /// Keeps the elements that fulfil a condition, in order.
    pub fn retain(&mut self, mut condition: impl FnMut(&T) -> bool) {
        self.retain_mut(|element| condition(element));
    }

    /// Keeps the elements that fulfil a condition, which may change them, in order.
    ///
    /// If it panics, all elements are there still, in some order.
    pub fn retain_mut(&mut self, mut condition: impl FnMut(&mut T) -> bool) {
        let mut kept = 0;
        for index in 0..self.len() {
            if condition(&mut self[index]) {
                self.swap(kept, index);
                kept += 1;
            }
        }
        self.truncate(kept);
    }
}

fn rotate_right<T>(elements: &mut [T]) {
    if !elements.is_empty() {
        elements.rotate_right(1);
    }
}

fn rotate_left<T>(elements: &mut [T]) {
    if !elements.is_empty() {
        elements.rotate_left(1);
    }
}
