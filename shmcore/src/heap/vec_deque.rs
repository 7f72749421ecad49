//! `VecDeque<T>`: a queue in the heap, which grows at both ends.
//!
//! # Safety
//!
//! 1. The block of a bound queue is one of a `Ring` of `T`: see there.
//! 2. Its words are written by who has the queue exclusively, so they do not change while it is borrowed.
//! 3. A queue reaches nothing outside the region, whatever another process has written into its words and its block without the right
//!    to: its capacity is compared with what is left of the region before an element is reached (`Parts`).
#![allow(unsafe_code, reason = "reaches the elements")]

use std::fmt;
use std::marker::PhantomData;

use super::block::Block;
use super::error::HeapError;
use super::owned::{Kind, RawOwned};
use super::ring::Positions;
use super::{Heap, Vec, container_layout};
use crate::fixed::deque;
use crate::layout::{Field, TypeLayout};
use crate::{PlacementDefault, ShmSafe};

mod change;
mod grow;

pub use crate::fixed::deque::{Iter, IterMut};

/// A queue in a heap: the twin of [`std::collections::VecDeque`].
///
/// As [`heap::Vec`](Vec), with which it shares what is said there of the heap, of freeing and of death. Elements are added and removed
/// at both ends in the same short time.
///
/// # Examples
///
/// Jobs that any process adds, and any process takes:
///
/// ```
/// use shmcore::{ShmMutex, ShmOptions, heap::{String, VecDeque}};
///
/// let heap = ShmOptions::anonymous().create_heap::<ShmMutex<VecDeque<String>>>(64 << 10)?;
/// let mut jobs = heap.root().lock().expect("nobody has died");
/// jobs.push_back(&heap, "first")?;
/// jobs.push_back(&heap, "second")?;
/// jobs.push_front(&heap, "urgent")?;
/// assert_eq!(jobs.front(&heap)?.expect("three").as_str(&heap)?, "urgent");
///
/// while let Some(mut job) = jobs.pop_front(&heap)? {
///     println!("{}", job.as_str(&heap)?);
///     job.free(&heap)?;
/// }
/// jobs.free(&heap)?;
/// assert_eq!(heap.used(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[repr(C)]
pub struct VecDeque<T> {
    owned: RawOwned,
    elements: PhantomData<T>,
}

// SAFETY: 1. Self-contained: the words lead to memory of the region only, and mean nothing elsewhere. 2. `repr(C)`: the words, as
// described; the version is that of their meaning. 3. Interior mutability in atomics only. 4. No `Drop`, here or in `T`.
// 5. Words that do not lead to a block of the same heap are an error.
#[diagnostic::do_not_recommend]
unsafe impl<T: ShmSafe> ShmSafe for VecDeque<T> {
    const LAYOUT: &'static TypeLayout = container_layout!(
        "HeapDeque",
        Self,
        [Field { name: "elements", offset: 0, layout: <[T; 0]>::LAYOUT }]
    );
}

// SAFETY: zeroes are an empty queue.
#[diagnostic::do_not_recommend]
unsafe impl<T: ShmSafe> PlacementDefault for VecDeque<T> {
    const DEFAULT_IS_ZERO: bool = true;

    unsafe fn placement_default(_: *mut Self) {}
}

/// A block and what it says, once that was found to be possible.
#[derive(Clone, Copy)]
struct Parts<'a> {
    block: Block<'a>,
    positions: Positions,
}

impl Parts<'_> {
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "a number of elements")]
    const fn len(self) -> usize {
        self.positions.len() as usize
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "a number of elements")]
    const fn capacity(self) -> usize {
        self.positions.capacity as usize
    }
}

#[cold]
const fn beyond_the_region(positions: Positions) -> HeapError {
    let Positions { capacity, .. } = positions;
    let number = if positions.len() > capacity { positions.len() } else { capacity };
    HeapError::Corrupt { what: "a queue ends outside the region, or has more elements than room", number }
}

impl<T> VecDeque<T> {
    /// A queue without elements, which owns nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { owned: RawOwned::new(), elements: PhantomData }
    }
}

impl<T: ShmSafe> VecDeque<T> {
    const KIND: Kind = Kind::of(Self::LAYOUT);

    /// The block and what it says, if that can be.
    #[inline]
    fn parts<'a>(&'a self, heap: &'a Heap) -> Result<Option<Parts<'a>>, HeapError> {
        match self.owned.block(heap, Self::KIND)? {
            Some(block) => Self::parts_of(heap, block).map(Some),
            None => Ok(None),
        }
    }

    /// What a block says, if that can be: as many elements as the capacity end inside the region.
    #[inline]
    fn parts_of<'a>(heap: &Heap, block: Block<'a>) -> Result<Parts<'a>, HeapError> {
        let parts = Parts { block, positions: Positions::of(block) };
        let can_be = parts.positions.can_be() && Vec::<T>::has_room_for(heap, block, parts.capacity());
        if can_be { Ok(parts) } else { Err(beyond_the_region(parts.positions)) }
    }

    /// The number of elements.
    ///
    /// # Errors
    ///
    /// [`HeapError`], but not for want of memory.
    pub fn len(&self, heap: &Heap) -> Result<usize, HeapError> {
        Ok(self.parts(heap)?.map_or(0, Parts::len))
    }

    /// Whether there are no elements.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn is_empty(&self, heap: &Heap) -> Result<bool, HeapError> {
        Ok(self.len(heap)? == 0)
    }

    /// How many elements there is room for before the queue grows.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn capacity(&self, heap: &Heap) -> Result<usize, HeapError> {
        Ok(self.parts(heap)?.map_or(0, Parts::capacity))
    }

    /// Where the element at an index lies; `None` if there are not so many.
    #[inline]
    fn at<'a>(&'a self, heap: &'a Heap, index: usize) -> Result<Option<*mut T>, HeapError> {
        let Some(parts) = self.parts(heap)? else { return Ok(None) };
        let position = parts.positions.start.wrapping_add(index as u64);
        let place = parts.positions.place_of(position);
        Ok((index < parts.len()).then(|| Vec::<T>::element(parts.block, place)))
    }

    /// The element at an index, counted from the front; `None` if there are not so many.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn get<'a>(&'a self, heap: &'a Heap, index: usize) -> Result<Option<&'a T>, HeapError> {
        // SAFETY: a reference requires an aligned, valid element that nobody writes: invariants 1 and 2.
        Ok(self.at(heap, index)?.map(|element| unsafe { &*element }))
    }

    /// The same, to change it.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn get_mut<'a>(&'a mut self, heap: &'a Heap, index: usize) -> Result<Option<&'a mut T>, HeapError> {
        // SAFETY: a `&mut` requires the same, and that nobody else uses it: the queue is borrowed exclusively.
        Ok(self.at(heap, index)?.map(|element| unsafe { &mut *element }))
    }

    /// The first element.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn front<'a>(&'a self, heap: &'a Heap) -> Result<Option<&'a T>, HeapError> {
        self.get(heap, 0)
    }

    /// The first element, to change it.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn front_mut<'a>(&'a mut self, heap: &'a Heap) -> Result<Option<&'a mut T>, HeapError> {
        self.get_mut(heap, 0)
    }

    /// The last element.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn back<'a>(&'a self, heap: &'a Heap) -> Result<Option<&'a T>, HeapError> {
        self.get(heap, self.len(heap)?.wrapping_sub(1))
    }

    /// The last element, to change it.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn back_mut<'a>(&'a mut self, heap: &'a Heap) -> Result<Option<&'a mut T>, HeapError> {
        let last = self.len(heap)?.wrapping_sub(1);
        self.get_mut(heap, last)
    }

    /// The elements as two slices, one behind the other.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn as_slices<'a>(&'a self, heap: &'a Heap) -> Result<(&'a [T], &'a [T]), HeapError> {
        let Some(Parts { block, positions }) = self.parts(heap)? else { return Ok((&[], &[])) };
        // SAFETY: `from_raw_parts` requires as many valid, aligned elements, which nobody writes: invariants 1 and 2; the queue, which
        // owns them, is borrowed, and so is the heap, which keeps them mapped.
        let slice =
            |(place, len)| unsafe { std::slice::from_raw_parts(Vec::<T>::element(block, place), len) };
        let [front, back] = positions.pieces().map(slice);
        Ok((front, back))
    }

    /// The same, to change them.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn as_mut_slices<'a>(&'a mut self, heap: &'a Heap) -> Result<(&'a mut [T], &'a mut [T]), HeapError> {
        let Some(Parts { block, positions }) = self.parts(heap)? else { return Ok((&mut [], &mut [])) };
        let slice = |(place, len)| {
            // SAFETY: `from_raw_parts_mut` requires the same, and that nobody else uses them: the queue is borrowed exclusively, and
            // the two pieces have different places.
            unsafe { std::slice::from_raw_parts_mut(Vec::<T>::element(block, place), len) }
        };
        let [front, back] = positions.pieces().map(slice);
        Ok((front, back))
    }

    /// The elements, from the front to the back.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[expect(clippy::iter_not_returning_iterator, reason = "an iterator, or why there is none")]
    pub fn iter<'a>(&'a self, heap: &'a Heap) -> Result<Iter<'a, T>, HeapError> {
        let (front, back) = self.as_slices(heap)?;
        Ok(deque::Iter::of(front, back))
    }

    /// The elements, from the front to the back, to change them.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[expect(clippy::iter_not_returning_iterator, reason = "an iterator, or why there is none")]
    pub fn iter_mut<'a>(&'a mut self, heap: &'a Heap) -> Result<IterMut<'a, T>, HeapError> {
        let (front, back) = self.as_mut_slices(heap)?;
        Ok(deque::IterMut::of(front, back))
    }
}

impl<T> Default for VecDeque<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for VecDeque<T> {
    /// Not the elements, which are to be had with the heap only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VecDeque").field("is_empty", &self.owned.is_empty()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
