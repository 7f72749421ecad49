//! `ShmDeque<T, N>`: a queue of at most `N` elements, to which both ends are open. Its elements are in a ring, which is what sets it
//! apart from the list.
//!
//! ```text
//! head | tail | slots: N places          positions: 0 1 2 3 4 5 6 7   (N = 4)
//!   3      5    [ b | - | - | a ]        places:    0 1 2 3 0 1 2 3
//! ```
//!
//! A position is a number below `2 N`, which goes on at 0; place `p` has the positions `p` and `N + p`. The elements are at the positions
//! from `head` to before `tail`:
//!
//! | `tail - head`, modulo `2 N` | means |
//! |---|---|
//! | 0 | empty |
//! | up to `N - 1` | so many elements |
//! | `N` | full |
//! | more, or a number of `2 N` and beyond in a word | damaged: counts as empty |
//!
//! So each end has a word of its own, and adding or removing an element is one store. A number of elements instead of `tail` would
//! have to change together with `head`, and a process may be killed between the two.
//!
//! # Safety
//!
//! 1. The places at the positions from `head` to before `tail` hold values of `T`, if the two are as the table says; the others may hold
//!    anything. Words that are not, which only damaged bytes have, are never followed.
//! 2. `head` and `tail` move apart after the places were written, and towards each other before they are given away, in program
//!    order: whoever finds the bytes of a process that was killed finds values between them, unless it died while it moved elements.
//! 3. `repr(C)`: eight bytes of `head`, eight of `tail`, then `N` places. All zeroes is the empty queue.
#![allow(unsafe_code, reason = "its places are uninitialised memory")]

use std::mem::{MaybeUninit, offset_of};
use std::slice;
use std::sync::atomic::{Ordering, compiler_fence};

use super::CapacityError;
use crate::layout::{Field, Kind, TypeLayout};
use crate::{Immutable, PlacementDefault, ShmSafe};

mod access;
mod convert;
mod drain;
mod iter;
mod moves;
mod traits;

pub use drain::Drain;
pub use iter::{IntoIter, Iter, IterMut};

/// A queue of at most `N` elements, to which both ends are open: [`VecDeque`](std::collections::VecDeque), inside the value.
///
/// Nothing is on the heap: its size is that of `N` elements and two numbers, whatever it holds.
///
/// # Layout
///
/// `#[repr(C)]`: the positions of the first element and behind the last one as `u64`, then `N` places for elements. A position is less than
/// `2 N`, so that a full queue is not an empty one. All zeroes is the empty queue.
///
/// # Process death
///
/// If the process is killed inside what adds or removes at an end, such as [`push_back`](Self::push_back) and
/// [`pop_front`](Self::pop_front), it is done or it is not. Inside what moves elements, such as [`insert`](Self::insert) and
/// [`make_contiguous`](Self::make_contiguous), some may be there twice or be half moved; the lock around it is poisoned then.
///
/// # Examples
///
/// ```
/// use shmcore::{ShmDeque, ShmMutex, create_shared};
///
/// let jobs = create_shared::<ShmMutex<ShmDeque<u64, 1000>>>()?;
/// let mut jobs = jobs.lock().expect("nobody has died");
/// jobs.push_back(1)?;
/// jobs.push_back(2)?;
/// jobs.push_front(0)?;
/// assert_eq!(*jobs, [0, 1, 2]);
/// assert_eq!(jobs.pop_front(), Some(0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[repr(C)]
pub struct ShmDeque<T, const N: usize> {
    head: u64,
    tail: u64,
    slots: [MaybeUninit<T>; N],
}

// SAFETY: `ShmSafe` requires
// 1. self-containment: numbers and values of `T: ShmSafe`; 2. an exact layout: `repr(C)`, offsets are the compiler's, a
//    `MaybeUninit<T>` is laid out as `T`; validation knows the kind by its name; 3. no interior mutability but that of `T`;
// 4. no drop glue: `MaybeUninit` has none; 5. the numbers mean the same everywhere (invariant 1).
#[diagnostic::do_not_recommend]
unsafe impl<T: ShmSafe, const N: usize> ShmSafe for ShmDeque<T, N> {
    const LAYOUT: &'static TypeLayout = &TypeLayout {
        name: "ShmDeque",
        size: size_of::<Self>(),
        align: align_of::<Self>(),
        kind: Kind::Opaque {
            version: 1,
            fields: &[
                Field { name: "head", offset: 0, layout: u64::LAYOUT },
                Field { name: "tail", offset: offset_of!(Self, tail), layout: u64::LAYOUT },
                Field { name: "slots", offset: offset_of!(Self, slots), layout: <[T; N]>::LAYOUT },
            ],
        },
    };
}

// SAFETY: zeroes are the empty queue (invariant 3), so there is nothing to write.
#[diagnostic::do_not_recommend]
unsafe impl<T: ShmSafe, const N: usize> PlacementDefault for ShmDeque<T, N> {
    const DEFAULT_IS_ZERO: bool = true;

    unsafe fn placement_default(_: *mut Self) {}
}

// SAFETY: no interior mutability but that of the elements.
#[diagnostic::do_not_recommend]
unsafe impl<T: Immutable, const N: usize> Immutable for ShmDeque<T, N> {}

/// Where the elements are.
#[derive(Clone, Copy)]
struct Ends {
    /// The position of the first one, less than `2 N`, or 0 if `N` is.
    head: usize,
    /// Not greater than `N`.
    len: usize,
}

impl<T: ShmSafe, const N: usize> ShmDeque<T, N> {
    /// How many positions there are. A capacity that is too great for them, which only elements without size allow, does not compile.
    const POSITIONS: usize = 2 * N;

    /// No position: nothing is between the ends while it stands in one of the words.
    const NOWHERE: u64 = u64::MAX;

    /// An empty queue.
    #[must_use]
    pub const fn new() -> Self {
        Self { head: 0, tail: 0, slots: [const { MaybeUninit::uninit() }; N] }
    }

    /// How many elements it holds at most: `N`.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        N
    }

    /// Where the elements are; `None` if the words are damaged, or there are no places.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "they are less than `POSITIONS`")]
    const fn ends(&self) -> Option<Ends> {
        let (head, tail) = (self.head, self.tail);
        if head >= Self::POSITIONS as u64 || tail >= Self::POSITIONS as u64 {
            return None;
        }
        let (head, tail) = (head as usize, tail as usize);
        let len = if head <= tail { tail - head } else { Self::POSITIONS - head + tail };
        if len <= N { Some(Ends { head, len }) } else { None }
    }

    /// Where the elements are. There are none in a queue that was damaged.
    #[inline]
    const fn ends_or_none(&self) -> Ends {
        match self.ends() {
            Some(ends) => ends,
            None => Ends { head: 0, len: 0 },
        }
    }

    /// Where the elements are, before a change: words that are damaged become those of the empty queue.
    #[inline]
    fn ends_to_change(&mut self) -> Ends {
        match self.ends() {
            Some(ends) => ends,
            None => self.repair(),
        }
    }

    #[cold]
    fn repair(&mut self) -> Ends {
        // At no moment are there elements.
        store(&mut self.tail, Self::NOWHERE);
        store(&mut self.head, 0);
        store(&mut self.tail, 0);
        Ends { head: 0, len: 0 }
    }

    /// The position that is `steps` behind another one; `steps` is less than the number of positions.
    #[inline]
    const fn behind(position: usize, steps: usize) -> usize {
        let left = Self::POSITIONS - position;
        if steps < left { position + steps } else { steps - left }
    }

    /// The place of a position.
    #[inline]
    const fn place(position: usize) -> usize {
        if position < N { position } else { position - N }
    }

    /// Says that the elements begin at another position.
    ///
    /// # Safety
    ///
    /// `head` is a position, and between it and `tail` are at most `N` values.
    #[inline]
    unsafe fn set_head(&mut self, head: usize) {
        store(&mut self.head, head as u64);
    }

    /// Says that the elements end before another position.
    ///
    /// # Safety
    ///
    /// `tail` is a position, and between `head` and it are at most `N` values.
    #[inline]
    unsafe fn set_tail(&mut self, tail: usize) {
        store(&mut self.tail, tail as u64);
    }

    /// The number of elements.
    #[must_use]
    #[inline]
    pub const fn len(&self) -> usize {
        self.ends_or_none().len
    }

    /// Whether there are no elements.
    #[must_use]
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room for another element.
    #[must_use]
    #[inline]
    pub const fn is_full(&self) -> bool {
        self.len() == N
    }

    /// Adds an element at the back.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] with the element if the queue is full.
    #[inline]
    pub fn push_back(&mut self, value: T) -> Result<(), CapacityError<T>> {
        let Ends { head, len } = self.ends_to_change();
        if len == N {
            return Err(CapacityError::new(value, N));
        }
        let position = Self::behind(head, len);
        self.slots[Self::place(position)].write(value);
        // SAFETY: `set_tail` requires at most `N` values: there were fewer, and one more was just written behind them.
        unsafe { self.set_tail(Self::behind(position, 1)) };
        Ok(())
    }

    /// Adds an element at the front.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] with the element if the queue is full.
    #[inline]
    pub fn push_front(&mut self, value: T) -> Result<(), CapacityError<T>> {
        let Ends { head, len } = self.ends_to_change();
        if len == N {
            return Err(CapacityError::new(value, N));
        }
        let position = Self::behind(head, Self::POSITIONS - 1);
        self.slots[Self::place(position)].write(value);
        // SAFETY: `set_head` requires at most `N` values: there were fewer, and one more was just written before them.
        unsafe { self.set_head(position) };
        Ok(())
    }

    /// Takes the last element.
    #[inline]
    pub fn pop_back(&mut self) -> Option<T> {
        let Ends { head, len } = self.ends_to_change();
        let position = Self::behind(head, len.checked_sub(1)?);
        // SAFETY: `set_tail` requires at most `N` values: one fewer than before.
        unsafe { self.set_tail(position) };
        // SAFETY: `take` requires a value that is no element any more: it was the last one (invariant 1).
        Some(unsafe { self.take(position) })
    }

    /// Takes the first element.
    #[inline]
    pub fn pop_front(&mut self) -> Option<T> {
        let Ends { head, len } = self.ends_to_change();
        if len == 0 {
            return None;
        }
        // SAFETY: `set_head` requires at most `N` values: one fewer than before.
        unsafe { self.set_head(Self::behind(head, 1)) };
        // SAFETY: `take` requires a value that is no element any more: it was the first one (invariant 1).
        Some(unsafe { self.take(head) })
    }

    /// The value at a position.
    ///
    /// # Safety
    ///
    /// There is one, which is used once: it is no element any more.
    #[inline]
    unsafe fn take(&self, position: usize) -> T {
        // SAFETY: `assume_init_read` requires a value, which is used once: the caller says so.
        unsafe { self.slots[Self::place(position)].assume_init_read() }
    }

    /// The elements in their order, in two pieces.
    #[must_use]
    #[inline]
    pub fn as_slices(&self) -> (&[T], &[T]) {
        let Ends { head, len } = self.ends_or_none();
        let first = Self::place(head);
        let before_end = len.min(N - first);
        // SAFETY: `values` requires values: they are at the positions from `head` on (invariant 1), up to the last place.
        let front = unsafe { values(&self.slots[first..first + before_end]) };
        // SAFETY: as above: the positions go on in the first place.
        let back = unsafe { values(&self.slots[..len - before_end]) };
        (front, back)
    }

    /// The elements in their order, in two pieces, to be changed.
    #[must_use]
    #[inline]
    pub fn as_mut_slices(&mut self) -> (&mut [T], &mut [T]) {
        let Ends { head, len } = self.ends_or_none();
        let first = Self::place(head);
        let before_end = len.min(N - first);
        // The second piece ends before the first begins: there are at most `N` elements.
        let (start, rest) = self.slots.split_at_mut(first);
        // SAFETY: `values_mut` requires values: they are at the positions from `head` on (invariant 1), up to the last place.
        let front = unsafe { values_mut(&mut rest[..before_end]) };
        // SAFETY: as above: the positions go on in the first place.
        let back = unsafe { values_mut(&mut start[..len - before_end]) };
        (front, back)
    }

    /// Keeps the first `len` elements.
    pub fn truncate(&mut self, len: usize) {
        let ends = self.ends_to_change();
        if len < ends.len {
            // SAFETY: `set_tail` requires at most `N` values: fewer than before.
            unsafe { self.set_tail(Self::behind(ends.head, len)) };
        }
    }

    /// Removes all elements.
    pub fn clear(&mut self) {
        self.truncate(0);
    }
}

/// One of the two words.
#[inline]
fn store(word: &mut u64, value: u64) {
    // Invariant 2: what was written before stays before, for whoever finds the bytes after this process was killed; and what is
    // written afterwards stays behind.
    compiler_fence(Ordering::Release);
    *word = value;
    compiler_fence(Ordering::Release);
}

/// # Safety
///
/// The places hold values.
#[inline]
unsafe fn values<T>(places: &[MaybeUninit<T>]) -> &[T] {
    // SAFETY: `from_raw_parts` requires values in one piece, borrowed: the caller says that they are, and a `MaybeUninit<T>` is laid
    // out as `T`.
    unsafe { slice::from_raw_parts(places.as_ptr().cast(), places.len()) }
}

/// # Safety
///
/// The places hold values.
#[inline]
unsafe fn values_mut<T>(places: &mut [MaybeUninit<T>]) -> &mut [T] {
    // SAFETY: `from_raw_parts_mut` requires values in one piece, borrowed exclusively: as above. Only values are written there.
    unsafe { slice::from_raw_parts_mut(places.as_mut_ptr().cast(), places.len()) }
}

#[cfg(test)]
mod tests;
