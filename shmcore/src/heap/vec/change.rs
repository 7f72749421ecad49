//! How elements are put into a vector and taken out.
//!
//! # Safety
//!
//! 1. As of [`vec`](super).
#![allow(unsafe_code, reason = "moves elements")]

use std::sync::atomic::Ordering;

use super::{Parts, Vec};
use crate::ShmSafe;
use crate::heap::Heap;
use crate::heap::access::Access;
use crate::heap::block::Block;
use crate::heap::error::{HeapError, InsertError};
use crate::heap::into_heap::IntoHeap;
use crate::heap::sequence::{BEFORE, LEN, Sequence, TASK, task};

impl<T: ShmSafe> Vec<T> {
    /// Adds an element at the end. What makes one in the heap, such as a `&str` for a [`String`](crate::heap::String), does as well.
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
    pub(super) fn push_slow<V: IntoHeap<T>>(&self, heap: &Heap, value: V) -> Result<(), InsertError<V>> {
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
    pub(super) fn pop_slow(&self, heap: &Heap) -> Result<Option<T>, HeapError> {
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
    pub(in crate::heap) fn take(
        heap: &Heap,
        block: Block<'_>,
        index: usize,
        word: usize,
        new: u64,
    ) -> Result<T, HeapError> {
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

    /// Keeps the elements that fulfil a condition, in their order, and frees what the others own.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len); the elements that were not asked about are kept.
    ///
    /// # Process death
    ///
    /// Those that had gone by then are gone; the others are kept.
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::{ShmMutex, ShmOptions, heap::Vec};
    ///
    /// let heap = ShmOptions::anonymous().create_heap::<ShmMutex<Vec<u32>>>(4096)?;
    /// let mut vec = heap.root().lock().expect("nobody has died");
    /// vec.extend_from_slice(&heap, &[1, 2, 3, 4, 5])?;
    /// vec.retain(&heap, |number| number % 2 == 1)?;
    /// assert_eq!(vec.as_slice(&heap)?, [1, 3, 5]);
    /// # Ok::<(), std::boxed::Box<dyn std::error::Error>>(())
    /// ```
    pub fn retain(&mut self, heap: &Heap, mut condition: impl FnMut(&T) -> bool) -> Result<(), HeapError> {
        self.retain_mut(heap, |element| condition(element))
    }

    /// The same with a condition that may change the elements.
    ///
    /// # Errors
    ///
    /// As [`retain`](Self::retain).
    pub fn retain_mut(
        &mut self,
        heap: &Heap,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> Result<(), HeapError> {
        // The length that was compared with the region, not what may stand there next.
        let Some(Parts { block, len, .. }) = self.parts(heap)? else { return Ok(()) };
        Sequence::of(block, T::LAYOUT).retain(heap, len, |element| {
            // SAFETY: a `&mut` requires an aligned, valid value that nobody else uses: an element (invariant 1) of a vector that is
            // borrowed exclusively.
            condition(unsafe { &mut *element.cast::<T>() })
        })
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
}

/// Puts a value that is not plain into a place, in the step that `finish` completes.
pub(in crate::heap) fn put<T, V: IntoHeap<T>>(
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
