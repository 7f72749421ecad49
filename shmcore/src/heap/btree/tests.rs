//! Ordered maps against std's, in the heap and in this process's own memory.

use std::collections::BTreeMap as Model;
use std::fmt::Debug;
use std::ops::Bound;

use proptest::collection::vec;
use proptest::prelude::*;

use super::node::Node;
use super::order::MOST;
use super::tree::{FEWEST, Tree};
use super::{BTreeMap, Entry};
use crate::heap::{Heap, HeapError, String, Vec};
use crate::{PlacementDefault, ShmHeap, ShmMutex, ShmOptions, ShmSafe};

mod damage;
mod death;

fn heap_of<T: PlacementDefault>(bytes: usize) -> ShmHeap<ShmMutex<T>> {
    ShmOptions::anonymous().create_heap(bytes).expect("created")
}

/// Goes through the nodes below one, between two keys; the number of entries. Nodes have enough entries, but for those to which no
/// entries come behind, unless `may_be_poor`.
fn entries_below<K: ShmSafe + Ord + Copy, V: ShmSafe>(
    tree: &Tree<'_>,
    node: Node<'_>,
    (least, greatest): (Option<K>, Option<K>),
    may_be_poor: bool,
) -> usize {
    let is_root = node.offset() == tree.root().expect("one").offset();
    assert!(
        may_be_poor || is_root || greatest.is_none() || node.count() >= FEWEST,
        "{} entries",
        node.count()
    );
    let (mut count, mut before) = (node.count(), least);
    // SAFETY: `key_in` requires a slot with an entry of a borrowed map.
    #[allow(unsafe_code, reason = "reads keys")]
    let key = |index| *unsafe { BTreeMap::<K, V>::key_in(node, node.order.slot(index)) };
    for index in 0..=node.count() {
        let next = if index < node.count() { Some(key(index)) } else { greatest };
        if let (Some(before), Some(next)) = (before, next) {
            assert!(before < next);
        }
        if !node.is_leaf() {
            let child = tree.child(node, index).expect("a node");
            assert_eq!(child.level() + 1, node.level());
            count += entries_below::<K, V>(tree, child, (before, next), may_be_poor);
        }
        before = next;
    }
    count
}

fn assert_is_tree<K: ShmSafe + Ord + Copy, V: ShmSafe>(heap: &Heap, map: &BTreeMap<K, V>, may_be_poor: bool) {
    let Some(tree) = map.tree(heap).expect("bound") else { return };
    let root = tree.root().expect("a node");
    assert_eq!(entries_below::<K, V>(&tree, root, (None, None), may_be_poor), tree.len());
}

#[derive(Debug, Clone)]
enum Operation {
    Insert(u64, u64),
    /// Many keys from one on, which split nodes at their end.
    InsertMany(u64, u64),
    Remove(u64),
    RemoveMany(u64, u64),
    RemoveEntry(u64),
    PopFirst,
    PopLast,
    Get(u64),
    GetMut(u64, u64),
    Entry(u64, u64),
    EntryInsert(u64, u64),
    Range(Bound<u64>, Bound<u64>),
    FromBothEnds(std::vec::Vec<bool>),
    Free,
    NewGeneration,
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation as O;
    let key = || 0_u64..400;
    let bound = || {
        prop_oneof![
            3 => key().prop_map(Bound::Included),
            3 => key().prop_map(Bound::Excluded),
            1 => Just(Bound::Unbounded)
        ]
    };
    prop_oneof![
        24 => (key(), any::<u64>()).prop_map(|(key, value)| O::Insert(key, value)),
        4 => (key(), 1_u64..120).prop_map(|(key, count)| O::InsertMany(key, count)),
        12 => key().prop_map(O::Remove),
        3 => (key(), 1_u64..120).prop_map(|(key, count)| O::RemoveMany(key, count)),
        4 => key().prop_map(O::RemoveEntry),
        4 => Just(O::PopFirst),
        4 => Just(O::PopLast),
        8 => key().prop_map(O::Get),
        4 => (key(), any::<u64>()).prop_map(|(key, value)| O::GetMut(key, value)),
        8 => (key(), any::<u64>()).prop_map(|(key, value)| O::Entry(key, value)),
        4 => (key(), any::<u64>()).prop_map(|(key, value)| O::EntryInsert(key, value)),
        6 => (bound(), bound()).prop_map(|(start, end)| O::Range(start, end)),
        1 => vec(any::<bool>(), 0..500).prop_map(O::FromBothEnds),
        1 => Just(O::Free),
        1 => Just(O::NewGeneration),
    ]
}

/// Values of a map: numbers, or what has them in the heap.
trait Sample: ShmSafe + Debug {
    fn of(heap: &Heap, number: u64) -> Self;
    fn number(&self, heap: &Heap) -> u64;
    fn free(self, heap: &Heap);
}

impl Sample for u64 {
    fn of(_: &Heap, number: u64) -> Self {
        number
    }
    fn number(&self, _: &Heap) -> u64 {
        *self
    }
    fn free(self, _: &Heap) {}
}

impl Sample for Vec<u64> {
    fn of(heap: &Heap, number: u64) -> Self {
        Self::from_slice(heap, &[number]).expect("room")
    }
    fn number(&self, heap: &Heap) -> u64 {
        self.as_slice(heap).expect("bound")[0]
    }
    fn free(mut self, heap: &Heap) {
        Vec::free(&mut self, heap).expect("bound");
    }
}

/// Whether std takes such a range.
fn is_range(start: Bound<u64>, end: Bound<u64>) -> bool {
    match (start, end) {
        (Bound::Excluded(start), Bound::Excluded(end)) => start < end,
        (Bound::Included(start) | Bound::Excluded(start), Bound::Included(end) | Bound::Excluded(end)) => {
            start <= end
        }
        _ => true,
    }
}

fn apply<V: Sample>(
    operation: &Operation,
    heap: &Heap,
    map: &mut BTreeMap<u64, V>,
    model: &mut Model<u64, u64>,
) -> Result<(), HeapError> {
    use Operation as O;
    let taken = |value: V| {
        let number = value.number(heap);
        value.free(heap);
        number
    };
    let shown = |(key, value): (&u64, &V)| (*key, value.number(heap));
    match *operation {
        O::Insert(key, value) => {
            let old = map.insert(heap, key, V::of(heap, value))?;
            assert_eq!(old.map(taken), model.insert(key, value));
        }
        O::InsertMany(first, count) => {
            for key in first..first + count {
                let old = map.insert(heap, key, V::of(heap, key))?;
                assert_eq!(old.map(taken), model.insert(key, key));
            }
        }
        O::Remove(key) => assert_eq!(map.remove(heap, &key)?.map(taken), model.remove(&key)),
        O::RemoveMany(first, count) => {
            for key in first..first + count {
                assert_eq!(map.remove(heap, &key)?.map(taken), model.remove(&key));
            }
        }
        O::RemoveEntry(key) => {
            let removed = map.remove_entry(heap, &key)?.map(|(key, value)| (key, taken(value)));
            assert_eq!(removed, model.remove_entry(&key));
        }
        O::PopFirst => {
            let popped = map.pop_first(heap)?.map(|(key, value)| (key, taken(value)));
            assert_eq!(popped, model.pop_first());
        }
        O::PopLast => {
            let popped = map.pop_last(heap)?.map(|(key, value)| (key, taken(value)));
            assert_eq!(popped, model.pop_last());
        }
        O::Get(key) => {
            assert_eq!(map.get(heap, &key)?.map(|value| value.number(heap)), model.get(&key).copied());
            assert_eq!(map.get_key_value(heap, &key)?.map(|(key, _)| key), model.get(&key).map(|_| &key));
            assert_eq!(map.contains_key(heap, &key)?, model.contains_key(&key));
            let ends = (map.first_key_value(heap)?.map(shown), map.last_key_value(heap)?.map(shown));
            let copied = |entry: Option<(&u64, &u64)>| entry.map(|(key, value)| (*key, *value));
            assert_eq!(ends, (copied(model.first_key_value()), copied(model.last_key_value())));
        }
        O::GetMut(key, number) => {
            let (ours, theirs) = (map.get_mut(heap, &key)?, model.get_mut(&key));
            assert_eq!(ours.is_some(), theirs.is_some());
            if let (Some(ours), Some(theirs)) = (ours, theirs) {
                taken(std::mem::replace(ours, V::of(heap, number)));
                *theirs = number;
            }
        }
        O::Entry(key, number) => {
            let value = map.entry(heap, key)?.or_insert_with(|| V::of(heap, number))?;
            assert_eq!(value.number(heap), *model.entry(key).or_insert(number));
        }
        O::EntryInsert(key, number) => match map.entry(heap, key)? {
            Entry::Occupied(mut entry) => {
                assert_eq!((*entry.key(), Some(&entry.get().number(heap))), (key, model.get(&key)));
                assert_eq!(Some(taken(entry.insert(V::of(heap, number))?)), model.insert(key, number));
                assert_eq!(*entry.key(), key);
                assert_eq!(entry.into_mut().number(heap), number);
            }
            Entry::Vacant(entry) => {
                assert_eq!((entry.key(), model.get(&key)), (&key, None));
                assert_eq!(entry.into_key(), key);
            }
        },
        O::Range(start, end) if is_range(start, end) => {
            let ours = map.range(heap, (start, end))?;
            let theirs = model.range((start, end)).map(|(key, value)| (*key, *value));
            assert!(ours.clone().map(shown).eq(theirs.clone()), "{start:?} {end:?}");
            assert!(ours.rev().map(shown).eq(theirs.rev()), "{start:?} {end:?}");
        }
        O::Range(start, end) => {
            let range = std::panic::AssertUnwindSafe(|| map.range(heap, (start, end)).map(drop));
            assert!(std::panic::catch_unwind(range).is_err(), "{start:?} {end:?}");
        }
        O::FromBothEnds(ref fronts) => {
            let (mut ours, mut theirs) = (map.iter(heap)?, model.iter());
            for &front in fronts {
                let (our, their) =
                    if front { (ours.next(), theirs.next()) } else { (ours.next_back(), theirs.next_back()) };
                assert_eq!(our.map(shown), their.map(|(key, value)| (*key, *value)));
                assert_eq!(ours.len(), theirs.len());
            }
        }
        O::Free => {
            map.free(heap)?;
            model.clear();
            assert_eq!(heap.used(), 0);
        }
        O::NewGeneration => crate::region::note_torn(),
    }
    assert_eq!((map.len(heap)?, map.is_empty(heap)?), (model.len(), model.is_empty()));
    assert!(map.keys(heap)?.eq(model.keys()));
    assert!(map.values(heap)?.map(|value| value.number(heap)).eq(model.values().copied()));
    assert!(map.iter(heap)?.rev().map(|(key, _)| key).eq(model.keys().rev()));
    assert_is_tree(heap, map, false);
    Ok(())
}

fn compare<V: Sample>(operations: &[Operation], is_private: bool) {
    let heap = heap_of::<BTreeMap<u64, V>>(1 << 20);
    let (mut own, mut model) = (BTreeMap::new(), Model::new());
    let mut shared = heap.root().lock().expect("in order");
    let map = if is_private { &mut own } else { &mut *shared };
    for operation in operations {
        apply(operation, &heap, map, &mut model).expect("room");
    }
    let checked = heap.check().expect("in order");
    assert_eq!(checked.used, heap.used());
    map.free(&heap).expect("freed");
    assert_eq!(heap.check().expect("in order").used, 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn map_of_numbers_is_that_of_std(operations in vec(operation(), 0..200), is_private in any::<bool>()) {
        compare::<u64>(&operations, is_private);
    }

    #[test]
    fn map_of_owners_is_that_of_std(operations in vec(operation(), 0..100), is_private in any::<bool>()) {
        compare::<Vec<u64>>(&operations, is_private);
    }
}

#[test]
fn entries_in_order_fill_their_nodes() {
    let heap = heap_of::<BTreeMap<u64, u64>>(4 << 20);
    let mut map = heap.root().lock().expect("in order");
    for key in 0..20_000 {
        map.insert(&heap, key, key).expect("room");
    }
    let tree = map.tree(&heap).expect("bound").expect("a tree");
    // 13 in each node, and one above.
    let nodes = heap.check().expect("in order").blocks - 1;
    assert!(nodes <= 20_000 / (MOST - 1) + 4, "{nodes} nodes");
    assert_eq!(tree.root().expect("a node").level(), 3);
    assert!(map.iter(&heap).expect("bound").map(|(key, _)| *key).eq(0..20_000));
}

#[test]
fn keys_may_lie_in_the_heap() {
    let heap = heap_of::<BTreeMap<String, Vec<u32>>>(256 << 10);
    let mut map = heap.root().lock().expect("in order");
    let mut model = Model::new();
    let mut random = fastrand::Rng::with_seed(3);
    let free = |value: Option<Vec<u32>>| value.map_or(Ok(()), |mut value| value.free(&heap)).expect("bound");
    for number in 0..3000 {
        let name = format!("key {}", random.u32(..300));
        match random.u8(..4) {
            0 | 1 => {
                let old = map.insert(&heap, &name, [number, 1]).expect("room");
                assert_eq!(old.is_some(), model.insert(name, number).is_some());
                free(old);
            }
            2 => {
                let removed = map.remove(&heap, name.as_str()).expect("bound");
                assert_eq!(removed.is_some(), model.remove(&name).is_some());
                free(removed);
            }
            _ => {
                let removed = map.remove_entry(&heap, name.as_str()).expect("bound");
                assert_eq!(removed.is_some(), model.remove(&name).is_some());
                if let Some((mut key, mut value)) = removed {
                    assert_eq!(key.as_str(&heap), Ok(name.as_str()));
                    key.free(&heap).expect("bound");
                    value.free(&heap).expect("bound");
                }
            }
        }
    }
    let names = map.keys(&heap).expect("bound").map(|key| key.as_str(&heap).expect("bound"));
    assert!(names.eq(model.keys().map(std::string::String::as_str)));
    // A block a node, the tree's own, and two an entry.
    let tree = map.tree(&heap).expect("bound").expect("a tree");
    assert!(tree.root().expect("a node").level() > 0);
    map.free(&heap).expect("bound");
    assert_eq!(heap.check().expect("in order").blocks, 0);
}

#[test]
fn entry_that_does_not_fit_comes_back() {
    let heap = heap_of::<BTreeMap<u32, [u8; 200]>>(64 << 10);
    let mut map = heap.root().lock().expect("in order");
    let (mut key, full) = (
        0,
        loop {
            let key = u32::try_from(map.len(&heap).expect("bound")).expect("few");
            if let Err(full) = map.insert(&heap, key, [7; 200]) {
                break full;
            }
        },
    );
    assert!(matches!(full.error(), HeapError::OutOfMemory { .. }));
    let len = map.len(&heap).expect("bound");
    assert_eq!(full.into_inner(), (u32::try_from(len).expect("few"), [7; 200]));
    assert!(len > 150, "{len} entries");
    // What is there can be taken out, and others put in.
    while let Some((first, _)) = map.pop_first(&heap).expect("bound") {
        assert_eq!(first, key);
        key += 1;
    }
    map.insert(&heap, 5, [5; 200]).expect("room");
    assert_eq!(map.len(&heap), Ok(1));
}

#[test]
fn aligned_and_empty_values_are_where_they_belong() {
    #[derive(ShmSafe, Clone, Copy, PartialEq, Debug)]
    #[repr(C, align(64))]
    #[shm(crate = "crate")]
    struct Aligned(u64);

    let heap = heap_of::<BTreeMap<u8, Aligned>>(256 << 10);
    let mut map = heap.root().lock().expect("in order");
    for key in 0..=u8::MAX {
        map.insert(&heap, key, Aligned(key.into())).expect("room");
    }
    for (key, value) in map.iter(&heap).expect("bound") {
        assert!(std::ptr::from_ref(value).is_aligned());
        assert_eq!(value, &Aligned((*key).into()));
    }
    let heap = heap_of::<BTreeMap<u8, ()>>(64 << 10);
    let mut map = heap.root().lock().expect("in order");
    for key in (0..=u8::MAX).rev() {
        map.insert(&heap, key, ()).expect("room");
    }
    assert!(map.keys(&heap).expect("bound").copied().eq(0..=u8::MAX));
}

/// What belongs to another heap, and was put here by hand, cannot be freed here; it stays, and so does what had not been freed before.
#[test]
fn value_of_another_heap_stays() {
    let (heap, other) = (heap_of::<BTreeMap<u64, Vec<u64>>>(256 << 10), heap_of::<u64>(4096));
    let mut map = heap.root().lock().expect("in order");
    for key in 0..100 {
        map.insert(&heap, key, [key]).expect("room");
    }
    let mut foreign = Vec::from_slice(&other, &[7]).expect("room");
    std::mem::swap(&mut foreign, map.get_mut(&heap, &40).expect("bound").expect("there"));
    for is_dead in [false, true, false] {
        assert_eq!(map.free(&heap), Err(HeapError::OtherHeap));
        if is_dead {
            crate::region::note_torn();
        }
        assert_is_tree(&heap, &map, true);
        let (len, last) =
            (map.len(&heap).expect("bound"), map.keys(&heap).expect("bound").next_back().copied());
        assert_eq!(last, Some(40));
        assert_eq!(len, map.iter(&heap).expect("bound").count());
    }
    map.insert(&heap, 200, [200]).expect("room");
    std::mem::swap(&mut foreign, map.get_mut(&heap, &40).expect("bound").expect("there"));
    foreign.free(&other);
    map.free(&heap).expect("bound");
    assert_eq!((heap.check().expect("in order").blocks, other.used()), (0, 0));
}

/// An order that is none.
#[derive(ShmSafe, Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
#[shm(crate = "crate")]
struct Contrary(u32);

impl PartialOrd for Contrary {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Contrary {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0.wrapping_mul(2_654_435_761) ^ other.0.rotate_left(7)).cmp(&0x8000_0000)
    }
}

#[test]
fn order_that_is_none_does_no_harm() {
    let heap = heap_of::<BTreeMap<Contrary, Vec<u32>>>(1 << 20);
    let mut map = heap.root().lock().expect("in order");
    let mut random = fastrand::Rng::with_seed(1);
    for number in 0..5000 {
        let key = Contrary(random.u32(..500));
        if random.u8(..) < 160 {
            if let Some(mut old) = map.insert(&heap, key, [number]).expect("room") {
                old.free(&heap).expect("bound");
            }
        } else if let Some(mut removed) = map.remove(&heap, &key).expect("bound") {
            removed.free(&heap).expect("bound");
        }
    }
    assert_eq!(map.iter(&heap).expect("bound").count(), map.len(&heap).expect("bound"));
    map.free(&heap).expect("bound");
    assert_eq!(heap.check().expect("in order").blocks, 0);
}

#[test]
fn map_and_its_iterators_can_be_printed() {
    let heap = heap_of::<BTreeMap<u8, u8>>(4096);
    let mut map = heap.root().lock().expect("in order");
    assert_eq!(format!("{:?}", *map), "BTreeMap { is_empty: true, .. }");
    map.insert(&heap, 1, 2).expect("room");
    assert_eq!(format!("{:?}", map.iter(&heap)), "Ok([(1, 2)])");
    assert_eq!(format!("{:?}", map.keys(&heap)), "Ok([1])");
}
