//! `BTreeSet<T>`: an ordered set in the heap. It is a [`BTreeMap`] whose keys have no values; what is here is std's interface to sets.

use std::fmt;
use std::iter::FusedIterator;
use std::ops::RangeBounds;

use super::error::{HeapError, InsertError};
use super::{Heap, IntoOrderedKey, OrderedKey, btree};
use crate::ShmSafe;
use crate::heap::BTreeMap;

/// An ordered set in a heap: the twin of [`std::collections::BTreeSet`].
///
/// As [`heap::BTreeMap`](BTreeMap), with which it shares what is said there of the heap, of order, of freeing and of death.
///
/// # Examples
///
/// ```
/// use shmcore::{ShmMutex, ShmOptions, heap::{BTreeSet, String}};
///
/// let heap = ShmOptions::anonymous().create_heap::<ShmMutex<BTreeSet<String>>>(64 << 10)?;
/// let mut names = heap.root().lock().expect("nobody has died");
/// assert!(names.insert(&heap, "second")?);
/// assert!(names.insert(&heap, "first")?);
/// assert!(!names.insert(&heap, "second")?);
/// assert_eq!(names.first(&heap)?.expect("two").as_str(&heap)?, "first");
/// assert!(names.last(&heap)?.is_some() && names.iter(&heap)?.len() == 2);
/// names.free(&heap)?;
/// assert_eq!(heap.used(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(ShmSafe)]
#[repr(C)]
#[shm(name = "HeapTreeSet")]
pub struct BTreeSet<T> {
    map: BTreeMap<T, ()>,
}

impl<T> BTreeSet<T> {
    /// A set without elements, which owns nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { map: BTreeMap::new() }
    }
}

impl<T: ShmSafe> BTreeSet<T> {
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

    /// Whether there is an element that equals `value`.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn contains<Q: ?Sized>(&self, heap: &Heap, value: &Q) -> Result<bool, HeapError>
    where
        T: OrderedKey<Q>,
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
        T: OrderedKey<Q>,
    {
        Ok(self.map.get_key_value(heap, value)?.map(|(element, ())| element))
    }

    /// The least element.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn first<'a>(&'a self, heap: &'a Heap) -> Result<Option<&'a T>, HeapError> {
        Ok(self.map.first_key_value(heap)?.map(|(element, ())| element))
    }

    /// The greatest element.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn last<'a>(&'a self, heap: &'a Heap) -> Result<Option<&'a T>, HeapError> {
        Ok(self.map.last_key_value(heap)?.map(|(element, ())| element))
    }

    /// Inserts an element, and returns whether there was none that equals it. As in std, the old one stays then. What makes one in the
    /// heap, such as a `&str` for a [`String`](crate::heap::String), does as well.
    ///
    /// # Errors
    ///
    /// As [`BTreeMap::insert`], with the value.
    #[inline]
    pub fn insert<Q: IntoOrderedKey<T>>(&mut self, heap: &Heap, value: Q) -> Result<bool, InsertError<Q>> {
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
        T: OrderedKey<Q>,
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
        T: OrderedKey<Q>,
    {
        Ok(self.map.remove_entry(heap, value)?.map(|(element, ())| element))
    }

    /// Removes the least element, and returns it, as [`take`](Self::take) does.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn pop_first(&mut self, heap: &Heap) -> Result<Option<T>, HeapError> {
        Ok(self.map.pop_first(heap)?.map(|(element, ())| element))
    }

    /// Removes the greatest element, and returns it, as [`take`](Self::take) does.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn pop_last(&mut self, heap: &Heap) -> Result<Option<T>, HeapError> {
        Ok(self.map.pop_last(heap)?.map(|(element, ())| element))
    }

    /// Removes all elements and frees what they own, and the nodes.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn clear(&mut self, heap: &Heap) -> Result<(), HeapError> {
        self.map.clear(heap)
    }

    /// Frees all that the set owns; it is empty then.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn free(&mut self, heap: &Heap) -> Result<(), HeapError> {
        self.map.free(heap)
    }

    /// The elements, in order.
    ///
    /// # Errors
    ///
    /// As [`BTreeMap::iter`].
    #[expect(clippy::iter_not_returning_iterator, reason = "what the heap refuses is an error")]
    pub fn iter<'a>(&'a self, heap: &'a Heap) -> Result<Iter<'a, T>, HeapError> {
        self.map.keys(heap).map(Iter)
    }

    /// The elements that lie in a range, in order.
    ///
    /// # Errors
    ///
    /// As [`BTreeMap::iter`].
    ///
    /// # Panics
    ///
    /// As [`BTreeMap::range`].
    pub fn range<'a, Q: Ord + ?Sized, R: RangeBounds<Q>>(
        &'a self,
        heap: &'a Heap,
        range: R,
    ) -> Result<Range<'a, T>, HeapError>
    where
        T: OrderedKey<Q>,
    {
        self.map.range(heap, range).map(Range)
    }
}

impl<T> Default for BTreeSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for BTreeSet<T> {
    /// Not the elements, which are to be had with the heap only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BTreeSet").field("is_empty", &self.map.owns_nothing()).finish_non_exhaustive()
    }
}

/// The elements of a [`BTreeSet`], in order.
pub struct Iter<'a, T: ShmSafe>(btree::Keys<'a, T, ()>);

/// Some elements of a [`BTreeSet`], in order.
pub struct Range<'a, T: ShmSafe>(btree::Range<'a, T, ()>);

macro_rules! iterators {
    ($($name:ident: $entry:ident => $element:expr;)*) => {$(
        impl<T: ShmSafe> Clone for $name<'_, T> {
            fn clone(&self) -> Self {
                Self(self.0.clone())
            }
        }

        impl<'a, T: ShmSafe> Iterator for $name<'a, T> {
            type Item = &'a T;

            #[inline]
            fn next(&mut self) -> Option<Self::Item> {
                self.0.next().map(|$entry| $element)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.0.size_hint()
            }
        }

        impl<T: ShmSafe> DoubleEndedIterator for $name<'_, T> {
            #[inline]
            fn next_back(&mut self) -> Option<Self::Item> {
                self.0.next_back().map(|$entry| $element)
            }
        }

        impl<T: ShmSafe> FusedIterator for $name<'_, T> {}

        impl<T: ShmSafe + fmt::Debug> fmt::Debug for $name<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_list().entries(self.clone()).finish()
            }
        }
    )*};
}

iterators! {
    Iter: element => element;
    Range: entry => entry.0;
}

impl<T: ShmSafe> ExactSizeIterator for Iter<'_, T> {}

#[cfg(test)]
mod tests;
