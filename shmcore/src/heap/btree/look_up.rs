//! How entries are found.
#![allow(unsafe_code, reason = "reaches keys and values")]

use std::ops::{Bound, RangeBounds};

use super::cursor::Cursor;
use super::iter::{Iter, Keys, Range, Values};
use super::node::Node;
use super::{BTreeMap, OrderedKey};
use crate::ShmSafe;
use crate::heap::Heap;
use crate::heap::error::HeapError;

impl<K: ShmSafe, V: ShmSafe> BTreeMap<K, V> {
    /// The node of the entry with this key, and its slot.
    #[inline]
    fn find_slot<'a, Q: ?Sized>(
        &'a self,
        heap: &'a Heap,
        key: &Q,
    ) -> Result<Option<(Node<'a>, usize)>, HeapError>
    where
        K: OrderedKey<Q>,
    {
        let Some(tree) = self.tree(heap)? else { return Ok(None) };
        let (node, search) = Self::find(&tree, |there| there.compare(heap, key))?;
        Ok(search.ok().map(|index| (node, node.order.slot(index))))
    }

    /// The value of a key.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn get<'a, Q: ?Sized>(&'a self, heap: &'a Heap, key: &Q) -> Result<Option<&'a V>, HeapError>
    where
        K: OrderedKey<Q>,
    {
        let found = self.find_slot(heap, key)?;
        // SAFETY: `value_in` requires a borrowed map and a slot with an entry: just found.
        Ok(found.map(|(node, slot)| unsafe { Self::value_in(node, slot) }))
    }

    /// The value of a key, to be changed.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn get_mut<'a, Q: ?Sized>(
        &'a mut self,
        heap: &'a Heap,
        key: &Q,
    ) -> Result<Option<&'a mut V>, HeapError>
    where
        K: OrderedKey<Q>,
    {
        let found = self.find_slot(heap, key)?;
        // SAFETY: `value_in_mut` requires a map that is borrowed exclusively and a slot with an entry: just found.
        Ok(found.map(|(node, slot)| unsafe { Self::value_in_mut(node, slot) }))
    }

    /// The key as it was inserted, and its value.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn get_key_value<'a, Q: ?Sized>(
        &'a self,
        heap: &'a Heap,
        key: &Q,
    ) -> Result<Option<(&'a K, &'a V)>, HeapError>
    where
        K: OrderedKey<Q>,
    {
        let Some((node, slot)) = self.find_slot(heap, key)? else { return Ok(None) };
        // SAFETY: `key_in` requires a borrowed map and a slot with an entry: just found.
        let key = unsafe { Self::key_in(node, slot) };
        // SAFETY: as above.
        Ok(Some((key, unsafe { Self::value_in(node, slot) })))
    }

    /// Whether there is an entry with this key.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn contains_key<Q: ?Sized>(&self, heap: &Heap, key: &Q) -> Result<bool, HeapError>
    where
        K: OrderedKey<Q>,
    {
        Ok(self.find_slot(heap, key)?.is_some())
    }

    /// The entry with the least key.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn first_key_value<'a>(&'a self, heap: &'a Heap) -> Result<Option<(&'a K, &'a V)>, HeapError> {
        Ok(self.iter(heap)?.next())
    }

    /// The entry with the greatest key.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn last_key_value<'a>(&'a self, heap: &'a Heap) -> Result<Option<(&'a K, &'a V)>, HeapError> {
        Ok(self.iter(heap)?.next_back())
    }

    /// The entries, in the order of their keys.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len). If the heap is found to be corrupt on the way, the iterator ends.
    #[expect(clippy::iter_not_returning_iterator, reason = "an iterator, or why there is none")]
    pub fn iter<'a>(&'a self, heap: &'a Heap) -> Result<Iter<'a, K, V>, HeapError> {
        let Some(tree) = self.tree(heap)? else { return Ok(Iter(Range::none())) };
        let (front, back) = (Cursor::at(&tree, |_| Ok(0))?, Cursor::at(&tree, |node| Ok(node.count()))?);
        Ok(Iter(Range::between(tree, front, back)))
    }

    /// The keys, in their order.
    ///
    /// # Errors
    ///
    /// As [`iter`](Self::iter).
    pub fn keys<'a>(&'a self, heap: &'a Heap) -> Result<Keys<'a, K, V>, HeapError> {
        self.iter(heap).map(Keys)
    }

    /// The values, in the order of their keys.
    ///
    /// # Errors
    ///
    /// As [`iter`](Self::iter).
    pub fn values<'a>(&'a self, heap: &'a Heap) -> Result<Values<'a, K, V>, HeapError> {
        self.iter(heap).map(Values)
    }

    /// The entries whose keys lie in a range, in the order of their keys.
    ///
    /// # Errors
    ///
    /// As [`iter`](Self::iter).
    ///
    /// # Panics
    ///
    /// As in std: if the range begins behind its end, or has a single key that is excluded at both ends.
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::{ShmMutex, ShmOptions, heap::{BTreeMap, String}};
    /// use std::ops::Bound::{Excluded, Included};
    ///
    /// let heap = ShmOptions::anonymous().create_heap::<ShmMutex<BTreeMap<String, u32>>>(64 << 10)?;
    /// let mut map = heap.root().lock().expect("nobody has died");
    /// for (number, name) in (1..).zip(["ant", "bee", "cat", "dog"]) {
    ///     map.insert(&heap, name, number)?;
    /// }
    /// let some = map.range::<str, _>(&heap, (Included("bee"), Excluded("dog")))?;
    /// assert!(some.map(|(_, number)| *number).eq([2, 3]));
    /// assert_eq!(map.range::<str, _>(&heap, ..)?.next_back().map(|(_, number)| *number), Some(4));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn range<'a, Q: Ord + ?Sized, R: RangeBounds<Q>>(
        &'a self,
        heap: &'a Heap,
        range: R,
    ) -> Result<Range<'a, K, V>, HeapError>
    where
        K: OrderedKey<Q>,
    {
        let (start, end) = (range.start_bound(), range.end_bound());
        match (start, end) {
            (Bound::Excluded(start), Bound::Excluded(end)) if start == end => {
                panic!("a range that excludes its only key")
            }
            (
                Bound::Included(start) | Bound::Excluded(start),
                Bound::Included(end) | Bound::Excluded(end),
            ) if start > end => panic!("a range that begins behind its end"),
            _ => {}
        }
        let Some(tree) = self.tree(heap)? else { return Ok(Range::none()) };
        // Where a node has what is not smaller than a key, or what is greater.
        let before = |node, key: &Q| {
            Self::search(node, |there| there.compare(heap, key))
                .map(|search| search.unwrap_or_else(|index| index))
        };
        let behind = |node, key: &Q| {
            Self::search(node, |there| there.compare(heap, key))
                .map(|search| search.map_or_else(|index| index, |index| index + 1))
        };
        let front = Cursor::at(&tree, |node| match start {
            Bound::Included(key) => before(node, key),
            Bound::Excluded(key) => behind(node, key),
            Bound::Unbounded => Ok(0),
        })?;
        let back = Cursor::at(&tree, |node| match end {
            Bound::Included(key) => behind(node, key),
            Bound::Excluded(key) => before(node, key),
            Bound::Unbounded => Ok(node.count()),
        })?;
        Ok(Range::between(tree, front, back))
    }
}
