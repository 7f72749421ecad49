//! A vector that was found in its region once: what is done through it is done as to a vector in a process's own memory.
//!
//! # Safety
//!
//! 1. `len` is that of the vector's block, in which `capacity` elements have room and lie inside the region; or there is none, and
//!    `capacity` is 0. The vector is borrowed exclusively. A length that another process writes without the right to leads nowhere:
//!    it is compared with the capacity, which was compared with the region when the view was made.
#![allow(unsafe_code, reason = "reaches the elements")]

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::atomic::Ordering;

use super::{Parts, Vec};
use crate::ShmSafe;
use crate::heap::Heap;
use crate::heap::error::{HeapError, InsertError};
use crate::heap::into_heap::IntoHeap;
use crate::heap::sequence::LEN;
use crate::heap::word::Word;

/// A [`Vec`] to change, which was compared with its heap when the view was made, and not at each access again: for many of them.
///
/// It borrows the vector exclusively, so nobody else uses that meanwhile, and is the slice of its elements. Each push and each pop
/// is done at once, as those of the vector are.
///
/// # Process death
///
/// As of [`Vec`]: a process that dies has made all changes that have returned, and a pending one as a whole or not at all.
///
/// # Examples
///
/// ```
/// use shmcore::{ShmMutex, ShmOptions, heap::Vec};
///
/// let heap = ShmOptions::anonymous().create_heap::<ShmMutex<Vec<u32>>>(64 << 10)?;
/// let mut vec = heap.root().lock().expect("nobody has died");
/// let mut view = vec.view_mut(&heap)?;
/// for number in 0..1000 {
///     view.push(number)?;
/// }
/// view[3] = 0;
/// assert_eq!(view.iter().sum::<u32>(), 499_497);
/// assert_eq!(view.pop()?, Some(999));
/// assert_eq!(vec.len(&heap)?, 999);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ViewMut<'a, T> {
    vec: &'a Vec<T>,
    heap: &'a Heap,
    /// The first element; dangling without a block.
    start: NonNull<T>,
    len: &'a Word,
    capacity: usize,
    exclusive: PhantomData<&'a mut Vec<T>>,
}

// SAFETY: `Send` requires that it may be used on another thread. It gives what `&mut Vec` gives, which moves elements in and out.
unsafe impl<T: ShmSafe + Send> Send for ViewMut<'_, T> {}
// SAFETY: `Sync` requires that several threads may use it at once: they read elements.
unsafe impl<T: ShmSafe + Sync> Sync for ViewMut<'_, T> {}

impl<'a, T: ShmSafe> ViewMut<'a, T> {
    /// The view of a vector that is borrowed exclusively, which is so.
    #[inline]
    fn of(vec: &'a Vec<T>, heap: &'a Heap, parts: Option<Parts<'a>>) -> Self {
        /// The length where there is no block.
        static NOTHING: Word = Word::new(0);
        let (start, len, capacity) = match parts {
            Some(Parts { block, capacity, .. }) => (Vec::first(block), block.word(LEN), capacity),
            None => (NonNull::dangling(), &NOTHING, 0),
        };
        Self { vec, heap, start, len, capacity, exclusive: PhantomData }
    }

    /// Looks at the vector again. If that is an error, the next change finds it too.
    fn refresh(&mut self) {
        *self = Self::of(self.vec, self.heap, self.vec.parts(self.heap).unwrap_or(None));
    }

    /// The number of elements. Written by this thread only.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "a number of elements")]
    fn count(&self) -> usize {
        (self.len.load(Ordering::Relaxed) as usize).min(self.capacity)
    }

    /// How many elements there is room for before the vector grows.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.capacity
    }

    /// Adds an element at the end, as [`Vec::push`].
    ///
    /// # Errors
    ///
    /// As [`Vec::push`].
    #[inline]
    pub fn push<V: IntoHeap<T>>(&mut self, value: V) -> Result<(), InsertError<V>> {
        let len = self.count();
        if V::IS_PLAIN && len < self.capacity {
            // SAFETY: `add` requires that the result is inside the block: there is room for more elements (invariant 1).
            let place = unsafe { self.start.add(len) };
            // SAFETY: `put_plain` requires an aligned place that nobody else uses: behind the last element.
            unsafe { value.put_plain(place.as_ptr()) };
            // Release, for the compiler: the element is there before the length says so.
            self.len.store(len as u64 + 1, Ordering::Release);
            return Ok(());
        }
        self.push_slow(value)
    }

    #[cold]
    fn push_slow<V: IntoHeap<T>>(&mut self, value: V) -> Result<(), InsertError<V>> {
        let pushed = self.vec.push_slow(self.heap, value);
        // Also if it was not put there: the vector may have grown for it.
        self.refresh();
        pushed
    }

    /// Removes the last element, as [`Vec::pop`].
    ///
    /// # Errors
    ///
    /// As [`Vec::pop`].
    #[inline]
    pub fn pop(&mut self) -> Result<Option<T>, HeapError> {
        if !Vec::<T>::OWNS
            && let Some(last) = self.count().checked_sub(1)
        {
            // SAFETY: `add` requires that the result is inside the block: the last element.
            let place = unsafe { self.start.add(last) };
            // SAFETY: `read` requires an aligned, valid value: the last element. It is none from the store on.
            let value = unsafe { place.read() };
            // Release, for the compiler: the element was read before.
            self.len.store(last as u64, Ordering::Release);
            return Ok(Some(value));
        }
        self.pop_slow()
    }

    #[cold]
    fn pop_slow(&mut self) -> Result<Option<T>, HeapError> {
        let popped = self.vec.pop_slow(self.heap);
        self.refresh();
        popped
    }
}

impl<T: ShmSafe> Deref for ViewMut<'_, T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        // SAFETY: `from_raw_parts` requires as many valid, aligned elements, which nobody writes: invariant 1; none without a block.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.count()) }
    }
}

impl<T: ShmSafe> DerefMut for ViewMut<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: `from_raw_parts_mut` requires the same, and that nobody else uses them: the vector is borrowed exclusively.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.count()) }
    }
}

impl<T: ShmSafe + fmt::Debug> fmt::Debug for ViewMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<T: ShmSafe> Vec<T> {
    /// The vector to change, compared with its heap once and not at each access. It is the slice of its elements.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn view_mut<'a>(&'a mut self, heap: &'a Heap) -> Result<ViewMut<'a, T>, HeapError> {
        let vec = &*self;
        Ok(ViewMut::of(vec, heap, vec.parts(heap)?))
    }

    /// Adds elements at the end, one by one: those before one that cannot be added are there.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push), with the element that cannot be added. Those behind it are still in the iterator, if that was borrowed.
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::{ShmMutex, ShmOptions, heap::{String, Vec}};
    ///
    /// let heap = ShmOptions::anonymous().create_heap::<ShmMutex<Vec<String>>>(64 << 10)?;
    /// let mut words = heap.root().lock().expect("nobody has died");
    /// words.extend(&heap, ["made", "in", "the", "heap"])?;
    /// assert_eq!(words.len(&heap)?, 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn extend<V: IntoHeap<T>>(
        &mut self,
        heap: &Heap,
        values: impl IntoIterator<Item = V>,
    ) -> Result<(), InsertError<V>> {
        let values = values.into_iter();
        // If there is no room for as many, it is found out which one does not fit.
        let _ = self.reserve(heap, values.size_hint().0);
        let vec = &*self;
        // Of what cannot be found, the first push says why.
        let mut view = ViewMut::of(vec, heap, vec.parts(heap).unwrap_or(None));
        for value in values {
            view.push(value)?;
        }
        Ok(())
    }
}
