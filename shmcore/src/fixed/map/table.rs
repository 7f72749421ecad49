//! The table of a map: places for entries, found by their hash. It is apart from the map because it knows neither keys nor values.
//!
//! ```text
//! len | marks: 2 N bytes                      | slots: 2 N places
//!       0 empty; else 0x80 + 7 bits of hash      the entry, where the mark is not 0
//! ```
//!
//! | mark | means |
//! |---|---|
//! | 0 | no entry here; a search ends |
//! | `PENDING` | an entry, while `rebuild` is at work |
//! | other | an entry; 0x80 and the lower bits of its hash, unless the table was damaged |
//!
//! The upper bits of a hash say at which place its search begins, its home; it goes on from one place to the next. **All places
//! from the home of an entry to its own have entries.** A removal keeps this true by moving entries back, so that no search has to pass by what
//! is gone. At most half of the places are used.
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
use std::slice;
use std::sync::atomic::{Ordering, compiler_fence};

use super::group::{GROUP, alike_and_empty};
use crate::layout::{Field, Kind, TypeLayout};
use crate::{Immutable, PlacementDefault, ShmSafe};

/// Set in the mark of every entry.
const ENTRY: u8 = 0x80;
/// The mark of an entry that `rebuild` has not put into its place yet.
const PENDING: u8 = 1;

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
            version: 1,
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
    #[expect(clippy::cast_possible_truncation, reason = "it is less than the number of places")]
    const fn home(hash: u64) -> usize {
        ((hash as u128 * Self::PLACES as u128) >> 64) as usize
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the lower bits are wanted")]
    const fn mark(hash: u64) -> u8 {
        hash as u8 | ENTRY
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

    /// The group at the home of a hash, and its place; `None` if that is close to the end.
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
        while alike != 0 {
            // SAFETY: `entry` requires a mark that is not 0: it is the one that is wanted, which is not.
            let entry = unsafe { self.entry(home + alike.trailing_zeros() as usize) };
            if is_wanted(entry) {
                return Some(part(entry));
            }
            alike &= alike - 1;
        }
        if empty == 0 { self.get_far(hash, is_wanted).map(part) } else { None }
    }

    /// The same for what is far from its home, or whose home is close to the end.
    #[cold]
    fn get_far(&self, hash: u64, is_wanted: impl Fn(&T) -> bool) -> Option<&T> {
        self.get(self.find_far(hash, is_wanted).ok()?)
    }

    /// The place of the entry with this hash that fulfils a condition, or the place to put it.
    #[inline]
    pub(super) fn find(&self, hash: u64, is_wanted: impl Fn(&T) -> bool) -> Result<usize, Gap> {
        let mark = Self::mark(hash);
        let (home, Some(group)) = self.home_group(hash) else { return self.find_far(hash, is_wanted) };
        let (mut alike, empty) = alike_and_empty(group, mark);
        while alike != 0 {
            let place = home + alike.trailing_zeros() as usize;
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

    /// The same for what is far from its home, or whose home is close to the end.
    #[cold]
    fn find_far(&self, hash: u64, is_wanted: impl Fn(&T) -> bool) -> Result<usize, Gap> {
        let mark = Self::mark(hash);
        let mut place = Self::home(hash);
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
        let (mut gap, mut place) = (place, place);
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
        self.len = self.len.saturating_sub(1);
        Some(entry)
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

    /// Takes entries out that do not fulfil a condition, and puts the others where they are found.
    pub(super) fn retain(&mut self, mut condition: impl FnMut(&mut T) -> bool, hash: impl Fn(&T) -> u64) {
        /// Puts things right when the condition has been asked about all entries, or has panicked.
        struct Rebuild<'a, T: ShmSafe, H: Fn(&T) -> u64, const N: usize>(&'a mut Table<T, N>, H);
        impl<T: ShmSafe, H: Fn(&T) -> u64, const N: usize> Drop for Rebuild<'_, T, H, N> {
            fn drop(&mut self) {
                // Keys are there once already.
                self.0.rebuild(&self.1, |_, _| false);
            }
        }
        let rebuild = Rebuild(self, hash);
        for place in 0..Self::PLACES {
            if rebuild.0.get_mut(place).is_some_and(|entry| !condition(entry)) {
                rebuild.0.take(place);
            }
        }
    }

    /// Puts each entry where it is found, and removes those that another one equals.
    ///
    /// Who is killed inside loses none: for a moment an entry is there twice.
    pub(super) fn rebuild(&mut self, hash: impl Fn(&T) -> u64, is_equal: impl Fn(&T, &T) -> bool) {
        for mark in self.marks.as_flattened_mut() {
            *mark = if *mark == 0 { 0 } else { PENDING };
        }
        self.len = 0;
        // An entry that is in the way of another one waits elsewhere, maybe where the search was already.
        let (mut place, mut settled) = (0, 0);
        while settled < Self::PLACES {
            if self.marks()[place] == PENDING {
                self.settle(place, &hash, &is_equal);
                settled = 0;
            } else {
                settled += 1;
            }
            place = Self::next(place);
        }
    }

    /// Puts a pending entry where it is found.
    fn settle(&mut self, place: usize, hash: impl Fn(&T) -> u64, is_equal: impl Fn(&T, &T) -> bool) {
        let Some(entry) = self.get(place) else { return };
        let hash = hash(entry);
        let mut target = Self::home(hash);
        // It ends: this place is pending.
        while self.marks()[target] & ENTRY != 0 {
            if self.get(target).is_some_and(|other| is_equal(other, entry)) {
                self.take(place);
                return;
            }
            target = Self::next(target);
        }
        if target != place && self.marks()[target] == PENDING {
            let mut others = (place..Self::PLACES).chain(0..place);
            match others.find(|&other| self.marks()[other] == 0) {
                Some(empty) => self.move_to(empty, PENDING, target),
                // Only in a table that was damaged.
                None => self.slots.as_flattened_mut().swap(place, target),
            }
        }
        if self.marks()[target] == 0 {
            self.move_to(target, Self::mark(hash), place);
        } else {
            self.marks.as_flattened_mut()[target] = Self::mark(hash);
        }
        self.len += 1;
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
