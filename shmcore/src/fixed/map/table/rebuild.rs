//! A table whose entries may lie anywhere, put in order. It is apart from the table because no single entry is looked for here.

use super::{ENTRY, PENDING, Table};
use crate::ShmSafe;

impl<T: ShmSafe, const N: usize> Table<T, N> {
    /// Takes entries out that do not fulfil a condition, and puts the others where they are found.
    pub(in crate::fixed::map) fn retain(
        &mut self,
        mut condition: impl FnMut(&mut T) -> bool,
        hash: impl Fn(&T) -> u64,
    ) {
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
    pub(in crate::fixed::map) fn rebuild(
        &mut self,
        hash: impl Fn(&T) -> u64,
        is_equal: impl Fn(&T, &T) -> bool,
    ) {
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
        while self.marks()[target] >= ENTRY {
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
}
