//! Ordered maps in a heap: their nodes, what they are made of, what does not fit.

use std::collections::BTreeMap as Model;

use super::BTreeMap;
use super::node::Node;
use super::order::MOST;
use super::tree::{FEWEST, Tree};
use crate::heap::{Heap, HeapError, String, Vec};
use crate::{PlacementDefault, ShmHeap, ShmMutex, ShmOptions, ShmSafe};

mod damage;
mod death;
mod oracle;

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

/// Two nodes that both have enough, as somebody may have made them who had no right to.
#[test]
fn nodes_that_need_nothing_are_given_nothing() {
    let heap = heap_of::<BTreeMap<u64, u64>>(64 << 10);
    let mut map = heap.root().lock().expect("in order");
    for key in (0..15).chain(100..110) {
        map.insert(&heap, key, key).expect("room");
    }
    let tree = map.tree(&heap).expect("bound").expect("a tree");
    let root = tree.root().expect("a node");
    assert_eq!(root.count(), 1);
    for index in [0, 1] {
        assert!(matches!(tree.give_entries(root, index), Err(HeapError::Corrupt { .. })), "{index}");
    }
    assert_eq!(map.iter(&heap).expect("bound").count(), 25);
    assert_is_tree(&heap, &map, false);
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
    foreign.free(&other).expect("its own");
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
