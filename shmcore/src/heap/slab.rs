//! `Slab<T>`: values in the heap, each found by the handle that its insertion returned; it grows.
//!
//! It is a [`Vec`] of slots, of which the first one is no place for a value: its word is the slab's *head*. What changes, and in
//! which order, so that a death between any two stores does no harm, is told in `slots`.
//!
//! # Safety
//!
//! 1. As of `slots`.
#![allow(unsafe_code, reason = "moves values in and out of their places")]

use std::fmt;

use super::access::Access;
use super::error::{HeapError, InsertError};
use super::into_heap::IntoHeap;
use super::vec::{Vec, put};
use super::{Handle, Heap};
use crate::layout::{Field, Kind, TypeLayout, owns_heap_memory};
use crate::{PlacementDefault, ShmSafe};

mod iter;
mod slot;
mod slots;

pub use iter::{Iter, IterMut};
use slot::Slot;
pub(super) use slots::mend;
use slots::{Insertion, Slots};

/// Values in a heap, each found by the [`Handle`] that its insertion returned: a [`ShmSlab`](crate::ShmSlab) that grows.
///
/// A handle is eight bytes, is copied as a number is, and means the same in every process: it is what a value in shared memory has in
/// place of a reference or a pointer. Inserting and removing takes the same short time however many values there are. A handle whose
/// value was removed finds nothing, also when its place is used again. A place that was used 2³¹ times is not used again.
///
/// A handle is of a type, but not of one slab. Used with another one, also with one that was emptied by [`free`](Self::free), it
/// finds nothing, or the value that has the same place and generation there.
///
/// The heap is an argument of each method that reaches the values. All zero bytes are an empty slab, which owns nothing. It has no
/// destructor, as nothing in shared memory has: what it owns is freed by [`free`](Self::free), or with the container that it lies in; a
/// slab that is overwritten by an assignment leaks.
///
/// # Layout
///
/// A [`Vec`] of slots: generation and next free slot as `u32`, and the value. The first slot has the number of values and
/// the first free slot.
///
/// # Process death
///
/// [`insert`](Self::insert) and [`remove`](Self::remove) are done or were never begun, and nothing leaks; for
/// [`clear`](Self::clear) and [`retain`](Self::retain) that holds for each value. What a slab in a process's *own* memory owns, and what
/// a value owns that was removed, stays allocated if the process dies.
///
/// # Examples
///
/// A tree whose nodes know each other both ways:
///
/// ```
/// use shmcore::heap::{Handle, HeapError, Slab, String, Vec};
/// use shmcore::{ShmMutex, ShmOptions, ShmSafe};
///
/// #[derive(ShmSafe)]
/// #[repr(C)]
/// struct Folder {
///     name: String,
///     parent: Handle<Folder>,
///     children: Vec<Handle<Folder>>,
/// }
///
/// fn add(
///     folders: &mut Slab<Folder>,
///     heap: &shmcore::heap::Heap,
///     name: &str,
///     parent: Handle<Folder>,
/// ) -> Result<Handle<Folder>, HeapError> {
///     let name = String::from_str(heap, name)?;
///     let new = folders.insert(heap, Folder { name, parent, children: Vec::new() })?;
///     if let Some(parent) = folders.get_mut(heap, parent)? {
///         parent.children.push(heap, new)?;
///     }
///     Ok(new)
/// }
///
/// let heap = ShmOptions::anonymous().create_heap::<ShmMutex<Slab<Folder>>>(64 << 10)?;
/// let mut folders = heap.root().lock().expect("nobody has died");
/// let home = add(&mut folders, &heap, "home", Handle::dangling())?;
/// let music = add(&mut folders, &heap, "music", home)?;
///
/// let child = folders.get(&heap, home)?.expect("there").children.as_slice(&heap)?[0];
/// assert_eq!(folders.get(&heap, child)?.expect("there").name.as_str(&heap)?, "music");
/// assert_eq!(folders.get(&heap, child)?.expect("there").parent, home);
///
/// folders.retain(&heap, |folder, _| folder != music)?;
/// assert!(folders.get(&heap, child)?.is_none());
/// folders.free(&heap)?;
/// assert_eq!(heap.used(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[repr(C)]
pub struct Slab<T> {
    slots: Vec<Slot<T>>,
}

// SAFETY: 1. Self-contained: a vector is. 2. `repr(C)`: a vector, and nothing else. 3. Interior mutability in the vector's only. 4. No
// `Drop`, here or in a vector. 5. Any vector of slots is a slab: what its words lead to is compared with what there is.
#[diagnostic::do_not_recommend]
unsafe impl<T: ShmSafe> ShmSafe for Slab<T> {
    const LAYOUT: &'static TypeLayout = &TypeLayout {
        name: "HeapSlab",
        size: size_of::<Self>(),
        align: align_of::<Self>(),
        kind: Kind::Struct {
            fields: &[Field { name: "slots", offset: 0, layout: <Vec<Slot<T>> as ShmSafe>::LAYOUT }],
        },
    };
}

// SAFETY: zeroes are an empty slab.
#[diagnostic::do_not_recommend]
unsafe impl<T: ShmSafe> PlacementDefault for Slab<T> {
    const DEFAULT_IS_ZERO: bool = true;

    unsafe fn placement_default(_: *mut Self) {}
}

impl<T> Slab<T> {
    /// A slab without values, which owns nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { slots: Vec::new() }
    }
}

impl<T: ShmSafe> Slab<T> {
    const OWNS: bool = owns_heap_memory(T::LAYOUT);

    #[inline]
    fn slots<'a>(&'a self, heap: &'a Heap) -> Result<Option<Slots<'a, T>>, HeapError> {
        Ok(self.slots.block(heap)?.map(Slots::of))
    }

    /// The number of values.
    ///
    /// # Errors
    ///
    /// [`HeapError`], but not for want of memory.
    pub fn len(&self, heap: &Heap) -> Result<usize, HeapError> {
        Ok(self.slots(heap)?.map_or(0, Slots::len))
    }

    /// Whether there are no values.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn is_empty(&self, heap: &Heap) -> Result<bool, HeapError> {
        Ok(self.len(heap)? == 0)
    }

    /// How many values there is room for before the slab grows.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn capacity(&self, heap: &Heap) -> Result<usize, HeapError> {
        Ok(self.slots.capacity(heap)?.saturating_sub(1))
    }

    /// The value of a handle; `None` if it was removed.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn get<'a>(&'a self, heap: &'a Heap, handle: Handle<T>) -> Result<Option<&'a T>, HeapError> {
        let slot = self.slots.as_slice(heap)?.get(slots::place(handle));
        Ok(slot.and_then(|slot| slot.get(handle.generation())))
    }

    /// The value of a handle, to be changed; `None` if it was removed.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn get_mut<'a>(
        &'a mut self,
        heap: &'a Heap,
        handle: Handle<T>,
    ) -> Result<Option<&'a mut T>, HeapError> {
        let slot = self.slots.as_mut_slice(heap)?.get_mut(slots::place(handle));
        Ok(slot.and_then(|slot| slot.get_mut(handle.generation())))
    }

    /// Whether the value of a handle is still there.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn contains(&self, heap: &Heap, handle: Handle<T>) -> Result<bool, HeapError> {
        Ok(self.get(heap, handle)?.is_some())
    }

    /// Adds a value, and returns the handle by which it is found. What makes a value in the heap, such as a `&str` for a
    /// [`String`](super::String), does as well.
    ///
    /// # Errors
    ///
    /// [`HeapError::OutOfMemory`] if the slab would have to grow and cannot, and as [`len`](Self::len); with the value.
    pub fn insert<V: IntoHeap<T>>(&mut self, heap: &Heap, value: V) -> Result<Handle<T>, InsertError<V>> {
        let (slots, insertion) = match self.begin_insertion(heap) {
            Ok(begun) => begun,
            Err(error) => return Err(InsertError::new(value, error)),
        };
        let (block, word, new) = (slots.block(), insertion.word, insertion.new);
        if V::IS_PLAIN {
            // SAFETY: `put_plain` requires an aligned place that nobody else uses: that of a slot which has no value yet.
            unsafe { value.put_plain(slots.value(insertion.place)) };
            slots.store(word, new);
        } else {
            put(heap, value, slots.value(insertion.place), |access| access.write(block, word, new))?;
        }
        Ok(slots.end_insertion(insertion))
    }

    /// Finds a slot for another value, and makes one if there is none.
    fn begin_insertion<'a>(&'a self, heap: &'a Heap) -> Result<(Slots<'a, T>, Insertion), HeapError> {
        if let Some(slots) = self.slots(heap)?
            && let Some(insertion) = slots.begin_reuse(heap)?
        {
            return Ok((slots, insertion));
        }
        let slots = self.with_room(heap, 1)?;
        let insertion = slots.begin_append().ok_or_else(|| heap.out_of_memory(usize::MAX))?;
        Ok((slots, insertion))
    }

    /// The slots, with room for so many more behind them, and with the first one, which is the head.
    fn with_room<'a>(&'a self, heap: &'a Heap, additional: usize) -> Result<Slots<'a, T>, HeapError> {
        let has_head = self.slots.len(heap)? > 0;
        let needed = additional.saturating_add(usize::from(!has_head));
        let (block, _) = self.slots.with_room(heap, needed)?;
        let slots = Slots::of(block);
        if !has_head {
            slots.format();
        }
        Ok(slots)
    }

    /// Makes room for so many values more, besides the places of those that were removed.
    ///
    /// # Errors
    ///
    /// As [`insert`](Self::insert).
    pub fn reserve(&mut self, heap: &Heap, additional: usize) -> Result<(), HeapError> {
        self.with_room(heap, additional).map(|_| ())
    }

    /// Removes the value of a handle, and returns it; `None` if it was removed before.
    ///
    /// What it owns itself lies in the heap still, and is this process's own now.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len); the value is still there.
    pub fn remove(&mut self, heap: &Heap, handle: Handle<T>) -> Result<Option<T>, HeapError> {
        let Some(slots) = self.slots(heap)? else { return Ok(None) };
        let place = slots::place(handle);
        if !slots.is_found(place, handle.generation()) {
            return Ok(None);
        }
        let state = slots.begin_removal(heap, place)?;
        let at = slots.value(place);
        if !Self::OWNS {
            // SAFETY: `read` requires an aligned, valid value: the slot has one (invariant 1). It is none from the store on.
            let value = unsafe { at.read() };
            slots.set(place, state.vacated());
            return Ok(Some(value));
        }
        let mut access = Access::new(heap)?;
        // SAFETY: `bind_all` and `take` require a value that the caller has alone: one of a slab that is borrowed exclusively.
        unsafe { access.bind_all(T::LAYOUT, at.cast()) }?;
        // SAFETY: as above.
        unsafe { access.take(T::LAYOUT, at.cast()) };
        // SAFETY: as above; it is none from the commit on.
        let value = unsafe { at.read() };
        access.write(slots.block(), Slots::<T>::word_of(place), state.vacated().bits());
        access.commit();
        Ok(Some(value))
    }

    /// Keeps the values that fulfil a condition, which may change them, and frees what the others own.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len); those that were not looked at yet are still there.
    pub fn retain(
        &mut self,
        heap: &Heap,
        mut condition: impl FnMut(Handle<T>, &mut T) -> bool,
    ) -> Result<(), HeapError> {
        let Some(slots) = self.slots(heap)? else { return Ok(()) };
        for place in 1..slots.used() {
            let Some(handle) = slots.handle(place) else { continue };
            // SAFETY: a `&mut` requires an aligned, valid value that nobody else uses: the slot has one (invariant 1), and the slab is
            // borrowed exclusively.
            let value = unsafe { &mut *slots.value(place) };
            if !condition(handle, value) {
                slots.discard(heap, place)?;
            }
        }
        Ok(())
    }

    /// Removes all values and frees what they own; the slab keeps its capacity, and handles of these values find nothing.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn clear(&mut self, heap: &Heap) -> Result<(), HeapError> {
        self.retain(heap, |_, _| false)
    }

    /// Frees all that the slab owns; it is empty then, and a new one: it does not know what handles it has given.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn free(&mut self, heap: &Heap) -> Result<(), HeapError> {
        self.slots.free(heap)
    }
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Slab<T> {
    /// Not the values, which are to be had with the heap only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slab").field("slots", &self.slots).finish()
    }
}

#[cfg(test)]
mod tests;
