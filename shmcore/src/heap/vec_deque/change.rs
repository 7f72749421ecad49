//! How elements are put into a queue and taken out.
//!
//! # Safety
//!
//! 1. As of [`vec_deque`](super).
#![allow(unsafe_code, reason = "moves elements")]

use std::sync::atomic::Ordering;

use super::{Parts, VecDeque};
use crate::ShmSafe;
use crate::heap::access::Access;
use crate::heap::block::Block;
use crate::heap::error::{HeapError, InsertError};
use crate::heap::into_heap::IntoHeap;
use crate::heap::ring::{END, Positions, Ring, START};
use crate::heap::vec::put;
use crate::heap::{Heap, Vec};

/// An end of a queue.
#[derive(Clone, Copy)]
enum End {
    Front,
    Back,
}

impl End {
    /// The word that says where it is.
    const fn word(self) -> usize {
        match self {
            Self::Front => START,
            Self::Back => END,
        }
    }

    /// The position of the next element at this end, and what the word says when it is there.
    #[inline]
    const fn next(self, positions: Positions) -> (u64, u64) {
        match self {
            Self::Front => (positions.start.wrapping_sub(1), positions.start.wrapping_sub(1)),
            Self::Back => (positions.end, positions.end.wrapping_add(1)),
        }
    }

    /// The position of the element at this end, and what the word says when it is gone.
    #[inline]
    const fn last(self, positions: Positions) -> (u64, u64) {
        match self {
            Self::Front => (positions.start, positions.start.wrapping_add(1)),
            Self::Back => (positions.end.wrapping_sub(1), positions.end.wrapping_sub(1)),
        }
    }
}

impl<T: ShmSafe> VecDeque<T> {
    /// Adds an element at the back. What makes one in the heap, such as a `&str` for a [`String`](crate::heap::String), does as well.
    ///
    /// # Errors
    ///
    /// [`HeapError::OutOfMemory`] if the queue would have to grow and cannot, and as [`len`](Self::len); with the value.
    #[inline]
    pub fn push_back<V: IntoHeap<T>>(&mut self, heap: &Heap, value: V) -> Result<(), InsertError<V>> {
        self.push(heap, End::Back, value)
    }

    /// Adds an element at the front, as [`push_back`](Self::push_back) does at the back.
    ///
    /// # Errors
    ///
    /// As [`push_back`](Self::push_back).
    #[inline]
    pub fn push_front<V: IntoHeap<T>>(&mut self, heap: &Heap, value: V) -> Result<(), InsertError<V>> {
        self.push(heap, End::Front, value)
    }

    #[inline]
    fn push<V: IntoHeap<T>>(&self, heap: &Heap, end: End, value: V) -> Result<(), InsertError<V>> {
        if V::IS_PLAIN
            && let Some(block) = self.owned.bound_block(heap)
        {
            let positions = Positions::of(block);
            let (position, new) = end.next(positions);
            if positions.len() < positions.capacity
                && let Some(place) = Vec::<T>::place(heap, block, positions.place_of(position))
            {
                // SAFETY: `put_plain` requires an aligned place that nobody else uses: next to the elements, where there is room.
                unsafe { value.put_plain(place) };
                // Release, for the compiler: the element is there before the word says so.
                block.word(end.word()).store(new, Ordering::Release);
                return Ok(());
            }
        }
        self.push_slow(heap, end, value)
    }

    #[cold]
    fn push_slow<V: IntoHeap<T>>(&self, heap: &Heap, end: End, value: V) -> Result<(), InsertError<V>> {
        let Parts { block, positions } = match self.with_room(heap, 1) {
            Ok(found) => found,
            Err(error) => return Err(InsertError::new(value, error)),
        };
        let (position, new) = end.next(positions);
        let place = Vec::<T>::element(block, positions.place_of(position));
        if V::IS_PLAIN {
            // SAFETY: as in `push`.
            unsafe { value.put_plain(place) };
            block.word(end.word()).store(new, Ordering::Release);
            return Ok(());
        }
        put(heap, value, place, |access| access.write(block, end.word(), new))
    }

    /// Removes the last element.
    ///
    /// What it owns itself lies in the heap still, and is this process's own now.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn pop_back(&mut self, heap: &Heap) -> Result<Option<T>, HeapError> {
        self.pop(heap, End::Back)
    }

    /// Removes the first element.
    ///
    /// What it owns itself lies in the heap still, and is this process's own now.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn pop_front(&mut self, heap: &Heap) -> Result<Option<T>, HeapError> {
        self.pop(heap, End::Front)
    }

    #[inline]
    fn pop(&self, heap: &Heap, end: End) -> Result<Option<T>, HeapError> {
        if !Vec::<T>::OWNS
            && let Some(block) = self.owned.bound_block(heap)
        {
            let positions = Positions::of(block);
            let (position, new) = end.last(positions);
            if (1..=positions.capacity).contains(&positions.len())
                && let Some(place) = Vec::<T>::place(heap, block, positions.place_of(position))
            {
                // SAFETY: `read` requires an aligned, valid value: the element at this end (invariant 1). It is none from the store on.
                let value = unsafe { place.read() };
                // Release, for the compiler: the element was read before.
                block.word(end.word()).store(new, Ordering::Release);
                return Ok(Some(value));
            }
        }
        self.pop_slow(heap, end)
    }

    #[cold]
    fn pop_slow(&self, heap: &Heap, end: End) -> Result<Option<T>, HeapError> {
        let Some(Parts { block, positions }) = self.parts(heap)? else { return Ok(None) };
        if positions.len() == 0 {
            return Ok(None);
        }
        let (position, new) = end.last(positions);
        Vec::<T>::take(heap, block, positions.place_of(position), end.word(), new).map(Some)
    }

    /// Keeps the first `len` elements and frees what the others own. Does nothing if there are not so many.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn truncate(&mut self, heap: &Heap, len: usize) -> Result<(), HeapError> {
        let Some(Parts { block, positions }) = self.parts(heap)? else { return Ok(()) };
        let len = len as u64;
        if len >= positions.len() {
            return Ok(());
        }
        if !Vec::<T>::OWNS {
            block.word(END).store(positions.start.wrapping_add(len), Ordering::Relaxed);
            return Ok(());
        }
        Self::ring(block).truncate(&mut Access::new(heap)?, len)
    }

    const fn ring(block: Block<'_>) -> Ring<'_> {
        Ring::of(block, T::LAYOUT)
    }

    /// Frees what the elements own; the queue keeps its capacity.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn clear(&mut self, heap: &Heap) -> Result<(), HeapError> {
        self.truncate(heap, 0)
    }

    /// Frees all that the queue owns; it is empty then.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn free(&mut self, heap: &Heap) -> Result<(), HeapError> {
        if !Vec::<T>::OWNS {
            return Access::free_plain(heap, &self.owned, &Self::KIND);
        }
        // What was begun in it is ended first, and a copy is an error.
        if self.parts(heap)?.is_some() {
            Access::new(heap)?.free(&self.owned, Self::LAYOUT)?;
        }
        Ok(())
    }

    /// Adds elements at the back, one by one: those before one that cannot be added are there.
    ///
    /// # Errors
    ///
    /// As [`push_back`](Self::push_back), with the element that cannot be added. Those behind it are still in the iterator, if that was
    /// borrowed.
    pub fn extend<V: IntoHeap<T>>(
        &mut self,
        heap: &Heap,
        values: impl IntoIterator<Item = V>,
    ) -> Result<(), InsertError<V>> {
        let values = values.into_iter();
        // If there is no room for as many, it is found out which one does not fit.
        let _ = self.reserve(heap, values.size_hint().0);
        values.into_iter().try_for_each(|value| self.push_back(heap, value))
    }
}
