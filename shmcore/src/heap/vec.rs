//! `Vec<T>`: a vector in the heap, which grows.
//!
//! # Safety
//!
//! 1. The block of a bound vector is one of a `Sequence` of `T`: see there. While no task is under way, the first `len` elements are
//!    values.
//! 2. `len` is written by who has the vector exclusively, so it does not change while the vector is borrowed.
//! 3. A vector reaches nothing outside the region, whatever another process has written into its words and its block without the
//!    right to: length and capacity are compared with what is left of the region before an element is reached (`Parts`).
#![allow(unsafe_code, reason = "reaches the elements")]

use std::marker::PhantomData;
use std::ptr::NonNull;
use std::sync::atomic::Ordering;

use super::access::{Access, NewBlock};
use super::block::Block;
use super::error::HeapError;
use super::owned::{Kind, RawOwned};
use super::sequence::{CAPACITY, LEN, TASK, first_element, task};
use super::{Heap, container_layout};
use crate::layout::{Field, TypeLayout, owns_heap_memory};
use crate::{PlacementDefault, ShmSafe};

mod change;
mod grow;
mod view;

pub(super) use change::put;
pub use view::ViewMut;

/// A vector in a heap: the twin of [`std::vec::Vec`].
///
/// The heap is an argument of each method that reaches the elements. All zero bytes are an empty vector, which owns nothing. It has no
/// destructor, as nothing in shared memory has: what it owns is freed by [`free`](Self::free), or with the container that it lies
/// in; a vector that is overwritten by an assignment leaks.
///
/// # Process death
///
/// Each operation is done or was never begun, and nothing leaks: the next process that uses the vector, having taken over the lock
/// that it lies behind, ends or takes back what was half done. What a vector in a process's *own* memory owns stays allocated if the
/// process dies, until [`ShmHeap::reclaim`](crate::ShmHeap::reclaim).
///
/// # Examples
///
/// ```
/// use shmcore::{ShmMutex, ShmOptions, heap::Vec};
///
/// let heap = ShmOptions::anonymous().create_heap::<ShmMutex<Vec<u32>>>(64 << 10)?;
/// let mut vec = heap.root().lock().expect("nobody has died");
/// for number in 0..1000 {
///     vec.push(&heap, number)?;
/// }
/// assert_eq!(vec.as_slice(&heap)?.iter().sum::<u32>(), 499_500);
/// assert_eq!(vec.pop(&heap)?, Some(999));
/// vec.free(&heap)?;
/// assert_eq!(heap.used(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[repr(C)]
pub struct Vec<T> {
    owned: RawOwned,
    elements: PhantomData<T>,
}

// SAFETY: 1. Self-contained: the words lead to memory of the region only, and mean nothing elsewhere. 2. `repr(C)`: the words, as
// described; the version is that of their meaning. 3. Interior mutability in atomics only. 4. No `Drop`, here or in `T`.
// 5. Words that do not lead to a block of the same heap are an error.
#[diagnostic::do_not_recommend]
unsafe impl<T: ShmSafe> ShmSafe for Vec<T> {
    const LAYOUT: &'static TypeLayout =
        container_layout!("HeapVec", Self, [Field { name: "elements", offset: 0, layout: <[T; 0]>::LAYOUT }]);
}

// SAFETY: zeroes are an empty vector.
#[diagnostic::do_not_recommend]
unsafe impl<T: ShmSafe> PlacementDefault for Vec<T> {
    const DEFAULT_IS_ZERO: bool = true;

    unsafe fn placement_default(_: *mut Self) {}
}

/// A block and what it says, once that was found to be possible.
#[derive(Clone, Copy)]
struct Parts<'a> {
    block: Block<'a>,
    len: usize,
    capacity: usize,
}

#[cold]
const fn beyond_the_region(len: usize, capacity: usize) -> HeapError {
    let number = if len > capacity { len } else { capacity } as u64;
    HeapError::Corrupt { what: "a vector ends outside the region, or has more elements than room", number }
}

impl<T> Vec<T> {
    /// A vector without elements, which owns nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { owned: RawOwned::new(), elements: PhantomData }
    }
}

impl<T: ShmSafe> Vec<T> {
    const KIND: Kind = Kind::of(Self::LAYOUT);
    /// Bytes before the first element.
    pub(super) const FIRST: usize = first_element(align_of::<T>());
    pub(super) const OWNS: bool = owns_heap_memory(T::LAYOUT);
    /// As of std: enough for few elements, and not too much if they are large.
    pub(super) const SMALLEST: usize = match size_of::<T>() {
        0..=16 => 8,
        17..=1024 => 4,
        _ => 1,
    };

    /// A vector with copies of these elements.
    ///
    /// # Errors
    ///
    /// [`HeapError::OutOfMemory`].
    pub fn from_slice(heap: &Heap, elements: &[T]) -> Result<Self, HeapError>
    where
        T: Copy,
    {
        let new = Self::new();
        let mut access = Access::new(heap)?;
        let made = Self::with_copies(&mut access, elements, (&raw const new).cast_mut())?;
        access.set(&new.owned, made.owned.words());
        access.commit();
        drop(access);
        Ok(new)
    }

    /// A vector that will lie at `place` from the commit on, with copies of these elements.
    pub(super) fn with_copies(
        access: &mut Access<'_>,
        elements: &[T],
        place: *mut Self,
    ) -> Result<Self, HeapError>
    where
        T: Copy,
    {
        let new = Self::new();
        if elements.is_empty() {
            return Ok(new);
        }
        let made = Self::allocate(access, elements.len(), elements.len(), place.addr(), |block| {
            let first = Self::element(block, 0);
            // SAFETY: `copy_nonoverlapping` requires as many elements on both sides: the block was allocated for them, and is
            // nobody else's yet.
            unsafe { first.copy_from_nonoverlapping(elements.as_ptr(), elements.len()) };
        })?;
        new.owned.set(made.words);
        Ok(new)
    }

    /// Allocates a block for `capacity` elements at the commit, of which there are `len`, and lets `fill` write them.
    fn allocate<'h>(
        access: &mut Access<'h>,
        capacity: usize,
        len: usize,
        owner: usize,
        fill: impl FnOnce(Block<'h>),
    ) -> Result<NewBlock<'h>, HeapError> {
        let size = Self::size(access.heap, capacity)?;
        let new = access.allocate(size, align_of::<T>(), Self::KIND, owner)?;
        Self::format(new.block, new.size, len);
        fill(new.block);
        Ok(new)
    }

    /// Writes the words of a new block of so many bytes.
    #[inline]
    fn format(block: Block<'_>, size: usize, len: usize) {
        block.word(LEN).store(len as u64, Ordering::Relaxed);
        block.word(CAPACITY).store(Self::capacity_in(size) as u64, Ordering::Relaxed);
        block.word(TASK).store(task::NONE, Ordering::Relaxed);
    }

    /// Bytes of a block for so many elements.
    pub(super) fn size(heap: &Heap, capacity: usize) -> Result<usize, HeapError> {
        let size = capacity.checked_mul(size_of::<T>()).and_then(|bytes| bytes.checked_add(Self::FIRST));
        size.filter(|size| isize::try_from(*size).is_ok()).ok_or_else(|| heap.out_of_memory(usize::MAX))
    }

    /// How many elements a block of so many bytes has room for.
    pub(super) const fn capacity_in(size: usize) -> usize {
        match (size - Self::FIRST).checked_div(size_of::<T>()) {
            Some(capacity) => capacity,
            None => usize::MAX >> 8,
        }
    }

    /// The address of an element of a block, which has room for it.
    #[inline]
    pub(super) fn element(block: Block<'_>, index: usize) -> *mut T {
        // SAFETY: `byte` requires that it is inside the block or its end: the capacity was computed from the block's size.
        unsafe { block.byte(Self::FIRST + index * size_of::<T>()) }.as_ptr().cast()
    }

    /// The first element of a block, or where it would be.
    #[inline]
    fn first(block: Block<'_>) -> NonNull<T> {
        // SAFETY: `byte` requires that it is inside the block or its end: its words are before it.
        unsafe { block.byte(Self::FIRST) }.cast()
    }

    /// The block, which [says](Self::parts_of) what can be.
    #[inline]
    pub(super) fn block<'a>(&'a self, heap: &'a Heap) -> Result<Option<Block<'a>>, HeapError> {
        Ok(self.parts(heap)?.map(|parts| parts.block))
    }

    /// The block and what it says, if that can be.
    #[inline]
    fn parts<'a>(&'a self, heap: &'a Heap) -> Result<Option<Parts<'a>>, HeapError> {
        match self.owned.block(heap, Self::KIND)? {
            Some(block) => Self::parts_of(heap, block).map(Some),
            None => Ok(None),
        }
    }

    /// What a block says, if that can be: `len <= capacity`, and so many elements end inside the region.
    #[inline]
    fn parts_of<'a>(heap: &Heap, block: Block<'a>) -> Result<Parts<'a>, HeapError> {
        let (len, capacity) = (Self::len_of(block), Self::capacity_of(block));
        let can_be = len <= capacity && Self::has_room_for(heap, block, capacity);
        if can_be { Ok(Parts { block, len, capacity }) } else { Err(beyond_the_region(len, capacity)) }
    }

    /// Whether so many elements of a block end inside the region.
    #[inline]
    pub(super) fn has_room_for(heap: &Heap, block: Block<'_>, capacity: usize) -> bool {
        // No overflow: the product is compared as a quotient, by a constant.
        let most = match (isize::MAX as usize - Self::FIRST).checked_div(size_of::<T>()) {
            Some(most) => most,
            None => usize::MAX >> 8,
        };
        capacity <= most && heap.has_room(block, Self::FIRST + capacity * size_of::<T>(), align_of::<T>())
    }

    /// The address of an element, if it lies inside the region: for an index that nobody has compared with what is left of that.
    #[inline]
    pub(super) fn place(heap: &Heap, block: Block<'_>, index: usize) -> Option<*mut T> {
        // An index of nobody's may wrap around: what is compared is where that leads to.
        let at = Self::FIRST.wrapping_add(index.wrapping_mul(size_of::<T>()));
        if !heap.has_room_behind(block, at, size_of::<T>(), align_of::<T>()) {
            return None;
        }
        // SAFETY: `byte` requires that it is inside the block or its end: inside the region, and inside the block if that is what its
        // capacity says (invariant 3).
        Some(unsafe { block.byte(at) }.as_ptr().cast())
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "a number of elements")]
    pub(super) fn len_of(block: Block<'_>) -> usize {
        block.word(LEN).load(Ordering::Relaxed) as usize
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "a number of elements")]
    fn capacity_of(block: Block<'_>) -> usize {
        block.word(CAPACITY).load(Ordering::Relaxed) as usize
    }

    /// The number of elements.
    ///
    /// # Errors
    ///
    /// [`HeapError`], but not for want of memory.
    pub fn len(&self, heap: &Heap) -> Result<usize, HeapError> {
        Ok(self.parts(heap)?.map_or(0, |parts| parts.len))
    }

    /// Whether there are no elements.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn is_empty(&self, heap: &Heap) -> Result<bool, HeapError> {
        Ok(self.len(heap)? == 0)
    }

    /// How many elements there is room for before the vector grows.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn capacity(&self, heap: &Heap) -> Result<usize, HeapError> {
        Ok(self.parts(heap)?.map_or(0, |parts| parts.capacity))
    }

    /// The elements.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn as_slice<'a>(&'a self, heap: &'a Heap) -> Result<&'a [T], HeapError> {
        let Some(Parts { block, len, .. }) = self.parts(heap)? else { return Ok(&[]) };
        // SAFETY: `from_raw_parts` requires as many valid, aligned elements, which nobody writes: invariants 1 and 2; the vector,
        // which owns them, is borrowed, and so is the heap, which keeps them mapped.
        Ok(unsafe { std::slice::from_raw_parts(Self::element(block, 0), len) })
    }

    /// The elements, to change them.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn as_mut_slice<'a>(&'a mut self, heap: &'a Heap) -> Result<&'a mut [T], HeapError> {
        let Some(Parts { block, len, .. }) = self.parts(heap)? else { return Ok(&mut []) };
        // SAFETY: `from_raw_parts_mut` requires the same, and that nobody else uses them: the vector is borrowed exclusively.
        Ok(unsafe { std::slice::from_raw_parts_mut(Self::element(block, 0), len) })
    }

    /// The element at an index; `None` if there are not so many.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn get<'a>(&'a self, heap: &'a Heap, index: usize) -> Result<Option<&'a T>, HeapError> {
        Ok(self.as_slice(heap)?.get(index))
    }

    /// The same, to change it.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn get_mut<'a>(&'a mut self, heap: &'a Heap, index: usize) -> Result<Option<&'a mut T>, HeapError> {
        Ok(self.as_mut_slice(heap)?.get_mut(index))
    }

    /// The elements, in order.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[expect(clippy::iter_not_returning_iterator, reason = "an iterator, or why there is none")]
    pub fn iter<'a>(&'a self, heap: &'a Heap) -> Result<std::slice::Iter<'a, T>, HeapError> {
        Ok(self.as_slice(heap)?.iter())
    }
}

impl<T> Default for Vec<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> std::fmt::Debug for Vec<T> {
    /// Not the elements, which are to be had with the heap only.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vec").field("is_empty", &self.owned.is_empty()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
