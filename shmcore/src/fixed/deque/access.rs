//! Single elements of a queue, where they are. It is apart because all of it is slices.

use std::ops::{Index, IndexMut};

use super::ShmDeque;
use crate::ShmSafe;

impl<T: ShmSafe, const N: usize> ShmDeque<T, N> {
    /// The element at `index`, counted from the front.
    #[must_use]
    #[inline]
    pub fn get(&self, index: usize) -> Option<&T> {
        let (front, back) = self.as_slices();
        if index < front.len() { front.get(index) } else { back.get(index - front.len()) }
    }

    /// The element at `index`, counted from the front, to be changed.
    #[must_use]
    #[inline]
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        let (front, back) = self.as_mut_slices();
        if index < front.len() { front.get_mut(index) } else { back.get_mut(index - front.len()) }
    }

    /// The first element.
    #[must_use]
    #[inline]
    pub fn front(&self) -> Option<&T> {
        self.get(0)
    }

    /// The first element, to be changed.
    #[must_use]
    #[inline]
    pub fn front_mut(&mut self) -> Option<&mut T> {
        self.get_mut(0)
    }

    /// The last element.
    #[must_use]
    #[inline]
    pub fn back(&self) -> Option<&T> {
        self.get(self.len().checked_sub(1)?)
    }

    /// The last element, to be changed.
    #[must_use]
    #[inline]
    pub fn back_mut(&mut self) -> Option<&mut T> {
        self.get_mut(self.len().checked_sub(1)?)
    }

    /// Whether an element equals `value`.
    #[must_use]
    pub fn contains(&self, value: &T) -> bool
    where
        T: PartialEq,
    {
        let (front, back) = self.as_slices();
        front.contains(value) || back.contains(value)
    }
}

impl<T: ShmSafe, const N: usize> Index<usize> for ShmDeque<T, N> {
    type Output = T;

    /// # Panics
    ///
    /// If there is no element at `index`.
    #[inline]
    #[track_caller]
    fn index(&self, index: usize) -> &T {
        let Some(element) = self.get(index) else { panic!("index {index} of {} elements", self.len()) };
        element
    }
}

impl<T: ShmSafe, const N: usize> IndexMut<usize> for ShmDeque<T, N> {
    /// # Panics
    ///
    /// If there is no element at `index`.
    #[inline]
    #[track_caller]
    fn index_mut(&mut self, index: usize) -> &mut T {
        let len = self.len();
        let Some(element) = self.get_mut(index) else { panic!("index {index} of {len} elements") };
        element
    }
}
