//! Ordered maps into whose nodes something else has written: errors, or something that can be used; no panic, and nothing outside the
//! region.

use std::sync::atomic::Ordering::Relaxed;

use proptest::collection::vec;
use proptest::prelude::*;

use super::heap_of;
use crate::ShmSafe;
use crate::heap::btree::BTreeMap;
use crate::heap::btree::node::Node;
use crate::heap::{Heap, HeapError, Vec};

/// Which block of the tree, which word of it, and what it becomes: a small number, any, a bit changed, or a word of another place.
fn damage() -> impl Strategy<Value = std::vec::Vec<(usize, usize, Value)>> {
    let value = prop_oneof![
        any::<u64>().prop_map(Value::Any),
        (0_u64..70).prop_map(Value::Any),
        (0_u32..64).prop_map(Value::Flipped),
        (0_usize..40, 0_usize..52).prop_map(|(block, word)| Value::Of(block, word)),
    ];
    let word = prop_oneof![3 => 2_usize..6, 1 => 6_usize..36, 2 => 36_usize..51];
    vec((0_usize..40, word, value), 1..5)
}

#[derive(Debug, Clone, Copy)]
enum Value {
    Any(u64),
    Flipped(u32),
    Of(usize, usize),
}

fn is_inside<T>(heap: &Heap, value: &T) -> bool {
    let start = std::ptr::from_ref(value);
    start.is_aligned() && heap.holds(start.addr()) && heap.holds(start.addr() + size_of::<T>() - 1)
}

/// Uses everything, one thing after the other, whatever becomes of it.
fn use_all<V: ShmSafe + Default>(heap: &Heap, map: &mut BTreeMap<u64, V>) -> u32 {
    let mut errors = 0;
    let mut note = |result: Result<(), HeapError>| errors += u32::from(result.is_err());
    for key in (0..400).step_by(3) {
        note(map.get(heap, &key).map(|value| assert!(value.is_none_or(|value| is_inside(heap, value)))));
        note(map.insert(heap, key, V::default()).map(drop).map_err(HeapError::from));
        note(map.remove(heap, &(key + 1)).map(drop));
    }
    note(map.iter(heap).map(|entries| entries.for_each(|(key, _)| assert!(is_inside(heap, key)))));
    note(map.iter(heap).map(|entries| entries.rev().for_each(|(key, _)| assert!(is_inside(heap, key)))));
    note(map.range(heap, 20..80).map(|entries| entries.for_each(|(key, _)| assert!(is_inside(heap, key)))));
    for _ in 0..100 {
        note(map.pop_first(heap).map(drop));
        note(map.pop_last(heap).map(drop));
    }
    note(map.clear(heap));
    errors
}

/// The offsets of the tree's block and of all its nodes.
fn blocks<V: ShmSafe>(heap: &Heap, map: &BTreeMap<u64, V>) -> std::vec::Vec<u64> {
    let tree = map.tree(heap).expect("bound").expect("a tree");
    let mut blocks = vec![tree.block.offset() as u64];
    let mut waiting = vec![tree.root().expect("a node")];
    while let Some(node) = waiting.pop() {
        blocks.push(node.offset());
        if !node.is_leaf() {
            waiting.extend((0..=node.count()).map(|index| tree.child(node, index).expect("a node")));
        }
    }
    blocks
}

fn use_damaged<V: ShmSafe + Default>(
    damage: &[(usize, usize, Value)],
    is_bound_anew: bool,
    value: impl Fn(&Heap) -> V,
) -> u32
where
    BTreeMap<u64, V>: crate::PlacementDefault,
{
    let heap = heap_of::<BTreeMap<u64, V>>(192 << 10);
    let mut map = heap.root().lock().expect("in order");
    for key in 0..300 {
        map.insert(&heap, (key * 7) % 300, value(&heap)).expect("room");
    }
    let blocks = blocks(&heap, &map);
    assert!(blocks.len() > 25);
    let word_of =
        |block: usize, word: usize| heap.block_at(blocks[block % blocks.len()]).expect("a block").word(word);
    for &(block, word, value) in damage {
        let at = word_of(block, word);
        let value = match value {
            Value::Any(value) => value,
            Value::Flipped(bit) => at.load(Relaxed) ^ 1 << bit,
            Value::Of(block, 0..2) => blocks[block % blocks.len()],
            Value::Of(block, word) => word_of(block, word).load(Relaxed),
        };
        at.store(value, Relaxed);
    }
    if is_bound_anew {
        crate::region::note_torn();
    }
    let errors = use_all(&heap, &mut map);
    heap.check().expect("the allocator's words were let alone");
    errors
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn damaged_map_is_an_error_or_can_be_used(damage in damage(), is_bound_anew in any::<bool>()) {
        use_damaged(&damage, is_bound_anew, |_| 7_u64);
        use_damaged(&damage, is_bound_anew, |heap| Vec::from_slice(heap, &[1_u16, 2]).expect("room"));
    }
}

/// A child that leads elsewhere is an error, and none leads in a circle.
#[test]
fn nodes_are_found_where_they_belong_only() {
    let heap = heap_of::<BTreeMap<u64, u64>>(192 << 10);
    let mut map = heap.root().lock().expect("in order");
    for key in 0..300 {
        map.insert(&heap, key, key).expect("room");
    }
    let blocks = blocks(&heap, &map);
    let (of_tree, root_at) = (blocks[0], blocks[1]);
    let first = heap.block_at(root_at).expect("a block").word(Node::FIRST_CHILD);
    let was = first.load(Relaxed);
    for bad in [0, 8, root_at, of_tree, was + 16, u64::MAX, heap.words().len() as u64 - 64] {
        first.store(bad, Relaxed);
        assert!(matches!(map.get(&heap, &0), Err(HeapError::Corrupt { .. })), "{bad}");
        assert!(matches!(map.iter(&heap), Err(HeapError::Corrupt { .. })), "{bad}");
        assert!(map.insert(&heap, 0, 1).is_err() && map.pop_first(&heap).is_err(), "{bad}");
        crate::region::note_torn();
        assert!(matches!(map.remove(&heap, &0), Err(HeapError::Corrupt { .. })), "{bad}");
    }
    first.store(was, Relaxed);
    assert_eq!(map.remove(&heap, &0), Ok(Some(0)));
}
