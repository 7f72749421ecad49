//! What a set has because its elements have it, and conversions from and to std's sets.

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::hash::{BuildHasher, Hash};

use super::ShmSet;
use crate::ShmSafe;
use crate::fixed::CapacityError;

impl<K: ShmSafe, const N: usize> Default for ShmSet<K, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: ShmSafe + Clone + Eq + Hash, const N: usize> Clone for ShmSet<K, N> {
    fn clone(&self) -> Self {
        Self { map: self.map.clone() }
    }
}

impl<K: ShmSafe + fmt::Debug, const N: usize> fmt::Debug for ShmSet<K, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self).finish()
    }
}

impl<K: ShmSafe + Eq + Hash, const N: usize, const M: usize> PartialEq<ShmSet<K, M>> for ShmSet<K, N> {
    fn eq(&self, other: &ShmSet<K, M>) -> bool {
        self.map == other.map
    }
}

impl<K: ShmSafe + Eq + Hash, const N: usize> Eq for ShmSet<K, N> {}

impl<K: ShmSafe + Eq + Hash, const N: usize> Extend<K> for ShmSet<K, N> {
    /// Inserts all elements.
    ///
    /// # Panics
    ///
    /// If they do not fit; [`try_extend`](ShmSet::try_extend) returns an error instead.
    #[track_caller]
    fn extend<I: IntoIterator<Item = K>>(&mut self, elements: I) {
        for element in elements {
            assert!(self.insert(element).is_ok(), "more elements than the {N} that fit");
        }
    }
}

impl<'a, K: ShmSafe + Copy + Eq + Hash, const N: usize> Extend<&'a K> for ShmSet<K, N> {
    /// Inserts copies of all elements.
    ///
    /// # Panics
    ///
    /// If they do not fit.
    #[track_caller]
    fn extend<I: IntoIterator<Item = &'a K>>(&mut self, elements: I) {
        self.extend(elements.into_iter().copied());
    }
}

macro_rules! from_and_to_std {
    ($($set:ident [$($hasher:ident)?] [$($bound:ident)*];)*) => {$(
        impl<K: ShmSafe + Eq + Hash, $($hasher,)? const N: usize> TryFrom<$set<K $(, $hasher)?>> for ShmSet<K, N> {
            type Error = CapacityError<$set<K $(, $hasher)?>>;

            /// # Errors
            ///
            /// [`CapacityError`] with the set if it has more than `N` elements.
            fn try_from(elements: $set<K $(, $hasher)?>) -> Result<Self, Self::Error> {
                if elements.len() > N {
                    return Err(CapacityError::new(elements, N));
                }
                let mut set = Self::new();
                // They fit.
                let _ = set.try_extend(elements);
                Ok(set)
            }
        }

        impl<K: ShmSafe $(+ $bound)*, $($hasher: BuildHasher + Default,)? const N: usize> From<ShmSet<K, N>>
            for $set<K $(, $hasher)?>
        {
            fn from(set: ShmSet<K, N>) -> Self {
                set.into_iter().collect()
            }
        }
    )*};
}

from_and_to_std! {
    HashSet [S] [Eq Hash];
    BTreeSet [] [Ord];
}

impl<K: ShmSafe + Eq + Hash, const N: usize, const M: usize> TryFrom<[K; M]> for ShmSet<K, N> {
    type Error = CapacityError<K>;

    /// Those that equal each other count once.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] with the first element that does not fit.
    fn try_from(elements: [K; M]) -> Result<Self, Self::Error> {
        let mut set = Self::new();
        set.try_extend(elements)?;
        Ok(set)
    }
}
