//! A slab that is made again of handles and values that were written down, with the feature `serde`.
//!
//! All the while [`changing`](ShmSlab) is set, and slots count as used one after the other, when they are empty: who is killed in
//! between leaves a slab with the values that came before.

use std::fmt;
use std::sync::atomic::{Ordering, compiler_fence};

use super::{Handle, ShmSlab, Slot};
use crate::ShmSafe;

/// Why there is no slab with such a handle.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::fixed) enum Misfit {
    /// Its place is behind the last one.
    NoSuchPlace,
    /// Its generation is that of a free place, although there is a value.
    GenerationOfFree,
    /// Its generation is that of a value, although its place is free.
    GenerationOfValue,
    /// Its place has another handle.
    Twice,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSuchPlace => "there is no such place",
            Self::GenerationOfFree => "a value has an odd generation",
            Self::GenerationOfValue => "a free place has an even generation",
            Self::Twice => "its place comes twice",
        })
    }
}

impl<T: ShmSafe, const N: usize> ShmSlab<T, N> {
    /// The places that were used and are free, or never used again, each with the generation that it was left with.
    pub(in crate::fixed) fn vacant(&self) -> impl Iterator<Item = Handle<T>> + Clone {
        let slots = self.used_slots().iter().enumerate();
        slots
            .filter(|(_, slot)| !slot.is_live())
            .map(|(place, slot)| Handle::new(Self::number(place), slot.generation))
    }

    /// Makes it what [`ShmSlab::new`] is, also in that handles of before will be returned again.
    pub(in crate::fixed) fn start_anew(&mut self) {
        self.begin();
        for place in 0..self.used() {
            self.slots[place] = Slot::new();
        }
        compiler_fence(Ordering::Release);
        self.used = 0;
        self.repair();
    }

    /// Gives a place its generation, and its value unless it is free. [`repair`](Self::repair) comes after the last one.
    pub(in crate::fixed) fn put_back(&mut self, handle: Handle<T>, value: Option<T>) -> Result<(), Misfit> {
        let (place, generation) = (handle.index() as usize, handle.generation());
        if place >= N {
            return Err(Misfit::NoSuchPlace);
        }
        match (&value, generation % 2 == 1) {
            (Some(_), false) => return Err(Misfit::GenerationOfFree),
            (None, true) => return Err(Misfit::GenerationOfValue),
            _ => {}
        }
        if self.used_slots().get(place).is_some_and(|slot| slot.generation != 0) {
            return Err(Misfit::Twice);
        }
        self.begin();
        for empty in self.used()..=place {
            self.slots[empty] = Slot::new();
            compiler_fence(Ordering::Release);
            self.used = Self::number(empty) + 1;
        }
        self.slots[place].put_back(generation, value);
        Ok(())
    }
}
