//! `ShmSlab<T, N>`: at most `N` values, each found by the handle that its insertion returned.
//!
//! ```text
//! len | used | free | retired | changing | slots: N of
//!                                            generation | next | value
//! ```
//!
//! | `generation` of a slot before `used` | means |
//! |---|---|
//! | odd | a value; it is found by a handle of the same generation |
//! | even, but not the last | free; `next` is the number of the next free slot plus one, or 0 |
//! | the last even number (`RETIRED`) | never used again, since its generations are used up |
//!
//! Slots from `used` on were not used yet. A slot is free when its generation says so; that it is in the list of free slots,
//! and once, is only hoped for: a list that leads elsewhere, or ends too early, is made again from the generations.
//!
//! | `changing` | means |
//! |---|---|
//! | 0 | `len`, `retired` and the list of free slots are as the generations say, unless the bytes were damaged |
//! | other | a process is inside a change, or died there: they may be anything, and are made again before the next change |
//!
//! # Safety
//!
//! 1. A slot before `used` whose generation is odd holds a value; of the others nothing is known, and validation does not look at
//!    them. Nothing else is relied on: numbers of slots are bounded by `N`, and counts are only compared.
//! 2. A generation becomes odd after the value was written, and even before it is given away or overwritten, in program order.
//! 3. `repr(C)`. All zeroes is the empty slab.
#![allow(unsafe_code, reason = "its places are uninitialised memory")]

use std::mem::offset_of;
use std::sync::atomic::{Ordering, compiler_fence};

use super::CapacityError;
use crate::layout::{Field, Kind, TypeLayout};
use crate::{Immutable, PlacementDefault, ShmSafe};

mod handle;
mod iter;
#[cfg(feature = "serde")]
mod restore;
mod slot;
mod traits;

pub use handle::Handle;
pub use iter::{Drain, IntoIter, Iter, IterMut};
use slot::Slot;

/// At most `N` values, each found by the [`Handle`] that its insertion returned.
///
/// A handle is eight bytes, and means the same in every process: it is what a value in shared memory has in place of a
/// reference. Inserting and removing takes the same short time however many values there are, and moves none of them. A handle
/// whose value was removed finds nothing, also when its place is used again.
///
/// Nothing is on the heap: its size is that of `N` values with eight bytes each, whatever it holds; what was not used yet was
/// not touched. A place that was used 2³¹ times is not used again, and counts as full.
///
/// With the feature `serde` it is written with its handles: what is read back is found by those of before, also by those that lie in
/// values.
///
/// # Layout
///
/// `#[repr(C)]`: five numbers as `u32`, then `N` slots: generation and next free slot as `u32`, and the value. All zeroes is the empty
/// slab.
///
/// # Process death
///
/// If the process is killed inside [`insert`](Self::insert) or [`remove`](Self::remove), the value is there or it is not. Inside
/// [`clear`](Self::clear), [`retain`](Self::retain) and [`drain`](Self::drain) that holds for each value.
///
/// # Examples
///
/// ```
/// use shmcore::fixed::Handle;
/// use shmcore::{ShmMutex, ShmSafe, ShmSlab, create_shared};
///
/// #[derive(ShmSafe)]
/// #[repr(C)]
/// struct Node {
///     value: u64,
///     next: Handle<Node>,
/// }
///
/// let nodes = create_shared::<ShmMutex<ShmSlab<Node, 1000>>>()?;
/// let mut nodes = nodes.lock().expect("nobody has died");
/// let last = nodes.insert(Node { value: 2, next: Handle::dangling() }).expect("it fits");
/// let first = nodes.insert(Node { value: 1, next: last }).expect("it fits");
/// assert_eq!(nodes[nodes[first].next].value, 2);
///
/// nodes.remove(last);
/// assert!(nodes.get(last).is_none());
/// # Ok::<(), shmcore::CreateError>(())
/// ```
#[repr(C)]
pub struct ShmSlab<T, const N: usize> {
    len: u32,
    /// How many slots were ever used: the first ones.
    used: u32,
    /// The number of the first free slot plus one; 0 if there is none.
    free: u32,
    retired: u32,
    changing: u32,
    slots: [Slot<T>; N],
}

/// The list of free slots leads elsewhere, or slots are missing.
struct Damaged;

// SAFETY: `ShmSafe` requires
// 1. self-containment: numbers, and values of `T: ShmSafe`; 2. an exact layout: `repr(C)`, offsets are the compiler's;
//    validation knows the kind by its name; 3. no interior mutability but that of `T`; 4. no drop glue: slots have none;
// 5. a generation means the same everywhere (invariant 1).
#[diagnostic::do_not_recommend]
unsafe impl<T: ShmSafe, const N: usize> ShmSafe for ShmSlab<T, N> {
    const LAYOUT: &'static TypeLayout = &TypeLayout {
        name: "ShmSlab",
        size: size_of::<Self>(),
        align: align_of::<Self>(),
        kind: Kind::Opaque {
            version: 1,
            fields: &[
                Field { name: "len", offset: offset_of!(Self, len), layout: u32::LAYOUT },
                Field { name: "used", offset: offset_of!(Self, used), layout: u32::LAYOUT },
                Field { name: "free", offset: offset_of!(Self, free), layout: u32::LAYOUT },
                Field { name: "retired", offset: offset_of!(Self, retired), layout: u32::LAYOUT },
                Field { name: "changing", offset: offset_of!(Self, changing), layout: u32::LAYOUT },
                Field { name: "slots", offset: offset_of!(Self, slots), layout: <[Slot<T>; N]>::LAYOUT },
            ],
        },
    };
}

// SAFETY: zeroes are the empty slab (invariant 3), so there is nothing to write.
#[diagnostic::do_not_recommend]
unsafe impl<T: ShmSafe, const N: usize> PlacementDefault for ShmSlab<T, N> {
    const DEFAULT_IS_ZERO: bool = true;

    unsafe fn placement_default(_: *mut Self) {}
}

// SAFETY: no interior mutability but that of the values.
#[diagnostic::do_not_recommend]
unsafe impl<T: Immutable, const N: usize> Immutable for ShmSlab<T, N> {}

impl<T: ShmSafe, const N: usize> ShmSlab<T, N> {
    /// `N`, as the numbers in the slab are.
    #[expect(clippy::cast_possible_truncation, reason = "it is asserted")]
    const CAPACITY: u32 = {
        assert!(N < u32::MAX as usize, "a `ShmSlab` has less than 2^32 - 1 places");
        N as u32
    };

    /// An empty slab.
    #[must_use]
    pub const fn new() -> Self {
        const { assert!(Self::CAPACITY as usize == N) };
        Self { len: 0, used: 0, free: 0, retired: 0, changing: 0, slots: [const { Slot::new() }; N] }
    }

    /// How many values it holds at most: `N`.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        N
    }

    /// The number of values.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        if self.changing == 0 { self.len.min(Self::CAPACITY) as usize } else { self.count_live() }
    }

    /// They are counted if a process has died inside a change.
    #[cold]
    fn count_live(&self) -> usize {
        self.used_slots().iter().filter(|slot| slot.is_live()).count()
    }

    /// Whether there are no values.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room for another value.
    #[must_use]
    pub fn is_full(&self) -> bool {
        match self.gap() {
            Ok(gap) => gap.is_none(),
            Err(Damaged) => self.used() == N && !self.slots.iter().any(Slot::is_free),
        }
    }

    /// How many slots were used, at most all.
    #[inline]
    fn used(&self) -> usize {
        self.used.min(Self::CAPACITY) as usize
    }

    fn used_slots(&self) -> &[Slot<T>] {
        &self.slots[..self.used()]
    }

    /// The slot with the value of a handle.
    #[inline]
    fn find(&self, handle: Handle<T>) -> Option<usize> {
        let place = handle.index() as usize;
        let found = self.used_slots().get(place)?.generation;
        (found == handle.generation() && found % 2 == 1).then_some(place)
    }

    /// The value of a handle; `None` if it was removed.
    #[must_use]
    #[inline]
    pub fn get(&self, handle: Handle<T>) -> Option<&T> {
        self.slots[self.find(handle)?].get()
    }

    /// The value of a handle, to be changed; `None` if it was removed.
    #[must_use]
    #[inline]
    pub fn get_mut(&mut self, handle: Handle<T>) -> Option<&mut T> {
        let place = self.find(handle)?;
        self.slots[place].get_mut()
    }

    /// Whether the value of a handle is still there.
    #[must_use]
    #[inline]
    pub fn contains(&self, handle: Handle<T>) -> bool {
        self.find(handle).is_some()
    }

    /// Where the next value goes; `None` if the slab is full.
    #[inline]
    fn gap(&self) -> Result<Option<usize>, Damaged> {
        if self.changing != 0 || self.used > Self::CAPACITY {
            return Err(Damaged);
        }
        if let Some(first) = (self.free as usize).checked_sub(1) {
            // Those who put a slot in the list have freed it. It is not there any more if the list was damaged, or leads to a slot
            // for the second time.
            return match self.used_slots().get(first) {
                Some(slot) if slot.is_free() => Ok(Some(first)),
                _ => Err(Damaged),
            };
        }
        if self.used() < N {
            return Ok(Some(self.used()));
        }
        // The list ends: that is right if all the others have values or are retired.
        if u64::from(self.len) + u64::from(self.retired) == N as u64 { Ok(None) } else { Err(Damaged) }
    }

    /// Adds a value, and returns the handle by which it is found.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] with the value if the slab is full.
    #[inline]
    pub fn insert(&mut self, value: T) -> Result<Handle<T>, CapacityError<T>> {
        let Some(place) = self.gap().unwrap_or_else(|Damaged| self.repaired_gap()) else {
            return Err(CapacityError::new(value, N));
        };
        self.begin();
        let is_first_use = place == self.used();
        if !is_first_use {
            // From here on the slot is in no list, until it is freed or the slab is repaired.
            self.free = self.slots[place].next;
            compiler_fence(Ordering::Release);
        }
        let generation = self.slots[place].put(value);
        if is_first_use {
            self.used += 1;
        }
        compiler_fence(Ordering::Release);
        self.len = self.len.saturating_add(1);
        self.end();
        Ok(Handle::new(Self::number(place), generation))
    }

    #[cold]
    fn repaired_gap(&mut self) -> Option<usize> {
        self.repair();
        self.gap().unwrap_or_else(|Damaged| unreachable!("it was repaired"))
    }

    /// Removes the value of a handle, and returns it; `None` if it was removed before.
    #[inline]
    pub fn remove(&mut self, handle: Handle<T>) -> Option<T> {
        let place = self.find(handle)?;
        self.take(place)
    }

    /// Removes the value of a slot, if it has one.
    #[inline]
    fn take(&mut self, place: usize) -> Option<T> {
        if self.changing != 0 {
            self.repair();
        }
        self.begin();
        let value = self.slots[place].take();
        if value.is_some() {
            self.free_or_retire(place);
            self.len = self.len.saturating_sub(1);
        }
        self.end();
        value
    }

    /// Counts a slot without value as retired, or puts it in the list of free slots.
    fn free_or_retire(&mut self, place: usize) {
        let slot = &mut self.slots[place];
        if slot.is_free() {
            slot.next = self.free;
            compiler_fence(Ordering::Release);
            self.free = Self::number(place) + 1;
        } else {
            self.retired = self.retired.saturating_add(1);
        }
    }

    /// The number of a slot.
    #[expect(clippy::cast_possible_truncation, reason = "there are less than 2^32 - 1")]
    const fn number(place: usize) -> u32 {
        place as u32
    }

    /// Says that what follows is half done until [`end`](Self::end).
    #[inline]
    fn begin(&mut self) {
        self.changing = 1;
        compiler_fence(Ordering::Release);
    }

    #[inline]
    fn end(&mut self) {
        compiler_fence(Ordering::Release);
        self.changing = 0;
        compiler_fence(Ordering::Release);
    }

    /// Counts the values, and makes the list of free slots again, in one walk over all slots that were used. Values and handles
    /// stay.
    ///
    /// It is done without being asked where a process died inside a change, or where the list turns out to be damaged.
    #[cold]
    pub fn repair(&mut self) {
        self.begin();
        (self.used, self.len, self.free, self.retired) = (Self::number(self.used()), 0, 0, 0);
        compiler_fence(Ordering::Release);
        for place in (0..self.used()).rev() {
            if self.slots[place].is_live() {
                self.len += 1;
            } else {
                self.free_or_retire(place);
            }
        }
        self.end();
    }

    /// Removes all values.
    pub fn clear(&mut self) {
        self.begin();
        for place in 0..self.used() {
            // What it was is not needed.
            let _ = self.slots[place].take();
        }
        self.repair();
    }

    /// Keeps the values that fulfil a condition, which may change them.
    pub fn retain(&mut self, mut condition: impl FnMut(Handle<T>, &mut T) -> bool) {
        for place in 0..self.used() {
            let Some((handle, value)) = self.slots[place].entry_mut(Self::number(place)) else { continue };
            if !condition(handle, value) {
                self.take(place);
            }
        }
    }
}

#[cfg(test)]
mod tests;
