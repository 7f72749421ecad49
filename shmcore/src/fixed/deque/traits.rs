//! What a queue has because its elements have it.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::fmt;
use std::hash::{Hash, Hasher};

use super::ShmDeque;
use crate::ShmSafe;

impl<T: ShmSafe, const N: usize> Default for ShmDeque<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: ShmSafe + Clone, const N: usize> Clone for ShmDeque<T, N> {
    fn clone(&self) -> Self {
        let mut clone = Self::new();
        // As many places as there are elements.
        let _ = clone.try_extend(self.iter().cloned());
        clone
    }
}

impl<T: ShmSafe + fmt::Debug, const N: usize> fmt::Debug for ShmDeque<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl<T: ShmSafe + Hash, const N: usize> Hash for ShmDeque<T, N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.len().hash(state);
        self.iter().for_each(|element| element.hash(state));
    }
}

impl<T: ShmSafe + Eq, const N: usize> Eq for ShmDeque<T, N> {}

impl<T: ShmSafe + PartialEq<U>, U: ShmSafe, const N: usize, const M: usize> PartialEq<ShmDeque<U, M>>
    for ShmDeque<T, N>
{
    fn eq(&self, other: &ShmDeque<U, M>) -> bool {
        self.len() == other.len() && self.iter().zip(other).all(|(one, other)| one == other)
    }
}

macro_rules! equal_to {
    ($([$(const $m:ident)?] $list:ty;)*) => {$(
        impl<T: ShmSafe + PartialEq<U>, U, const N: usize $(, const $m: usize)?> PartialEq<$list> for ShmDeque<T, N> {
            fn eq(&self, other: &$list) -> bool {
                self.len() == other.len() && self.iter().zip(other.iter()).all(|(one, other)| one == other)
            }
        }
    )*};
}

equal_to! {
    [] VecDeque<U>;
    [] Vec<U>;
    [] [U];
    [] &[U];
    [const M] [U; M];
}

impl<T: ShmSafe + PartialOrd, const N: usize> PartialOrd for ShmDeque<T, N> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.iter().partial_cmp(other)
    }
}

impl<T: ShmSafe + Ord, const N: usize> Ord for ShmDeque<T, N> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other)
    }
}
