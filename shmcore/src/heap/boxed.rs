//! `Box<T>`: one value in the heap, or none.
//!
//! # Safety
//!
//! 1. The block of a bound box has room for a `T` where [`first_byte`] says. If its state is `FULL`, a value is there.
//! 2. A box reaches nothing outside the region, whatever another process has written into its words and its block without the
//!    right to.
#![allow(unsafe_code, reason = "reaches the value")]

use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::Ordering;

use super::access::Access;
use super::block::{Block, HEADER};
use super::error::{HeapError, InsertError};
use super::into_heap::IntoHeap;
use super::mend::Mended;
use super::owned::{Kind, RawOwned, Words};
use super::{Heap, container_layout};
use crate::layout::{Field, TypeLayout, owns_heap_memory};
use crate::{PlacementDefault, ShmSafe};

/// The index of the word that tells whether there is a value.
const STATE: usize = 3;
/// There is one.
const FULL: u64 = 1;
/// It is being freed.
const FREE: u64 = 2;
/// The index of the word with the offset of the block that this one has replaced and that is not freed yet; 0 if there is none.
const REPLACED: usize = 4;

/// Where a value of this alignment lies, in bytes from the block's start.
const fn first_byte(align: usize) -> usize {
    (HEADER + 2 * size_of::<u64>()).next_multiple_of(if align > 8 { align } else { 8 })
}

/// The block of a box, of which only the layout of the value is known.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    block: Block<'a>,
    value: &'static TypeLayout,
}

impl<'a> Place<'a> {
    pub(super) const fn of(block: Block<'a>, value: &'static TypeLayout) -> Self {
        Self { block, value }
    }

    /// The address of the value.
    pub(super) fn value(self) -> *mut u8 {
        // SAFETY: `byte` requires that it is inside the block: invariant 1.
        unsafe { self.block.byte(first_byte(self.value.align)) }.as_ptr()
    }

    pub(super) fn mend(self, access: &mut Access<'_>) -> Result<Mended, HeapError> {
        self.demand_room(access)?;
        self.free_replaced(access)?;
        match self.block.word(STATE).load(Ordering::Relaxed) {
            FULL => Ok(Mended::Kept),
            FREE => {
                self.free_value(access)?;
                Ok(Mended::Free)
            }
            state => Err(HeapError::Corrupt { what: "a box is in an unknown state", number: state }),
        }
    }

    pub(super) fn free_contents(self, access: &mut Access<'_>) -> Result<(), HeapError> {
        // What a dead process had begun comes first.
        if self.mend(access)? == Mended::Kept {
            self.block.word(STATE).store(FREE, Ordering::Release);
            self.free_value(access)?;
        }
        Ok(())
    }

    /// That this is a block, by the heap's own tables, with room for the value.
    pub(super) fn demand_room(self, access: &mut Access<'_>) -> Result<(), HeapError> {
        let size = access.size_of(self.block)?;
        if size >= first_byte(self.value.align) + self.value.size {
            return Ok(());
        }
        Err(HeapError::Corrupt { what: "the block of a box has no room for its value", number: size as u64 })
    }

    /// Frees the block that this one has replaced, with the value in it. If that has replaced one too, which an error may have left, it
    /// is next. Each time a block is freed, so it ends.
    fn free_replaced(self, access: &mut Access<'_>) -> Result<(), HeapError> {
        loop {
            let offset = self.block.word(REPLACED).load(Ordering::Relaxed);
            if offset == 0 {
                return Ok(());
            }
            let block = access
                .heap
                .block_at(offset)
                .filter(|block| block.offset() != self.block.offset() && block.kind() == self.block.kind());
            let Some(block) = block else {
                return Err(HeapError::Corrupt { what: "a box has replaced what is no box", number: offset });
            };
            let replaced = Place { block, value: self.value };
            replaced.demand_room(access)?;
            replaced.free_value(access)?;
            let next = block.word(REPLACED).load(Ordering::Relaxed);
            access.free_block(block)?;
            access.write(self.block, REPLACED, next);
            access.commit();
        }
    }

    fn free_value(self, access: &mut Access<'_>) -> Result<(), HeapError> {
        if owns_heap_memory(self.value) {
            // SAFETY: `free_owned_by` requires a value that the caller has alone and never uses again: that of the block, which is
            // going.
            unsafe { access.free_owned_by(self.value, self.value()) }?;
        }
        Ok(())
    }
}

/// A value in a heap, or none: the twin of [`std::boxed::Box`].
///
/// All zero bytes are an empty box. It has no destructor, as nothing in shared memory has: what it owns is freed by
/// [`free`](Self::free), by [`take`](Self::take), or with the container that it lies in.
///
/// A type cannot hold itself in a box, or in another container of a heap: its layout would be a constant that needs itself. Nodes of
/// lists, trees and graphs lie in a [`Slab`](super::Slab), and hold [`Handle`](super::Handle)s of each other.
///
/// ```compile_fail
/// use shmcore::{ShmSafe, heap::Box};
///
/// #[derive(ShmSafe)]
/// #[repr(C)]
/// struct Node {
///     next: Box<Node>, // a `Handle<Node>` does
/// }
/// ```
///
/// # Process death
///
/// Each operation is done or was never begun, and nothing leaks. What a box in a process's *own* memory owns stays allocated
/// if the process dies, until [`ShmHeap::reclaim`](super::ShmHeap::reclaim).
///
/// # Examples
///
/// ```
/// use shmcore::{ShmMutex, ShmOptions, heap::Box};
///
/// let heap = ShmOptions::anonymous().create_heap::<ShmMutex<Box<u64>>>(4096)?;
/// let mut slot = heap.root().lock().expect("nobody has died");
/// *slot = Box::new(&heap, 5)?;
/// *slot.get_mut(&heap)?.expect("full") += 1;
/// assert_eq!(slot.take(&heap)?, Some(6));
/// assert_eq!(heap.used(), 0);
/// # Ok::<(), std::boxed::Box<dyn std::error::Error>>(())
/// ```
#[repr(C)]
pub struct Box<T> {
    owned: RawOwned,
    value: PhantomData<T>,
}

// SAFETY: 1. Self-contained: the words lead to memory of the region only, and mean nothing elsewhere. 2. `repr(C)`: the words, as
// described; the version is that of their meaning. 3. Interior mutability in atomics only. 4. No `Drop`, here or in `T`.
// 5. Words that do not lead to a block of the same heap are an error.
#[diagnostic::do_not_recommend]
unsafe impl<T: ShmSafe> ShmSafe for Box<T> {
    const LAYOUT: &'static TypeLayout =
        container_layout!("HeapBox", Self, [Field { name: "value", offset: 0, layout: <[T; 0]>::LAYOUT }]);
}

// SAFETY: zeroes are an empty box.
#[diagnostic::do_not_recommend]
unsafe impl<T: ShmSafe> PlacementDefault for Box<T> {
    const DEFAULT_IS_ZERO: bool = true;

    unsafe fn placement_default(_: *mut Self) {}
}

impl<T: ShmSafe> Box<T> {
    const KIND: Kind = Kind::of(Self::LAYOUT);
    const FIRST: usize = first_byte(align_of::<T>());
    const OWNS: bool = owns_heap_memory(T::LAYOUT);

    /// A box without a value.
    #[must_use]
    pub const fn empty() -> Self {
        Self { owned: RawOwned::new(), value: PhantomData }
    }

    /// Moves a value into the heap. What makes a value in the heap, such as a `&str` for a [`String`](super::String), does as well.
    ///
    /// # Errors
    ///
    /// [`HeapError::OutOfMemory`], with the value.
    pub fn new<V: IntoHeap<T>>(heap: &Heap, value: V) -> Result<Self, InsertError<V>> {
        let new = Self::empty();
        new.fill(heap, value, None)?;
        Ok(new)
    }

    /// Makes the block of a value, in place of the one that the box has.
    fn fill<V: IntoHeap<T>>(
        &self,
        heap: &Heap,
        value: V,
        old: Option<Block<'_>>,
    ) -> Result<(), InsertError<V>> {
        let mut access = match Access::new(heap) {
            Ok(access) => access,
            Err(error) => return Err(InsertError::new(value, error)),
        };
        let value = match value.bind(&mut access) {
            Ok(value) => value,
            Err((value, error)) => return Err(InsertError::new(value, error)),
        };
        const { assert!(align_of::<T>() <= 4096, "a type in shared memory is aligned to at most 4096 bytes") };
        let size = Self::FIRST + size_of::<T>();
        let new = match access.allocate(size, align_of::<T>(), Self::KIND, self.owned.address()) {
            Ok(new) => new,
            Err(error) => return Err(InsertError::new(value, error)),
        };
        let place = Place::of(new.block, T::LAYOUT);
        // SAFETY: `put` requires an aligned place in the heap for a `T` that nobody else uses: the block was just allocated for it.
        if let Err(error) = unsafe { value.put(&mut access, place.value().cast()) } {
            access.abandon();
            return Err(InsertError::new(value, error));
        }
        new.block.word(STATE).store(FULL, Ordering::Relaxed);
        let replaced = old.map_or(0, |old| old.offset() as u64);
        new.block.word(REPLACED).store(replaced, Ordering::Relaxed);
        access.set(&self.owned, new.words);
        access.commit();
        // If this process dies now, whoever uses the box next goes on. Of an error that is left: the box has its new value.
        let _ = place.free_replaced(&mut access);
        Ok(())
    }

    /// Makes the block of a plain value. The box is empty.
    #[inline]
    fn fill_plain<V: IntoHeap<T>>(&self, heap: &Heap, value: V) -> Result<(), InsertError<V>> {
        let mut access = match Access::new(heap) {
            Ok(access) => access,
            Err(error) => return Err(InsertError::new(value, error)),
        };
        let size = Self::FIRST + size_of::<T>();
        let Some(new) = access.small_block(size, align_of::<T>(), Self::KIND, &self.owned) else {
            drop(access);
            return self.fill(heap, value, None);
        };
        let place = Place::of(new.block, T::LAYOUT);
        // SAFETY: `put_plain` requires a plain value, which the callers have seen, and an aligned place for a `T` that nobody else uses:
        // the block is that of the box from the commit on.
        unsafe { value.put_plain(place.value().cast()) };
        new.block.word(STATE).store(FULL, Ordering::Relaxed);
        new.block.word(REPLACED).store(0, Ordering::Relaxed);
        access.take_small(&new, &self.owned);
        Ok(())
    }

    /// Whether its block is all that it owns: the value owns nothing, and no other block waits to be freed.
    #[inline]
    fn owns_its_block_only(&self, heap: &Heap) -> bool {
        let replaced = |block: Block<'_>| block.word(REPLACED).load(Ordering::Relaxed);
        !Self::OWNS && self.owned.bound_block(heap).is_some_and(|block| replaced(block) == 0)
    }

    /// Whether there is no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.owned.is_empty()
    }

    /// The value.
    ///
    /// # Errors
    ///
    /// [`HeapError`], but not for want of memory.
    pub fn get<'a>(&'a self, heap: &'a Heap) -> Result<Option<&'a T>, HeapError> {
        let value = self.place(heap)?;
        // SAFETY: a reference requires an aligned, valid value that nobody writes: invariant 1; the box, which owns it, is borrowed.
        Ok(value.map(|value| unsafe { &*value }))
    }

    /// The value, to change it.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub fn get_mut<'a>(&'a mut self, heap: &'a Heap) -> Result<Option<&'a mut T>, HeapError> {
        let value = self.place(heap)?;
        // SAFETY: a `&mut` requires an aligned, valid value that nobody else uses: invariant 1; the box, which owns it, is borrowed
        // exclusively.
        Ok(value.map(|value| unsafe { &mut *value }))
    }

    fn place(&self, heap: &Heap) -> Result<Option<*mut T>, HeapError> {
        let block = self.block(heap)?;
        Ok(block.map(|block| Place::of(block, T::LAYOUT).value().cast()))
    }

    /// The block, which has room for a value inside the region, whatever stands in it.
    #[inline]
    fn block<'a>(&'a self, heap: &'a Heap) -> Result<Option<Block<'a>>, HeapError> {
        match self.owned.block(heap, Self::KIND)? {
            Some(block) if !heap.has_room(block, Self::FIRST + size_of::<T>(), align_of::<T>()) => {
                Err(HeapError::Corrupt {
                    what: "a box ends outside the region",
                    number: block.offset() as u64,
                })
            }
            block => Ok(block),
        }
    }

    /// Puts a value into the box, and frees the one that was there.
    ///
    /// # Errors
    ///
    /// [`HeapError`], with the value; the old one is still there.
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::{ShmMutex, ShmOptions, heap::{Box, String}};
    ///
    /// let heap = ShmOptions::anonymous().create_heap::<ShmMutex<Box<String>>>(4096)?;
    /// let mut slot = heap.root().lock().expect("nobody has died");
    /// slot.set(&heap, "first")?;
    /// slot.set(&heap, "second")?; // The first one is freed.
    /// assert_eq!(slot.get(&heap)?.expect("full").as_str(&heap)?, "second");
    /// assert_eq!(heap.check()?.blocks, 2);
    /// # Ok::<(), std::boxed::Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn set<V: IntoHeap<T>>(&mut self, heap: &Heap, value: V) -> Result<(), InsertError<V>> {
        if V::IS_PLAIN && self.owned.is_empty() {
            return self.fill_plain(heap, value);
        }
        match self.block(heap) {
            Ok(old) => self.fill(heap, value, old),
            Err(error) => Err(InsertError::new(value, error)),
        }
    }

    /// Takes the value out.
    ///
    /// What it owns itself lies in the heap still, and is this process's own now.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub fn take(&mut self, heap: &Heap) -> Result<Option<T>, HeapError> {
        let Some(block) = self.block(heap)? else { return Ok(None) };
        let place = Place::of(block, T::LAYOUT).value();
        if self.owns_its_block_only(heap) {
            // SAFETY: as below.
            let value = unsafe { place.cast::<T>().read() };
            Access::free_plain(heap, &self.owned, &Self::KIND)?;
            return Ok(Some(value));
        }
        let mut access = Access::new(heap)?;
        if Self::OWNS {
            // SAFETY: `bind_all` and `take` require a value that the caller has alone: the box's, which is borrowed exclusively.
            unsafe { access.bind_all(T::LAYOUT, place) }?;
            // SAFETY: as above.
            unsafe { access.take(T::LAYOUT, place) };
        }
        // SAFETY: `read` requires an aligned, valid value: invariant 1. It is moved: the block is freed without it.
        let value = unsafe { place.cast::<T>().read() };
        access.free_block(block)?;
        access.set(&self.owned, Words::EMPTY);
        access.commit();
        Ok(Some(value))
    }

    /// Frees the value and what it owns; the box is empty then.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    #[inline]
    pub fn free(&mut self, heap: &Heap) -> Result<(), HeapError> {
        if self.owns_its_block_only(heap) {
            return Access::free_plain(heap, &self.owned, &Self::KIND);
        }
        // What was begun in it is ended first, and a copy is an error.
        if self.block(heap)?.is_some() {
            Access::new(heap)?.free(&self.owned, Self::LAYOUT)?;
        }
        Ok(())
    }
}

impl<T> fmt::Debug for Box<T> {
    /// Not the value, which is to be had with the heap only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Box").field("is_empty", &self.owned.is_empty()).finish_non_exhaustive()
    }
}
