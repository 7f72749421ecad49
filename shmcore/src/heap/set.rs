//! `HashSet<T>`: a hash set in the heap, which grows. It is a [`HashMap`] whose keys have no values; what is here is std's interface to
//! sets.

use std::fmt;
use std::iter::FusedIterator;

use super::error::{HeapError, InsertError};
use super::{Heap, IntoKey, Key, map};
use crate::ShmSafe;
use crate::heap::HashMap;

/// A hash set in a heap: the twin of [`std::collections::HashSet`].
///
/// As [`heap::HashMap`](HashMap), with which it shares what is said there of the heap, of hashes, of freeing and of death.
///
/// # Examples
///
/// ```
/// use shmcore::{ShmMutex, ShmOptions, heap::{HashSet, String}};
///
/// let heap = ShmOptions::anonymous().create_heap::<ShmMutex<HashSet<String>>>(64 << 10)?;
/// let mut seen = heap.root().lock().expect("nobody has died");
/// assert!(seen.insert(&heap, "shared")?);
/// assert!(!seen.insert(&heap, "shared")?);
/// assert!(seen.contains(&heap, "shared")?);
/// assert!(seen.remove(&heap, "shared")?);
/// seen.free(&heap)?;
/// assert_eq!(heap.used(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(ShmSafe)]
#[repr(C)]
#[shm(name = "HeapSet")]
pub struct HashSet<T> {
    map: HashMap<T, ()>,
}

impl<T> HashSet<T> {
    /// A set without elements, which owns nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { map: HashMap::new() }
    }
}

impl<T: ShmSafe> HashSet<T> {
    /// The number of elements.
    ///
    /// # Errors
    ///
    /// [`HeapError`], but not for want of memory.
    pub fn len(&self, heap: &Heap) -> Result<usize, HeapError> {
        self.map.len(heap)
    }

    /// Whether there are no elements.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn is_empty(&self, heap: &Heap) -> Result<bool, HeapError> {
        self.map.is_empty(heap)
    }

    /// How many elements there is room for before the set grows, at least.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn capacity(&self, heap: &Heap) -> Result<usize, HeapError> {
        self.map.capacity(heap)
    }

    /// Whether there is an element that equals `value`.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn contains<Q: ?Sized>(&self, heap: &Heap, value: &Q) -> Result<bool, HeapError>
    where
        T: Key<Q>,
    {
        self.map.contains_key(heap, value)
    }

    /// The element that equals `value`.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn get<'a, Q: ?Sized>(&'a self, heap: &'a Heap, value: &Q) -> Result<Option<&'a T>, HeapError>
    where
        T: Key<Q>,
    {
        Ok(self.map.get_key_value(heap, value)?.map(|(element, ())| element))
    }

    /// Inserts an element, and returns whether there was none that equals it. As in std, the old one stays then. What makes one in the
    /// heap, such as a `&str` for a [`String`](crate::heap::String), does as well.
    ///
    /// # Errors
    ///
    /// [`HeapError::OutOfMemory`] if the set would have to grow and cannot, or what is to be made has no room, and as
    /// [`len`](Self::len); with the value. The set has the elements that it had.
    #[inline]
    pub fn insert<Q: IntoKey<T>>(&mut self, heap: &Heap, value: Q) -> Result<bool, InsertError<Q>> {
        match self.map.insert(heap, value, ()) {
            Ok(old) => Ok(old.is_none()),
            Err(error) => {
                let reason = error.error();
                Err(InsertError::new(error.into_inner().0, reason))
            }
        }
    }

    /// Removes the element that equals `value`, frees what it owns, and returns whether there was one.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn remove<Q: ?Sized>(&mut self, heap: &Heap, value: &Q) -> Result<bool, HeapError>
    where
        T: Key<Q>,
    {
        Ok(self.map.remove(heap, value)?.is_some())
    }

    /// Removes the element that equals `value`, and returns it.
    ///
    /// What it owns itself lies in the heap still, and is this process's own now.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn take<Q: ?Sized>(&mut self, heap: &Heap, value: &Q) -> Result<Option<T>, HeapError>
    where
        T: Key<Q>,
    {
        Ok(self.map.remove_entry(heap, value)?.map(|(element, ())| element))
    }

    /// Keeps the elements that fulfil a condition, and frees what the others own.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len); the elements that were not asked about are kept.
    pub fn retain(&mut self, heap: &Heap, mut condition: impl FnMut(&T) -> bool) -> Result<(), HeapError> {
        self.map.retain(heap, |element, ()| condition(element))
    }

    /// Makes room for so many elements more.
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert).
    pub fn reserve(&mut self, heap: &Heap, additional: usize) -> Result<(), HeapError>
    where
        T: IntoKey<T>,
    {
        self.map.reserve(heap, additional)
    }

    /// Gives memory back that is not needed for the elements there are.
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert): a smaller table is allocated first.
    pub fn shrink_to_fit(&mut self, heap: &Heap) -> Result<(), HeapError>
    where
        T: IntoKey<T>,
    {
        self.map.shrink_to_fit(heap)
    }

    /// Removes all elements and frees what they own; the set keeps its capacity.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len); the elements that were not reached are kept.
    pub fn clear(&mut self, heap: &Heap) -> Result<(), HeapError> {
        self.map.clear(heap)
    }

    /// Frees all that the set owns; it is empty then.
    ///
    /// # Errors
    ///
    /// As [`clear`](Self::clear).
    pub fn free(&mut self, heap: &Heap) -> Result<(), HeapError> {
        self.map.free(heap)
    }

    /// The elements, in no order.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[expect(clippy::iter_not_returning_iterator, reason = "what the heap refuses is an error")]
    pub fn iter<'a>(&'a self, heap: &'a Heap) -> Result<Iter<'a, T>, HeapError> {
        self.map.keys(heap).map(Iter)
    }

    /// Removes all elements, and returns them.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn drain<'a>(&'a mut self, heap: &'a Heap) -> Result<Drain<'a, T>, HeapError> {
        self.map.drain(heap).map(Drain)
    }

    /// The set to read, compared with its heap once and not at each look-up.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn view<'a>(&'a self, heap: &'a Heap) -> Result<View<'a, T>, HeapError> {
        self.map.view(heap).map(View)
    }
}

impl<T> Default for HashSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for HashSet<T> {
    /// Not the elements, which are to be had with the heap only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HashSet").field("is_empty", &self.map.owns_nothing()).finish_non_exhaustive()
    }
}

/// A set that was compared with its heap, to read: what [`HashSet::view`] returns.
///
/// # Examples
///
/// ```
/// use shmcore::{ShmMutex, ShmOptions, heap::HashSet};
///
/// let heap = ShmOptions::anonymous().create_heap::<ShmMutex<HashSet<u32>>>(64 << 10)?;
/// let mut set = heap.root().lock().expect("nobody has died");
/// set.insert(&heap, 5)?;
/// let view = set.view(&heap)?;
/// assert!(view.contains(&5)? && !view.contains(&6)?);
/// assert!(view.iter().eq([&5]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct View<'a, T: ShmSafe>(map::View<'a, T, ()>);

impl<'a, T: ShmSafe> View<'a, T> {
    /// The number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is an element that equals `value`.
    ///
    /// # Errors
    ///
    /// As [`HashSet::len`], of an element that has its contents in the heap, such as a [`String`](crate::heap::String); none if the
    /// element owns nothing.
    #[inline]
    pub fn contains<Q: ?Sized>(&self, value: &Q) -> Result<bool, HeapError>
    where
        T: Key<Q>,
    {
        self.0.contains_key(value)
    }

    /// The element that equals `value`.
    ///
    /// # Errors
    ///
    /// As [`contains`](Self::contains).
    #[inline]
    pub fn get<Q: ?Sized>(&self, value: &Q) -> Result<Option<&'a T>, HeapError>
    where
        T: Key<Q>,
    {
        Ok(self.0.get_key_value(value)?.map(|(element, ())| element))
    }

    /// The elements, in no order.
    #[must_use]
    pub fn iter(&self) -> Iter<'a, T> {
        Iter(self.0.keys())
    }
}

impl<'a, T: ShmSafe> IntoIterator for &View<'a, T> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: ShmSafe> Clone for View<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ShmSafe> Copy for View<'_, T> {}

impl<T: ShmSafe + fmt::Debug> fmt::Debug for View<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self).finish()
    }
}

/// The elements of a [`HashSet`], in no order.
pub struct Iter<'a, T: ShmSafe>(map::Keys<'a, T, ()>);

impl<T: ShmSafe> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// The elements that were in a [`HashSet`], by value, in no order. Those that were not asked for are removed as well, and what they own
/// is freed.
///
/// # Process death
///
/// Each element is taken out by itself: if the process dies, those are left that were not asked for.
pub struct Drain<'a, T: ShmSafe>(map::Drain<'a, T, ()>);

macro_rules! iterators {
    ($($name:ident of $item:ty, $entry:ident => $element:expr;)*) => {$(
        impl<'a, T: ShmSafe> Iterator for $name<'a, T> {
            type Item = $item;

            #[inline]
            fn next(&mut self) -> Option<Self::Item> {
                self.0.next().map(|$entry| $element)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.0.size_hint()
            }
        }

        impl<T: ShmSafe> ExactSizeIterator for $name<'_, T> {}

        impl<T: ShmSafe> FusedIterator for $name<'_, T> {}

        impl<T: ShmSafe> fmt::Debug for $name<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("left", &self.len()).finish_non_exhaustive()
            }
        }
    )*};
}

iterators! {
    Iter of &'a T, element => element;
    Drain of Result<T, HeapError>, entry => entry.map(|(element, ())| element);
}

#[cfg(test)]
mod tests;
