//! What does not fit.

use std::error::Error;
use std::fmt;

/// A container of fixed capacity is full; what was to be added is inside.
///
/// # Examples
///
/// ```
/// use shmcore::fixed::ShmVec;
///
/// let mut vec = ShmVec::<u32, 1>::new();
/// vec.push(7)?;
/// let full = vec.push(8).unwrap_err();
/// assert_eq!(full.to_string(), "the container is full: it holds at most 1");
/// assert_eq!(full.into_inner(), 8);
/// # Ok::<(), shmcore::fixed::CapacityError<u32>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CapacityError<T> {
    rejected: T,
    capacity: usize,
}

impl<T> CapacityError<T> {
    pub(super) const fn new(rejected: T, capacity: usize) -> Self {
        Self { rejected, capacity }
    }

    /// What was to be added.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.rejected
    }

    /// What was to be added, by reference.
    #[must_use]
    pub fn get_ref(&self) -> &T {
        &self.rejected
    }

    /// How much the container holds at most: elements, or bytes of a string.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.capacity
    }
}

impl<T> fmt::Debug for CapacityError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CapacityError").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}

impl<T> fmt::Display for CapacityError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the container is full: it holds at most {}", self.capacity)
    }
}

impl<T> Error for CapacityError<T> {}
