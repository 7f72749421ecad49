//! `Vec<T>`: a vector in the heap, which grows.
//!
//! # Safety
//!
//! 1. The block of a bound vector is one of a [`Sequence`] of `T`: see there. While no task is under way, the first `len` elements are
//!    values.
//! 2. `len` is written by who has the vector exclusively, so it does not change while the vector is borrowed.
//! 3. A vector reaches nothing outside the region, whatever another process has written into its words and its block without the
//!    right to: length and capacity are compared with what is left of the region before an element is reached ([`Parts`]).
#![allow(unsafe_code, reason = "reaches the elements")]

use std::marker::PhantomData;
use std::sync::atomic::Ordering;

use super::access::{Access, NewBlock};
use super::block::Block;
use super::error::{HeapError, InsertError};
use super::into_heap::IntoHeap;
use super::owned::{Kind, RawOwned};
use super::sequence::{BEFORE, CAPACITY, LEN, Sequence, TASK, first_element, task};
use super::{Heap, container_layout};
use crate::layout::{Field, TypeLayout, owns_heap_memory};
use crate::{PlacementDefault, ShmSafe};

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
    const OWNS: bool = owns_heap_memory(T::LAYOUT);
    /// As of std: enough for few elements, and not too much if they are large.
    const SMALLEST: usize = match size_of::<T>() {
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
    fn size(heap: &Heap, capacity: usize) -> Result<usize, HeapError> {
        let size = capacity.checked_mul(size_of::<T>()).and_then(|bytes| bytes.checked_add(Self::FIRST));
        size.filter(|size| isize::try_from(*size).is_ok()).ok_or_else(|| heap.out_of_memory(usize::MAX))
    }

    /// How many elements a block of so many bytes has room for.
    const fn capacity_in(size: usize) -> usize {
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
        // No overflow: the product is compared as a quotient, by a constant.
        let most = match (isize::MAX as usize - Self::FIRST).checked_div(size_of::<T>()) {
            Some(most) => most,
            None => usize::MAX >> 8,
        };
        let can_be = len <= capacity
            && capacity <= most
            && heap.has_room(block, Self::FIRST + capacity * size_of::<T>(), align_of::<T>());
        if can_be { Ok(Parts { block, len, capacity }) } else { Err(beyond_the_region(len, capacity)) }
    }

    /// The address of an element, if it lies inside the region: for an index that nobody has compared with what is left of that.
    #[inline]
    fn place(heap: &Heap, block: Block<'_>, index: usize) -> Option<*mut T> {
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

    /// Adds an element at the end. What makes one in the heap, such as a `&str` for a [`String`](super::String), does as well.
    ///
    /// # Errors
    ///
    /// [`HeapError::OutOfMemory`] if the vector would have to grow and cannot, and as [`len`](Self::len); with the value.
    #[inline]
    pub fn push<V: IntoHeap<T>>(&mut self, heap: &Heap, value: V) -> Result<(), InsertError<V>> {
        if V::IS_PLAIN
            && let Some(block) = self.owned.bound_block(heap)
        {
            let len = Self::len_of(block);
            if len < Self::capacity_of(block)
                && let Some(place) = Self::place(heap, block, len)
            {
                // SAFETY: `put_plain` requires an aligned place that nobody else uses: behind the last element, where there is room.
                unsafe { value.put_plain(place) };
                // Release, for the compiler: the element is there before the length says so.
                block.word(LEN).store(len as u64 + 1, Ordering::Release);
                return Ok(());
            }
        }
        self.push_slow(heap, value)
    }

    #[cold]
    fn push_slow<V: IntoHeap<T>>(&mut self, heap: &Heap, value: V) -> Result<(), InsertError<V>> {
        let (block, len) = match self.with_room(heap, 1) {
            Ok(found) => found,
            Err(error) => return Err(InsertError::new(value, error)),
        };
        let place = Self::element(block, len);
        if V::IS_PLAIN {
            // SAFETY: as in `push`.
            unsafe { value.put_plain(place) };
            block.word(LEN).store(len as u64 + 1, Ordering::Release);
            return Ok(());
        }
        put(heap, value, place, |access| access.write(block, LEN, len as u64 + 1))
    }

    /// Inserts an element before the one at an index, of which those behind move back by one.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push).
    ///
    /// # Panics
    ///
    /// If there are fewer elements than `index`.
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::{ShmMutex, ShmOptions, heap::Vec};
    ///
    /// let heap = ShmOptions::anonymous().create_heap::<ShmMutex<Vec<u32>>>(4096)?;
    /// let mut vec = heap.root().lock().expect("nobody has died");
    /// vec.extend_from_slice(&heap, &[1, 2, 3, 4])?;
    /// vec.insert(&heap, 1, 9)?;
    /// assert_eq!(vec.remove(&heap, 0)?, 1);
    /// assert_eq!(vec.swap_remove(&heap, 0)?, 9);
    /// vec.truncate(&heap, 2)?;
    /// assert_eq!(vec.as_slice(&heap)?, [4, 2]);
    /// # Ok::<(), std::boxed::Box<dyn std::error::Error>>(())
    /// ```
    pub fn insert<V: IntoHeap<T>>(
        &mut self,
        heap: &Heap,
        index: usize,
        value: V,
    ) -> Result<(), InsertError<V>> {
        let (block, len) = match self.with_room(heap, 1) {
            Ok(found) => found,
            Err(error) => return Err(InsertError::new(value, error)),
        };
        // The room that was made stays.
        assert!(index <= len, "insertion at {index} of {len} elements");
        let sequence = Sequence::of(block, T::LAYOUT);
        sequence.open_hole(index, len);
        let place = Self::element(block, index);
        if V::IS_PLAIN {
            // SAFETY: `put_plain` requires an aligned place that nobody else uses: the hole.
            unsafe { value.put_plain(place) };
        } else if let Err(error) = put(heap, value, place, |access| access.write(block, TASK, task::INSERTED))
        {
            sequence.close(index, len);
            return Err(error);
        }
        sequence.end_insert(len);
        Ok(())
    }

    /// Removes the last element.
    ///
    /// What it owns itself lies in the heap still, and is this process's own now.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn pop(&mut self, heap: &Heap) -> Result<Option<T>, HeapError> {
        if !Self::OWNS
            && let Some(block) = self.owned.bound_block(heap)
            && let Some(last) = Self::len_of(block).checked_sub(1)
            && last < Self::capacity_of(block)
            && let Some(place) = Self::place(heap, block, last)
        {
            // SAFETY: `read` requires an aligned, valid value: the last element (invariant 1). It is none from the store on.
            let value = unsafe { place.read() };
            // Release, for the compiler: the element was read before.
            block.word(LEN).store(last as u64, Ordering::Release);
            return Ok(Some(value));
        }
        self.pop_slow(heap)
    }

    #[cold]
    fn pop_slow(&self, heap: &Heap) -> Result<Option<T>, HeapError> {
        let Some(Parts { block, len, .. }) = self.parts(heap)? else { return Ok(None) };
        let Some(last) = len.checked_sub(1) else { return Ok(None) };
        let value = Self::take(heap, block, last, LEN, last as u64)?;
        Ok(Some(value))
    }

    /// Removes the element at an index; those behind it move down by one.
    ///
    /// What it owns itself lies in the heap still, and is this process's own now.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    ///
    /// # Panics
    ///
    /// If there are not so many elements.
    pub fn remove(&mut self, heap: &Heap, index: usize) -> Result<T, HeapError> {
        let (block, len) = self.with_element(heap, index)?;
        block.word(BEFORE).store(len as u64, Ordering::Relaxed);
        let value = Self::take(heap, block, index, TASK, task::with(task::REMOVE, index))?;
        Sequence::of(block, T::LAYOUT).end_remove(index, len);
        Ok(value)
    }

    /// Removes the element at an index; the last one takes its place.
    ///
    /// What it owns itself lies in the heap still, and is this process's own now.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    ///
    /// # Panics
    ///
    /// If there are not so many elements.
    pub fn swap_remove(&mut self, heap: &Heap, index: usize) -> Result<T, HeapError> {
        let (block, len) = self.with_element(heap, index)?;
        block.word(BEFORE).store(len as u64, Ordering::Relaxed);
        let value = Self::take(heap, block, index, TASK, task::with(task::SWAP_REMOVE, index))?;
        Sequence::of(block, T::LAYOUT).end_swap_remove(index, len);
        Ok(value)
    }

    /// The block, and the number of elements in it, of which there is one at the index.
    #[track_caller]
    fn with_element<'a>(&'a self, heap: &'a Heap, index: usize) -> Result<(Block<'a>, usize), HeapError> {
        match self.parts(heap)? {
            Some(Parts { block, len, .. }) if index < len => Ok((block, len)),
            parts => {
                panic!("removal of {index} of {} elements", parts.map_or(0, |parts| parts.len))
            }
        }
    }

    /// Moves an element out, in the step in which a word of the block changes.
    fn take(heap: &Heap, block: Block<'_>, index: usize, word: usize, new: u64) -> Result<T, HeapError> {
        let place = Self::element(block, index);
        if !Self::OWNS {
            // SAFETY: `read` requires an aligned, valid value: an element (invariant 1). It is none from the store on.
            let value = unsafe { place.read() };
            // Release, for the compiler: what comes before it was done.
            block.word(word).store(new, Ordering::Release);
            return Ok(value);
        }
        let mut access = Access::new(heap)?;
        // SAFETY: `bind_all` and `take` require a value that the caller has alone: an element of a vector that is borrowed exclusively.
        unsafe { access.bind_all(T::LAYOUT, place.cast()) }?;
        // SAFETY: as above.
        unsafe { access.take(T::LAYOUT, place.cast()) };
        // SAFETY: as above.
        let value = unsafe { place.read() };
        access.write(block, word, new);
        access.commit();
        Ok(value)
    }

    /// Keeps the first `len` elements and frees what the others own. Does nothing if there are not so many.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn truncate(&mut self, heap: &Heap, len: usize) -> Result<(), HeapError> {
        let Some(Parts { block, len: before, .. }) = self.parts(heap)? else { return Ok(()) };
        if len >= before {
            return Ok(());
        }
        if !Self::OWNS {
            block.word(LEN).store(len as u64, Ordering::Relaxed);
            return Ok(());
        }
        let mut access = Access::new(heap)?;
        let sequence = Sequence::of(block, T::LAYOUT);
        sequence.begin(task::with(task::TRUNCATE, len), before);
        sequence.end_truncate(&mut access, len, before)
    }

    /// Frees what the elements own; the vector keeps its capacity.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn clear(&mut self, heap: &Heap) -> Result<(), HeapError> {
        self.truncate(heap, 0)
    }

    /// Frees all that the vector owns; it is empty then.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn free(&mut self, heap: &Heap) -> Result<(), HeapError> {
        if !Self::OWNS {
            return Access::free_plain(heap, &self.owned, &Self::KIND);
        }
        // What was begun in it is ended first, and a copy is an error.
        if self.block(heap)?.is_some() {
            Access::new(heap)?.free(&self.owned, Self::LAYOUT)?;
        }
        Ok(())
    }

    /// Adds copies of these elements at the end, all or none.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push).
    #[inline]
    pub fn extend_from_slice(&mut self, heap: &Heap, elements: &[T]) -> Result<(), HeapError>
    where
        T: Copy,
    {
        if elements.is_empty() {
            return Ok(());
        }
        let (block, len) = self.with_room(heap, elements.len())?;
        // SAFETY: `copy` requires as many elements on both sides: there is room behind the last element, which is borrowed to nobody.
        // They may overlap, as in `replace`.
        unsafe { Self::element(block, len).copy_from(elements.as_ptr(), elements.len()) };
        block.word(LEN).store((len + elements.len()) as u64, Ordering::Release);
        Ok(())
    }

    /// Makes room for so many elements more.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push).
    #[inline]
    pub fn reserve(&mut self, heap: &Heap, additional: usize) -> Result<(), HeapError> {
        self.with_room(heap, additional).map(|_| ())
    }

    /// The block with room for so many elements more, and the number of elements.
    #[inline]
    pub(super) fn with_room<'a>(
        &'a self,
        heap: &'a Heap,
        additional: usize,
    ) -> Result<(Block<'a>, usize), HeapError> {
        if self.owned.is_empty() {
            return self.make_first(heap, additional);
        }
        if let Some(block) = self.owned.bound_block(heap) {
            let Parts { block, len, capacity } = Self::parts_of(heap, block)?;
            if additional <= capacity - len {
                return Ok((block, len));
            }
        }
        self.grow(heap, additional)
    }

    /// Gives an empty vector a block.
    fn make_first<'a>(&'a self, heap: &'a Heap, capacity: usize) -> Result<(Block<'a>, usize), HeapError> {
        let wanted = capacity.max(Self::SMALLEST);
        let size = Self::size(heap, wanted)?;
        let mut access = Access::new(heap)?;
        let Some(new) = access.small_block(size, align_of::<T>(), Self::KIND, &self.owned) else {
            return self.replace(access, None, wanted, capacity);
        };
        let block = new.block;
        Self::format(block, new.size, 0);
        access.take_small(&new, &self.owned);
        Ok((block, 0))
    }

    #[cold]
    fn grow<'a>(&'a self, heap: &'a Heap, additional: usize) -> Result<(Block<'a>, usize), HeapError> {
        let Some(Parts { block: old, len, capacity }) = self.parts(heap)? else {
            return self.make_first(heap, additional);
        };
        if additional <= capacity - len {
            return Ok((old, len));
        }
        let needed = len.checked_add(additional).ok_or_else(|| heap.out_of_memory(usize::MAX))?;
        let wanted = needed.max(capacity.saturating_mul(2)).max(Self::SMALLEST);
        let mut access = Access::new(heap)?;
        if let Some(size) = access.extend(old, Self::size(heap, wanted)?)? {
            access.write(old, CAPACITY, Self::capacity_in(size) as u64);
            access.commit();
            return Ok((old, len));
        }
        self.replace(access, Some((old, len)), wanted, needed)
    }

    /// Gives the vector another block for `wanted` elements, or for `needed` ones if there is no room for more, in place of the one with
    /// `len` elements.
    #[cold]
    fn replace<'a>(
        &'a self,
        mut access: Access<'a>,
        old: Option<(Block<'a>, usize)>,
        wanted: usize,
        needed: usize,
    ) -> Result<(Block<'a>, usize), HeapError> {
        let len = old.map_or(0, |(_, len)| len);
        let fill = |block: Block<'_>| {
            if let Some((old, len)) = old {
                // SAFETY: `copy` requires as many elements on both sides: the new block has room for more, and is nobody else's. Only
                // one of the two will be the vector's. They may overlap: of a block that was written over, a length may be told that
                // leads into another one.
                unsafe { Self::element(old, 0).copy_to(Self::element(block, 0), len) };
            }
        };
        let new = match Self::allocate(&mut access, wanted, len, self.owned.address(), fill) {
            Err(HeapError::OutOfMemory { .. }) if needed < wanted => {
                access.abandon();
                Self::allocate(&mut access, needed, len, self.owned.address(), fill)?
            }
            new => new?,
        };
        if let Some((old, _)) = old {
            access.free_block(old)?;
        }
        access.set(&self.owned, new.words);
        access.commit();
        Ok((new.block, len))
    }

    /// Gives memory back that is not needed for the elements there are.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push): a smaller block is allocated first.
    pub fn shrink_to_fit(&mut self, heap: &Heap) -> Result<(), HeapError> {
        let Some(Parts { block, len, capacity }) = self.parts(heap)? else { return Ok(()) };
        if len == 0 {
            return self.free(heap);
        }
        if capacity > len {
            let mut access = Access::new(heap)?;
            let new = Self::allocate(&mut access, len, len, self.owned.address(), |new| {
                // SAFETY: as in `replace`.
                unsafe { Self::element(block, 0).copy_to(Self::element(new, 0), len) };
            })?;
            access.free_block(block)?;
            access.set(&self.owned, new.words);
            access.commit();
        }
        Ok(())
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

/// Puts a value that is not plain into a place, in the step that `finish` completes.
pub(super) fn put<T, V: IntoHeap<T>>(
    heap: &Heap,
    value: V,
    place: *mut T,
    finish: impl FnOnce(&mut Access<'_>),
) -> Result<(), InsertError<V>> {
    let mut access = match Access::new(heap) {
        Ok(access) => access,
        Err(error) => return Err(InsertError::new(value, error)),
    };
    let value = match value.bind(&mut access) {
        Ok(value) => value,
        Err((value, error)) => return Err(InsertError::new(value, error)),
    };
    // SAFETY: `put` requires an aligned place in the heap that nobody else uses: the callers' places have room and no value yet.
    match unsafe { value.put(&mut access, place) } {
        Ok(()) => {
            finish(&mut access);
            access.commit();
            Ok(())
        }
        Err(error) => {
            access.abandon();
            Err(InsertError::new(value, error))
        }
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
