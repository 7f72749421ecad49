//! The elements of a shared slice, one handle each.

use std::iter::FusedIterator;
use std::ops::Range;

use super::Shared;
use crate::ShmSafe;

/// Yields a [`Shared<T>`] for each element of a [`Shared<[T]>`](Shared); made by
/// [`elements`](Shared::elements).
///
/// # Examples
///
/// ```
/// use shmcore::create_shared_slice;
///
/// let slice = create_shared_slice::<u32>(5)?;
/// let mut elements = slice.elements();
/// assert_eq!(elements.len(), 5);
/// let last = elements.next_back();
/// assert_eq!(last.as_deref(), Some(&0));
/// # Ok::<(), shmcore::CreateError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Elements<T> {
    slice: Shared<[T]>,
    rest: Range<usize>,
}

impl<T: ShmSafe> Elements<T> {
    pub(super) fn new(slice: Shared<[T]>) -> Self {
        let rest = 0..slice.len();
        Self { slice, rest }
    }

    fn element(&self, index: usize) -> Shared<T> {
        self.slice.project(|slice| &slice[index])
    }
}

impl<T: ShmSafe> Iterator for Elements<T> {
    type Item = Shared<T>;

    fn next(&mut self) -> Option<Shared<T>> {
        self.rest.next().map(|index| self.element(index))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rest.size_hint()
    }

    fn nth(&mut self, n: usize) -> Option<Shared<T>> {
        self.rest.nth(n).map(|index| self.element(index))
    }
}

impl<T: ShmSafe> DoubleEndedIterator for Elements<T> {
    fn next_back(&mut self) -> Option<Shared<T>> {
        self.rest.next_back().map(|index| self.element(index))
    }
}

impl<T: ShmSafe> ExactSizeIterator for Elements<T> {}

impl<T: ShmSafe> FusedIterator for Elements<T> {}
