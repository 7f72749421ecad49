//! The table of a map: places for entries, found by their hash. It is apart from the map because it knows neither keys nor values.
//!
//! ```text
//! len | marks: 2 N bytes                      | slots: 2 N places
//!       0 empty; else 8 bits of the hash         the entry, where the mark is not 0
//! ```
//!
//! | mark | means |
//! |---|---|
//! | 0 | no entry here; a search ends |
//! | `PENDING` | an entry, while `rebuild` is at work |
//! | other | an entry; the lowest bits of its hash, or `ENTRY` if they are less, unless the table was damaged |
//!
//! The upper bits of a hash say at which place its search begins, its home. It looks at the group there first, of which it looks at all
//! places, and then goes on from one place to the next. **An entry is in the group at its home, or all places from its home to its own have
//! entries.** A removal keeps this true by moving entries back, if it has to, so that no search has to pass by what is gone.
//!
//! At most half of the places are used, so that almost every search ends in its first group. No home is so close to the end that there is
//! no group. A table with fewer places than a group has none: all places from homes to entries have entries.
//!
//! # Safety
//!
//! 1. A slot whose mark is not 0 holds a value. Nothing else is relied on: a search ends when all places were looked at,
//!    and `len` is a number to compare with `N`.
//! 2. A mark is set after the slot was written, and taken away before the value is given away, in program order.
//! 3. `repr(C)`. All zeroes is the empty table.
#![allow(unsafe_code, reason = "its places are uninitialised memory")]

use std::iter::Zip;
use std::mem::{MaybeUninit, offset_of};
use std::num::NonZero;
use std::slice;
use std::sync::atomic::{Ordering, compiler_fence};

use super::group::{GROUP, alike_and_empty};
use crate::layout::{Field, Kind, TypeLayout};
use crate::{Immutable, PlacementDefault, ShmSafe};

mod rebuild;

/// The mark of an entry that `rebuild` has not put into its place yet.
const PENDING: u8 = 1;
/// The least mark of every other entry. The less it is, the less often another entry has the mark that is wanted.
const ENTRY: u8 = 2;
const _: () = assert!(0 < PENDING && PENDING < ENTRY);

/// A table with room for `N` entries.
#[repr(C)]
pub(in crate::fixed) struct Table<T, const N: usize> {
    len: u64,
    marks: [[u8; N]; 2],
    slots: [[MaybeUninit<T>; N]; 2],
}

/// All entries, each once, to be changed.
pub(super) struct EntriesMut<'a, T>(Zip<slice::Iter<'a, u8>, slice::IterMut<'a, MaybeUninit<T>>>);

impl<'a, T> Iterator for EntriesMut<'a, T> {
    type Item = &'a mut T;

    #[inline]
    fn next(&mut self) -> Option<&'a mut T> {
        let (_, slot) = self.0.find(|(mark, _)| **mark != 0)?;
        // SAFETY: `assume_init_mut` requires a value: the mark is not 0 (invariant 1).
        Some(unsafe { slot.assume_init_mut() })
    }
}

/// An empty place at which a search has ended. It is one word, so that a search returns in registers.
#[derive(Clone, Copy)]
pub(super) struct Gap(usize);

// SAFETY: `ShmSafe` requires
// 1. self-containment: numbers, and values of `T: ShmSafe`; 2. an exact layout: `repr(C)`, offsets are the compiler's, a
//    `MaybeUninit<T>` is laid out as `T`; validation knows the kind by its name; 3. no interior mutability but that of `T`;
// 4. no drop glue: `MaybeUninit` has none; 5. a mark means the same everywhere (invariant 1).
#[diagnostic::do_not_recommend]
unsafe impl<T: ShmSafe, const N: usize> ShmSafe for Table<T, N> {
    const LAYOUT: &'static TypeLayout = &TypeLayout {
        name: "ShmTable",
        size: size_of::<Self>(),
        align: align_of::<Self>(),
        kind: Kind::Opaque {
            version: 2,
            fields: &[
                Field { name: "len", offset: 0, layout: u64::LAYOUT },
                Field { name: "marks", offset: offset_of!(Self, marks), layout: <[[u8; N]; 2]>::LAYOUT },
                Field { name: "slots", offset: offset_of!(Self, slots), layout: <[[T; N]; 2]>::LAYOUT },
            ],
        },
    };
}

// SAFETY: zeroes are the empty table (invariant 3), so there is nothing to write.
#[diagnostic::do_not_recommend]
unsafe impl<T: ShmSafe, const N: usize> PlacementDefault for Table<T, N> {
    const DEFAULT_IS_ZERO: bool = true;

    unsafe fn placement_default(_: *mut Self) {}
}

// SAFETY: no interior mutability but that of the entries.
#[diagnostic::do_not_recommend]
unsafe impl<T: Immutable, const N: usize> Immutable for Table<T, N> {}

impl<T: ShmSafe, const N: usize> Table<T, N> {
    const PLACES: usize = 2 * N;
    /// Places that are homes: at those behind them, a group would go beyond the end.
    const HOMES: usize = if Self::PLACES < GROUP { Self::PLACES } else { Self::PLACES - (GROUP - 1) };

    pub(super) const fn new() -> Self {
        Self { len: 0, marks: [[0; N]; 2], slots: [const { [const { MaybeUninit::uninit() }; N] }; 2] }
    }

    /// The number of entries.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "it is bounded by `N`")]
    pub(super) const fn len(&self) -> usize {
        if self.len < N as u64 { self.len as usize } else { N }
    }

    pub(super) fn clear(&mut self) {
        self.marks.as_flattened_mut().fill(0);
        self.len = 0;
    }

    #[inline]
    fn marks(&self) -> &[u8] {
        self.marks.as_flattened()
    }

    /// The place at which the search for a hash begins.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "it is less than the number of homes")]
    const fn home(hash: u64) -> usize {
        ((hash as u128 * Self::HOMES as u128) >> 64) as usize
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the lower bits are wanted")]
    const fn mark(hash: u64) -> u8 {
        let lowest = hash as u8;
        if lowest < ENTRY { ENTRY } else { lowest }
    }

    #[inline]
    const fn next(place: usize) -> usize {
        if place + 1 == Self::PLACES { 0 } else { place + 1 }
    }

    /// The entry at a place, if there is one.
    #[inline]
    pub(super) fn get(&self, place: usize) -> Option<&T> {
        if *self.marks().get(place)? == 0 {
            return None;
        }
        // SAFETY: `assume_init_ref` requires a value: the mark is not 0 (invariant 1).
        Some(unsafe { self.slots.as_flattened()[place].assume_init_ref() })
    }

    /// The entry at a place, if there is one, to be changed.
    #[inline]
    pub(super) fn get_mut(&mut self, place: usize) -> Option<&mut T> {
        if *self.marks().get(place)? == 0 {
            return None;
        }
        // SAFETY: `assume_init_mut` requires a value: the mark is not 0 (invariant 1).
        Some(unsafe { self.slots.as_flattened_mut()[place].assume_init_mut() })
    }

    /// All entries, each once, to be changed.
    pub(super) fn entries_mut(&mut self) -> EntriesMut<'_, T> {
        EntriesMut(self.marks.as_flattened().iter().zip(self.slots.as_flattened_mut()))
    }

    /// The entry at a place.
    ///
    /// # Safety
    ///
    /// Its mark is not 0.
    #[inline]
    unsafe fn entry(&self, place: usize) -> &T {
        // SAFETY: `get_unchecked` requires a place inside the table: it has a mark.
        let slot = unsafe { self.slots.as_flattened().get_unchecked(place) };
        // SAFETY: `assume_init_ref` requires a value: the mark is not 0 (invariant 1).
        unsafe { slot.assume_init_ref() }
    }

    /// The group at the home of a hash, and its place; `None` if there are fewer places than in a group.
    #[inline]
    fn home_group(&self, hash: u64) -> (usize, Option<&[u8; GROUP]>) {
        let home = Self::home(hash);
        let group = self.marks().get(home..).and_then(<[u8]>::first_chunk);
        (home, group)
    }

    /// A part of the entry with this hash that fulfils a condition.
    #[inline]
    pub(super) fn get_by<U>(
        &self,
        hash: u64,
        is_wanted: impl Fn(&T) -> bool,
        part: impl Fn(&T) -> &U,
    ) -> Option<&U> {
        let (home, Some(group)) = self.home_group(hash) else {
            return self.get_far(hash, is_wanted).map(part);
        };
        let (mut alike, empty) = alike_and_empty(group, Self::mark(hash));
        while let Some(found) = NonZero::new(alike) {
            // SAFETY: `entry` requires a mark that is not 0: it is the one that is wanted, which is not.
            let entry = unsafe { self.entry(home + found.trailing_zeros() as usize) };
            if is_wanted(entry) {
                return Some(part(entry));
            }
            alike &= alike - 1;
        }
        if empty == 0 { self.get_far(hash, is_wanted).map(part) } else { None }
    }

    /// The same behind the group at the home; from the home on if there are fewer places than in a group.
    #[cold]
    fn get_far(&self, hash: u64, is_wanted: impl Fn(&T) -> bool) -> Option<&T> {
        self.get(self.find_far(hash, is_wanted).ok()?)
    }

    /// The place of the entry with this hash that fulfils a condition, or the place to put it.
    #[inline]
    pub(super) fn find(&self, hash: u64, is_wanted: impl Fn(&T) -> bool) -> Result<usize, Gap> {
        let (home, Some(group)) = self.home_group(hash) else {
            return self.find_far(hash, is_wanted);
        };
        let (mut alike, empty) = alike_and_empty(group, Self::mark(hash));
        while let Some(found) = NonZero::new(alike) {
            let place = home + found.trailing_zeros() as usize;
            // SAFETY: `entry` requires a mark that is not 0: it is the one that is wanted, which is not.
            if is_wanted(unsafe { self.entry(place) }) {
                return Ok(place);
            }
            alike &= alike - 1;
        }
        if empty == 0 {
            return self.find_far(hash, is_wanted);
        }
        Err(Gap(home + empty.trailing_zeros() as usize))
    }

    /// The same behind the group at the home; from the home on if there are fewer places than in a group.
    #[cold]
    fn find_far(&self, hash: u64, is_wanted: impl Fn(&T) -> bool) -> Result<usize, Gap> {
        let home = Self::home(hash);
        let mut place = if Self::PLACES < GROUP { home } else { Self::next(home + GROUP - 1) };
        let mark = Self::mark(hash);
        // It ends at an empty place; or, in a table that was damaged, when all were looked at.
        for _ in 0..Self::PLACES {
            match self.marks()[place] {
                0 => break,
                found if found == mark && self.get(place).is_some_and(&is_wanted) => return Ok(place),
                _ => place = Self::next(place),
            }
        }
        Err(Gap(place))
    }

    /// Adds an entry that was not found, and returns its place; gives it back if there are `N` already.
    #[inline]
    pub(super) fn insert(&mut self, gap: Gap, hash: u64, entry: T) -> Result<usize, T> {
        let Gap(place) = gap;
        if self.len >= N as u64 {
            return Err(entry);
        }
        self.put(place, Self::mark(hash), entry);
        self.len += 1;
        Ok(place)
    }

    #[inline]
    fn put(&mut self, place: usize, mark: u8, entry: T) {
        self.slots.as_flattened_mut()[place].write(entry);
        // Invariant 2: what was written before stays before, for whoever finds the bytes after this process was killed.
        compiler_fence(Ordering::Release);
        self.marks.as_flattened_mut()[place] = mark;
        compiler_fence(Ordering::Release);
    }

    /// Takes an entry out of its place, which is empty then.
    #[inline]
    fn take(&mut self, place: usize) -> Option<T> {
        let mark = self.marks.as_flattened_mut().get_mut(place).filter(|mark| **mark != 0)?;
        *mark = 0;
        compiler_fence(Ordering::Release);
        // SAFETY: `assume_init_read` requires a value, which is used once: the mark was not 0 (invariant 1), and is now.
        Some(unsafe { self.slots.as_flattened()[place].assume_init_read() })
    }

    /// Removes the entry at a place, and moves back those that would not be found any more.
    #[inline]
    pub(super) fn remove(&mut self, place: usize, hash: impl Fn(&T) -> u64) -> Option<T> {
        let entry = self.take(place)?;
        if self.is_passed(place) {
            self.close(place, hash);
        }
        self.len = self.len.saturating_sub(1);
        Some(entry)
    }

    /// Whether a search may pass by a place to beyond the group at its home. More than `GROUP` places in a row, of which this is one, have
    /// entries then: not if there are no more entries, and not if there is an empty place on each side of it in one group.
    #[inline]
    fn is_passed(&self, place: usize) -> bool {
        if Self::PLACES >= GROUP && N <= GROUP {
            return false;
        }
        let start = place.saturating_sub(GROUP / 2).min(Self::HOMES.saturating_sub(1));
        let Some(group) = self.marks().get(start..).and_then(<[u8]>::first_chunk) else { return true };
        let (_, empty) = alike_and_empty(group, ENTRY);
        let from_place = empty >> (place - start);
        let is_empty_before = from_place << (place - start) != empty;
        let is_empty_behind = from_place > 1;
        !(is_empty_before && is_empty_behind)
    }

    /// Moves entries back to an empty place as long as their searches come by it.
    fn close(&mut self, gap: usize, hash: impl Fn(&T) -> u64) {
        let (mut gap, mut place) = (gap, gap);
        for _ in 1..Self::PLACES {
            place = Self::next(place);
            let Some(other) = self.get(place) else { break };
            let home = Self::home(hash(other));
            // It stays if its search does not come by the gap.
            if Self::distance(home, place) < Self::distance(gap, place) {
                continue;
            }
            self.move_to(gap, self.marks()[place], place);
            gap = place;
        }
    }

    /// Takes any entry from `place` on, and does not care for the others: for a table that is emptied.
    pub(super) fn take_next(&mut self, place: usize) -> Option<(usize, T)> {
        let place = self.next_entry(place)?;
        self.len = self.len.saturating_sub(1);
        self.take(place).map(|entry| (place + 1, entry))
    }

    /// How many steps lead from one place to another.
    #[inline]
    const fn distance(from: usize, to: usize) -> usize {
        if from <= to { to - from } else { Self::PLACES - from + to }
    }

    /// The place of the next entry from `place` on.
    #[inline]
    pub(super) fn next_entry(&self, place: usize) -> Option<usize> {
        let marks = self.marks().get(place..)?;
        let (chunks, rest) = marks.as_chunks::<8>();
        for (index, chunk) in chunks.iter().enumerate() {
            let word = u64::from_le_bytes(*chunk);
            if word != 0 {
                return Some(place + 8 * index + word.trailing_zeros() as usize / 8);
            }
        }
        let found = rest.iter().position(|&mark| mark != 0)?;
        Some(place + 8 * chunks.len() + found)
    }

    /// Moves an entry into an empty place. It is there twice for a moment, and never not at all.
    fn move_to(&mut self, empty: usize, mark: u8, place: usize) {
        // SAFETY: `assume_init_read` requires a value, which is used once: the callers have found a mark that is not 0 (invariant
        // 1), and it is taken away below.
        let entry = unsafe { self.slots.as_flattened()[place].assume_init_read() };
        self.put(empty, mark, entry);
        self.marks.as_flattened_mut()[place] = 0;
        compiler_fence(Ordering::Release);
    }
}

#[cfg(test)]
impl<T: ShmSafe, const N: usize> Table<T, N> {
    /// Marks and entries as they may be after anything has happened to them.
    pub(super) fn damaged(len: u64, places: impl IntoIterator<Item = (u8, T)>) -> Self {
        let mut table = Self::new();
        for (place, (mark, entry)) in places.into_iter().enumerate() {
            table.put(place, mark, entry);
        }
        table.len = len;
        table
    }
}
