//! `ShmMap<K, V, N>`: a hash map of at most `N` entries.
//!
//! The places and the search are those of a `Table`; here is what it means: keys, values, a hash with a seed, std's interface.

use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::mem;

use foldhash::SharedSeed;
use foldhash::fast::FoldHasher;

use super::CapacityError;
use crate::ShmSafe;

mod entry;
pub(crate) mod group;
mod iter;
mod table;
mod traits;

pub use entry::{Entry, OccupiedEntry, VacantEntry};
pub use iter::{Drain, IntoIter, Iter, IterMut, Keys, Values, ValuesMut};
use table::{Gap, Table};

/// A hash map of at most `N` entries: [`HashMap`](std::collections::HashMap), inside the value.
///
/// Every process finds what another has inserted: the hash depends on the key, and on a seed that the map draws at its first
/// insertion and keeps. `Hash` and `Eq` of the key must mean the same in all of them.
///
/// Nothing is on the heap: its size is that of `2 N` entries and `2 N` bytes, whatever it holds. Half of the places stay empty, so that the
/// map is fast when all `N` entries are used; what was not used yet was not touched. For values that are large, keep them in a
/// slab, and their handles in the map.
///
/// # Layout
///
/// `#[repr(C)]`: the seed and the number of entries as `u64`, `2 N` bytes that say which places are used, `2 N` places for entries. All
/// zeroes is the empty map.
///
/// # Process death
///
/// A process that is killed inside a change leaves a map that is safe to use, under a lock that is poisoned. An entry may not be
/// found by its key then, or be there twice; [`rebuild`](Self::rebuild) puts that in order.
///
/// # Examples
///
/// ```
/// use shmcore::{ShmMap, ShmMutex, create_shared};
///
/// let stock = create_shared::<ShmMutex<ShmMap<u32, i64, 100_000>>>()?;
/// let mut stock = stock.lock().expect("nobody has died");
/// stock.insert(7, 100)?;
/// *stock.entry(7).or_insert(0)? += 20;
/// assert_eq!(stock.get(&7), Some(&120));
/// assert_eq!(stock.remove(&7), Some(120));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(ShmSafe)]
#[repr(C)]
pub struct ShmMap<K, V, const N: usize> {
    /// 0 until the first insertion.
    seed: u64,
    /// Where an entry lies depends on the hash function, so the name says which that is.
    #[shm(name = "table by foldhash 0.2")]
    table: Table<Pair<K, V>, N>,
}

/// An entry.
#[derive(ShmSafe, Clone, Copy)]
#[shm(name = "ShmMapEntry")]
#[repr(C)]
pub(in crate::fixed) struct Pair<K, V> {
    pub(in crate::fixed) key: K,
    pub(in crate::fixed) value: V,
}

impl<K: ShmSafe, V: ShmSafe, const N: usize> ShmMap<K, V, N> {
    /// An empty map.
    #[must_use]
    pub const fn new() -> Self {
        Self { seed: 0, table: Table::new() }
    }

    /// How many entries it holds at most: `N`.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        N
    }

    /// The number of entries.
    #[must_use]
    #[inline]
    pub const fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether there are no entries.
    #[must_use]
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room for another entry.
    #[must_use]
    #[inline]
    pub const fn is_full(&self) -> bool {
        self.len() == N
    }

    /// Removes all entries.
    pub fn clear(&mut self) {
        self.table.clear();
    }
}

/// The hash of a key in a map with this seed.
#[inline]
fn hash<Q: Hash + ?Sized>(seed: u64, key: &Q) -> u64 {
    let mut hasher = FoldHasher::with_seed(seed, SharedSeed::global_fixed());
    key.hash(&mut hasher);
    hasher.finish()
}

impl<K: ShmSafe + Eq + Hash, V: ShmSafe, const N: usize> ShmMap<K, V, N> {
    /// The place of the entry with this key, or where there is room for it.
    #[inline]
    fn find<Q>(&self, hash: u64, key: &Q) -> Result<usize, Gap>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        self.table.find(hash, move |entry| entry.key.borrow() == key)
    }

    /// The value of a key.
    #[inline]
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.get_by(key, |entry| &entry.value)
    }

    #[inline]
    fn get_by<Q, U>(&self, key: &Q, part: impl Fn(&Pair<K, V>) -> &U) -> Option<&U>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.table.get_by(hash(self.seed, key), move |entry| entry.key.borrow() == key, part)
    }

    /// The value of a key, to be changed.
    #[inline]
    pub fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let place = self.find(hash(self.seed, key), key).ok()?;
        self.table.get_mut(place).map(|entry| &mut entry.value)
    }

    /// The key as it was inserted, and its value.
    #[inline]
    pub fn get_key_value<Q>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.get_by(key, |entry| entry).map(|entry| (&entry.key, &entry.value))
    }

    /// Whether there is an entry with this key.
    #[inline]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.get(key).is_some()
    }

    /// Inserts an entry, or replaces the value of the key; returns the old value. As in std, the key stays the old one then.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] with key and value if the map is full and has no entry with this key.
    #[inline]
    pub fn insert(&mut self, key: K, value: V) -> Result<Option<V>, CapacityError<(K, V)>> {
        self.draw_seed();
        let hash = hash(self.seed, &key);
        match self.find(hash, &key) {
            Ok(place) => Ok(self.table.get_mut(place).map(|entry| mem::replace(&mut entry.value, value))),
            Err(gap) => self.add(gap, hash, key, value).map(|_| None),
        }
    }

    /// Adds an entry whose key is not there, and returns its place.
    #[inline]
    fn add(&mut self, gap: Gap, hash: u64, key: K, value: V) -> Result<usize, CapacityError<(K, V)>> {
        let added = self.table.insert(gap, hash, Pair { key, value });
        added.map_err(|Pair { key, value }| CapacityError::new((key, value), N))
    }

    /// Gives the map a seed of its own, before its first entry.
    #[inline]
    fn draw_seed(&mut self) {
        if self.seed == 0 {
            self.draw_first_seed();
        }
    }

    #[cold]
    fn draw_first_seed(&mut self) {
        // The entries of a map that was damaged may have been hashed with the seed 0.
        if self.is_empty() {
            self.seed = RandomState::new().hash_one(0_u64) | 1;
        }
    }

    /// Removes the entry with this key, and returns its value.
    #[inline]
    pub fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.remove_entry(key).map(|(_, value)| value)
    }

    /// Removes the entry with this key, and returns it.
    #[inline]
    pub fn remove_entry<Q>(&mut self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let place = self.find(hash(self.seed, key), key).ok()?;
        self.remove_at(place)
    }

    #[inline]
    fn remove_at(&mut self, place: usize) -> Option<(K, V)> {
        let seed = self.seed;
        self.table.remove(place, |entry| hash(seed, &entry.key)).map(|entry| (entry.key, entry.value))
    }

    /// Keeps the entries that fulfil a condition, which may change the values.
    pub fn retain(&mut self, mut condition: impl FnMut(&K, &mut V) -> bool) {
        let seed = self.seed;
        let condition = |entry: &mut Pair<K, V>| condition(&entry.key, &mut entry.value);
        self.table.retain(condition, |entry| hash(seed, &entry.key));
    }

    /// Puts entries that are not found by their keys where they are, and removes those whose key is there twice, of which one stays.
    /// For a map under a lock that was poisoned by a death.
    pub fn rebuild(&mut self) {
        let seed = self.seed;
        self.table.rebuild(|entry| hash(seed, &entry.key), |one, other| one.key == other.key);
    }

    /// The entry of a key, to be looked at, changed or made.
    #[inline]
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V, N> {
        self.draw_seed();
        let hash = hash(self.seed, &key);
        match self.find(hash, &key) {
            Ok(place) => Entry::Occupied(OccupiedEntry { map: self, place }),
            Err(gap) => Entry::Vacant(VacantEntry { map: self, gap, hash, key }),
        }
    }
}

#[cfg(test)]
mod tests;
