//! What a slab has because its values have it.

use std::fmt;
use std::ops::{Index, IndexMut};

use super::{Handle, ShmSlab};
use crate::ShmSafe;

impl<T: ShmSafe, const N: usize> Default for ShmSlab<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: ShmSafe + Clone, const N: usize> Clone for ShmSlab<T, N> {
    /// A slab with clones of the values, which are found by the same handles.
    fn clone(&self) -> Self {
        let mut clone = Self::new();
        for (place, slot) in clone.slots.iter_mut().zip(self.used_slots()) {
            *place = slot.cloned();
        }
        clone.used = self.used;
        clone.repair();
        clone
    }
}

impl<T: ShmSafe + fmt::Debug, const N: usize> fmt::Debug for ShmSlab<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<T: ShmSafe, const N: usize> Index<Handle<T>> for ShmSlab<T, N> {
    type Output = T;

    /// # Panics
    ///
    /// If the value was removed.
    #[track_caller]
    fn index(&self, handle: Handle<T>) -> &T {
        self.get(handle).expect("there is no value with this handle")
    }
}

impl<T: ShmSafe, const N: usize> IndexMut<Handle<T>> for ShmSlab<T, N> {
    /// # Panics
    ///
    /// If the value was removed.
    #[track_caller]
    fn index_mut(&mut self, handle: Handle<T>) -> &mut T {
        self.get_mut(handle).expect("there is no value with this handle")
    }
}
