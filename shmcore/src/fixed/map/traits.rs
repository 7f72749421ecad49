//! What a map has because its entries have it, and conversions from and to std's maps.

use std::borrow::Borrow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::ops::Index;

use super::ShmMap;
use super::table::Table;
use crate::ShmSafe;
use crate::fixed::CapacityError;

impl<K: ShmSafe + Eq + Hash, V: ShmSafe, const N: usize> ShmMap<K, V, N> {
    /// Inserts entries as long as they fit.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] with the first one that does not fit; those before it were inserted.
    pub fn try_extend(
        &mut self,
        entries: impl IntoIterator<Item = (K, V)>,
    ) -> Result<(), CapacityError<(K, V)>> {
        entries.into_iter().try_for_each(|(key, value)| self.insert(key, value).map(|_| ()))
    }
}

impl<K: ShmSafe, V: ShmSafe, const N: usize> Default for ShmMap<K, V, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: ShmSafe + Clone + Eq + Hash, V: ShmSafe + Clone, const N: usize> Clone for ShmMap<K, V, N> {
    fn clone(&self) -> Self {
        let mut clone = Self { seed: self.seed, table: Table::new() };
        // As many places as there are entries.
        let _ = clone.try_extend(self.iter().map(|(key, value)| (key.clone(), value.clone())));
        clone
    }
}

impl<K: ShmSafe + fmt::Debug, V: ShmSafe + fmt::Debug, const N: usize> fmt::Debug for ShmMap<K, V, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K: ShmSafe + Eq + Hash, V: ShmSafe + PartialEq, const N: usize, const M: usize>
    PartialEq<ShmMap<K, V, M>> for ShmMap<K, V, N>
{
    fn eq(&self, other: &ShmMap<K, V, M>) -> bool {
        self.len() == other.len() && self.iter().all(|(key, value)| other.get(key) == Some(value))
    }
}

impl<K: ShmSafe + Eq + Hash, V: ShmSafe + Eq, const N: usize> Eq for ShmMap<K, V, N> {}

impl<K, Q, V, const N: usize> Index<&Q> for ShmMap<K, V, N>
where
    K: ShmSafe + Eq + Hash + Borrow<Q>,
    Q: Eq + Hash + ?Sized,
    V: ShmSafe,
{
    type Output = V;

    /// # Panics
    ///
    /// If there is no entry with this key.
    fn index(&self, key: &Q) -> &V {
        self.get(key).expect("there is no entry with this key")
    }
}

impl<K: ShmSafe + Eq + Hash, V: ShmSafe, const N: usize> Extend<(K, V)> for ShmMap<K, V, N> {
    /// Inserts all entries.
    ///
    /// # Panics
    ///
    /// If they do not fit; [`try_extend`](ShmMap::try_extend) returns an error instead.
    #[track_caller]
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            assert!(self.insert(key, value).is_ok(), "more entries than the {N} that fit");
        }
    }
}

macro_rules! from_std {
    ($($map:ident [$($hasher:ident)?] [$($bound:ident)*];)*) => {$(
        impl<K: ShmSafe + Eq + Hash, V: ShmSafe, $($hasher,)? const N: usize> TryFrom<$map<K, V $(, $hasher)?>>
            for ShmMap<K, V, N>
        {
            type Error = CapacityError<$map<K, V $(, $hasher)?>>;

            /// # Errors
            ///
            /// [`CapacityError`] with the map if it has more than `N` entries.
            fn try_from(entries: $map<K, V $(, $hasher)?>) -> Result<Self, Self::Error> {
                if entries.len() > N {
                    return Err(CapacityError::new(entries, N));
                }
                let mut map = Self::new();
                // They fit.
                let _ = map.try_extend(entries);
                Ok(map)
            }
        }

        impl<K: ShmSafe $(+ $bound)*, V: ShmSafe, $($hasher: BuildHasher + Default,)? const N: usize>
            From<ShmMap<K, V, N>> for $map<K, V $(, $hasher)?>
        {
            fn from(map: ShmMap<K, V, N>) -> Self {
                map.into_iter().collect()
            }
        }
    )*};
}

from_std! {
    HashMap [S] [Eq Hash];
    BTreeMap [] [Ord];
}
