//! An entry of a map, as `entry` finds it.

use std::fmt;
use std::hash::Hash;
use std::mem;

use super::table::Gap;
use super::{CapacityError, Pair, ShmMap};
use crate::ShmSafe;

/// What a map has for a key: [`std::collections::hash_map::Entry`], of a [`ShmMap`].
///
/// # Examples
///
/// ```
/// use shmcore::ShmMap;
///
/// let mut counts = ShmMap::<char, u32, 2>::new();
/// for letter in "abba".chars() {
///     *counts.entry(letter).or_insert(0)? += 1;
/// }
/// assert_eq!(counts.get(&'b'), Some(&2));
/// assert!(counts.entry('c').or_insert(0).is_err());
/// # Ok::<(), shmcore::fixed::CapacityError<(char, u32)>>(())
/// ```
pub enum Entry<'a, K: ShmSafe, V: ShmSafe, const N: usize> {
    /// There is an entry.
    Occupied(OccupiedEntry<'a, K, V, N>),
    /// There is none.
    Vacant(VacantEntry<'a, K, V, N>),
}

/// An entry that is there.
pub struct OccupiedEntry<'a, K: ShmSafe, V: ShmSafe, const N: usize> {
    pub(super) map: &'a mut ShmMap<K, V, N>,
    /// It has an entry: it was found, and the map is borrowed since.
    pub(super) place: usize,
}

/// An entry that is not there, and its key.
pub struct VacantEntry<'a, K: ShmSafe, V: ShmSafe, const N: usize> {
    pub(super) map: &'a mut ShmMap<K, V, N>,
    pub(super) gap: Gap,
    pub(super) hash: u64,
    pub(super) key: K,
}

impl<'a, K: ShmSafe + Eq + Hash, V: ShmSafe, const N: usize> Entry<'a, K, V, N> {
    /// The value, which is `default` if there was none.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] with key and value if the map is full.
    #[inline]
    pub fn or_insert(self, default: V) -> Result<&'a mut V, CapacityError<(K, V)>> {
        self.or_insert_with(|| default)
    }

    /// The value, which is what `default` returns if there was none.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] with key and value if the map is full.
    #[inline]
    pub fn or_insert_with(self, default: impl FnOnce() -> V) -> Result<&'a mut V, CapacityError<(K, V)>> {
        match self {
            Self::Occupied(entry) => Ok(entry.into_mut()),
            Self::Vacant(entry) => entry.insert(default()),
        }
    }

    /// The value, which is the default of its type if there was none.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] with key and value if the map is full.
    #[inline]
    pub fn or_default(self) -> Result<&'a mut V, CapacityError<(K, V)>>
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }

    /// Changes the value if there is one.
    #[must_use]
    pub fn and_modify(mut self, change: impl FnOnce(&mut V)) -> Self {
        if let Self::Occupied(entry) = &mut self {
            change(entry.get_mut());
        }
        self
    }

    /// The key.
    pub fn key(&self) -> &K {
        match self {
            Self::Occupied(entry) => entry.key(),
            Self::Vacant(entry) => entry.key(),
        }
    }
}

impl<'a, K: ShmSafe + Eq + Hash, V: ShmSafe, const N: usize> OccupiedEntry<'a, K, V, N> {
    #[inline]
    fn pair(&self) -> &Pair<K, V> {
        self.map.table.get(self.place).unwrap_or_else(|| unreachable!("the entry was found"))
    }

    #[inline]
    fn into_pair_mut(self) -> &'a mut Pair<K, V> {
        self.map.table.get_mut(self.place).unwrap_or_else(|| unreachable!("the entry was found"))
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &K {
        &self.pair().key
    }

    /// The value.
    #[must_use]
    pub fn get(&self) -> &V {
        &self.pair().value
    }

    /// The value, to be changed.
    #[must_use]
    pub fn get_mut(&mut self) -> &mut V {
        OccupiedEntry { map: self.map, place: self.place }.into_mut()
    }

    /// The value, to be changed, for as long as the map is borrowed.
    #[must_use]
    #[inline]
    pub fn into_mut(self) -> &'a mut V {
        &mut self.into_pair_mut().value
    }

    /// Replaces the value, and returns the old one.
    pub fn insert(&mut self, value: V) -> V {
        mem::replace(self.get_mut(), value)
    }

    /// Removes the entry, and returns its value.
    #[expect(clippy::must_use_candidate, reason = "removing is the point")]
    pub fn remove(self) -> V {
        self.remove_entry().1
    }

    /// Removes the entry, and returns it.
    #[expect(clippy::must_use_candidate, reason = "removing is the point")]
    pub fn remove_entry(self) -> (K, V) {
        self.map.remove_at(self.place).unwrap_or_else(|| unreachable!("the entry was found"))
    }
}

impl<'a, K: ShmSafe + Eq + Hash, V: ShmSafe, const N: usize> VacantEntry<'a, K, V, N> {
    /// The key.
    #[must_use]
    pub fn key(&self) -> &K {
        &self.key
    }

    /// The key, by value.
    #[must_use]
    pub fn into_key(self) -> K {
        self.key
    }

    /// Inserts the entry.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] with key and value if the map is full.
    #[inline]
    pub fn insert(self, value: V) -> Result<&'a mut V, CapacityError<(K, V)>> {
        let Self { map, gap, hash, key } = self;
        let place = map.add(gap, hash, key, value)?;
        Ok(OccupiedEntry { map, place }.into_mut())
    }
}

impl<K: ShmSafe + fmt::Debug + Eq + Hash, V: ShmSafe + fmt::Debug, const N: usize> fmt::Debug
    for Entry<'_, K, V, N>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Occupied(entry) => f.debug_tuple("Occupied").field(entry.key()).field(entry.get()).finish(),
            Self::Vacant(entry) => f.debug_tuple("Vacant").field(entry.key()).finish(),
        }
    }
}
