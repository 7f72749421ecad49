//! `ShmSet<K, N>`: a hash set of at most `N` elements. It is a [`ShmMap`] whose keys have no values; what is here is std's interface
//! to sets.

use std::borrow::Borrow;
use std::hash::Hash;

use super::{CapacityError, ShmMap};
use crate::ShmSafe;

mod iter;
mod operations;
mod traits;

pub use iter::{Drain, IntoIter, Iter};
pub use operations::{Difference, Intersection, SymmetricDifference, Union};

/// A hash set of at most `N` elements: [`HashSet`](std::collections::HashSet), inside the value.
///
/// `Hash` and `Eq` of the elements must mean the same in all processes. Nothing is on the heap: its size is that of `2 N` elements and
/// `2 N` bytes, whatever it holds.
///
/// # Layout
///
/// That of a [`ShmMap`] with values of no size. All zeroes is the empty set.
///
/// # Process death
///
/// That of a [`ShmMap`]: an element may not be found, or be there twice; [`rebuild`](Self::rebuild) puts that in order.
///
/// # Examples
///
/// ```
/// use shmcore::{ShmMutex, ShmSet, create_shared};
///
/// let seen = create_shared::<ShmMutex<ShmSet<u64, 1000>>>()?;
/// let mut seen = seen.lock().expect("nobody has died");
/// assert!(seen.insert(7)?);
/// assert!(!seen.insert(7)?);
/// assert!(seen.contains(&7));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(ShmSafe)]
#[repr(C)]
pub struct ShmSet<K, const N: usize> {
    map: ShmMap<K, (), N>,
}

impl<K: ShmSafe, const N: usize> ShmSet<K, N> {
    /// An empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self { map: ShmMap::new() }
    }

    /// How many elements it holds at most: `N`.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        N
    }

    /// The number of elements.
    #[must_use]
    #[inline]
    pub const fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether there are no elements.
    #[must_use]
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// Whether there is no room for another element.
    #[must_use]
    #[inline]
    pub const fn is_full(&self) -> bool {
        self.map.is_full()
    }

    /// Removes all elements.
    pub fn clear(&mut self) {
        self.map.clear();
    }
}

impl<K: ShmSafe + Eq + Hash, const N: usize> ShmSet<K, N> {
    /// Whether there is an element that equals `value`.
    #[inline]
    pub fn contains<Q>(&self, value: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.map.contains_key(value)
    }

    /// The element that equals `value`.
    #[inline]
    pub fn get<Q>(&self, value: &Q) -> Option<&K>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.map.get_key_value(value).map(|(element, ())| element)
    }

    /// Inserts an element, and returns whether there was none that equals it. As in std, the old one stays then.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] with the element if the set is full and has none that equals it.
    #[inline]
    pub fn insert(&mut self, value: K) -> Result<bool, CapacityError<K>> {
        self.map.insert(value, ()).map(|old| old.is_none()).map_err(rejected)
    }

    /// Inserts an element in place of the one that equals it, which is returned.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] with the element if the set is full and has none that equals it.
    pub fn replace(&mut self, value: K) -> Result<Option<K>, CapacityError<K>> {
        let old = self.take(&value);
        self.insert(value).map(|_| old)
    }

    /// Removes the element that equals `value`, and returns whether there was one.
    #[inline]
    pub fn remove<Q>(&mut self, value: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.take(value).is_some()
    }

    /// Removes the element that equals `value`, and returns it.
    #[inline]
    pub fn take<Q>(&mut self, value: &Q) -> Option<K>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.map.remove_entry(value).map(|(element, ())| element)
    }

    /// Keeps the elements that fulfil a condition.
    pub fn retain(&mut self, mut condition: impl FnMut(&K) -> bool) {
        self.map.retain(|element, ()| condition(element));
    }

    /// Puts elements that are not found where they are, and removes those that are there twice, of which one stays. For a set under
    /// a lock that was poisoned by a death.
    pub fn rebuild(&mut self) {
        self.map.rebuild();
    }

    /// Inserts elements as long as they fit.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] with the first one that does not fit; those before it were inserted.
    pub fn try_extend(&mut self, elements: impl IntoIterator<Item = K>) -> Result<(), CapacityError<K>> {
        elements.into_iter().try_for_each(|element| self.insert(element).map(|_| ()))
    }
}

fn rejected<K>(error: CapacityError<(K, ())>) -> CapacityError<K> {
    let capacity = error.capacity();
    CapacityError::new(error.into_inner().0, capacity)
}

#[cfg(test)]
mod tests;
