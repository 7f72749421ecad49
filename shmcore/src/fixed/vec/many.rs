//! Changes of many elements of a vector at once.
//!
//! # Safety
//!
//! 1. As of [`vec`](super).
#![allow(unsafe_code, reason = "moves elements")]

use std::ops::{Bound, RangeBounds};
use std::ptr;

use super::{IntoIter, ShmVec};
use crate::ShmSafe;
use crate::fixed::CapacityError;

impl<T: ShmSafe, const N: usize> ShmVec<T, N> {
    /// Makes the list `len` long, with clones of `value` at the end or without its end.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] if `len` is greater than `N`; then the list is as before.
    pub fn resize(&mut self, len: usize, value: T) -> Result<(), CapacityError<T>>
    where
        T: Clone,
    {
        if len > N {
            return Err(CapacityError::new(value, N));
        }
        self.truncate(len);
        while self.len() < len {
            self.push(value.clone())?;
        }
        Ok(())
    }

    /// Adds clones of all `elements` at the end, or none.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] if they do not fit.
    pub fn extend_from_slice(&mut self, elements: &[T]) -> Result<(), CapacityError<()>>
    where
        T: Clone,
    {
        let len = self.len();
        let Some(places) = self.slots.get_mut(len..).and_then(|free| free.get_mut(..elements.len())) else {
            return Err(CapacityError::new((), N));
        };
        for (place, element) in places.iter_mut().zip(elements) {
            place.write(element.clone());
        }
        // SAFETY: `set_len` requires values in the first places: those behind the old ones were just written.
        unsafe { self.set_len(len + elements.len()) };
        Ok(())
    }

    /// Adds elements at the end as long as they fit.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] with the first one that does not fit; those before it were added.
    pub fn try_extend(&mut self, elements: impl IntoIterator<Item = T>) -> Result<(), CapacityError<T>> {
        elements.into_iter().try_for_each(|element| self.push(element))
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

    /// Removes elements whose key is that of the one before.
    pub fn dedup_by_key<K: PartialEq>(&mut self, mut key: impl FnMut(&mut T) -> K) {
        let mut kept = 0;
        for index in 0..self.len() {
            if kept == 0 || key(&mut self[index]) != key(&mut self[kept - 1]) {
                self.swap(kept, index);
                kept += 1;
            }
        }
        self.truncate(kept);
    }

    /// Removes elements that equal the one before.
    pub fn dedup(&mut self)
    where
        T: PartialEq,
    {
        let mut kept = 0;
        for index in 0..self.len() {
            if kept == 0 || self[index] != self[kept - 1] {
                self.swap(kept, index);
                kept += 1;
            }
        }
        self.truncate(kept);
    }

    /// Removes a range of elements, and returns them.
    ///
    /// # Panics
    ///
    /// If the range ends before it starts or behind the last element.
    #[track_caller]
    pub fn drain(&mut self, range: impl RangeBounds<usize>) -> IntoIter<T, N> {
        let len = self.len();
        let start = match range.start_bound() {
            Bound::Included(&start) => start,
            Bound::Excluded(&before) => before + 1,
            Bound::Unbounded => 0,
        };
        let end = match range.end_bound() {
            Bound::Included(&last) => last + 1,
            Bound::Excluded(&end) => end,
            Bound::Unbounded => len,
        };
        assert!(start <= end && end <= len, "range {start}..{end} of {len} elements");
        let mut drained = Self::new();
        // SAFETY: `add` requires a result inside the places: `start <= end <= len`.
        let first = unsafe { self.start().add(start) };
        // SAFETY: `copy_nonoverlapping` requires places valid for reads, and as many for writes of another list: `end - start <= N`.
        unsafe { ptr::copy_nonoverlapping(first, drained.start(), end - start) };
        // SAFETY: `set_len` requires values in the first places: just copied, and given up below.
        unsafe { drained.set_len(end - start) };
        // SAFETY: as above: `end <= len`.
        let behind = unsafe { self.start().add(end) };
        // SAFETY: `copy` requires places that are valid for reads and writes: `len - end` from `end` on, and from `start` on.
        unsafe { ptr::copy(behind, first, len - end) };
        // SAFETY: `set_len` requires values in the first places: those behind the range were moved there.
        unsafe { self.set_len(len - (end - start)) };
        drained.into_iter()
    }
}
