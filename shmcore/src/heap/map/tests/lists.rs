//! Maps whose keys and values own something: `HashMap<String, Vec<String>>` against std's.

use std::collections::HashMap as Model;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{assert_in_order, heap_of};
use crate::heap::map::{Entry, HashMap};
use crate::heap::{Heap, HeapError, String, Vec};

type Words = HashMap<String, Vec<String>>;
type Lists = Model<std::string::String, std::vec::Vec<std::string::String>>;

#[derive(Debug, Clone)]
enum Operation {
    Push(u8, u8),
    Insert(u8, u8),
    InsertOwn(u8, u8),
    OrInsert(u8, u8),
    Remove(u8),
    RemoveEntry(u8),
    EntryRemove(u8),
    Retain(u8),
    Drain(usize),
    Clear,
    Reserve(usize),
    ShrinkToFit,
    NewGeneration,
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation as O;
    let key = || 0_u8..40;
    prop_oneof![
        12 => (key(), any::<u8>()).prop_map(|(key, item)| O::Push(key, item)),
        8 => (key(), 0_u8..4).prop_map(|(key, items)| O::Insert(key, items)),
        4 => (key(), 0_u8..4).prop_map(|(key, items)| O::InsertOwn(key, items)),
        4 => (key(), 0_u8..4).prop_map(|(key, items)| O::OrInsert(key, items)),
        8 => key().prop_map(O::Remove),
        4 => key().prop_map(O::RemoveEntry),
        4 => key().prop_map(O::EntryRemove),
        1 => any::<u8>().prop_map(O::Retain),
        1 => (0_usize..10).prop_map(O::Drain),
        1 => Just(O::Clear),
        1 => (0_usize..30).prop_map(O::Reserve),
        2 => Just(O::ShrinkToFit),
        2 => Just(O::NewGeneration),
    ]
}

/// The key with a number: empty, short, long.
fn key(number: u8) -> std::string::String {
    "key ".repeat(usize::from(number)) + if number == 0 { "" } else { "!" }
}

fn items(count: u8) -> std::vec::Vec<std::string::String> {
    (0..count).map(|number| format!("item {number}")).collect()
}

/// A list in this process's own memory.
fn own(heap: &Heap, items: &[std::string::String]) -> Result<Vec<String>, HeapError> {
    let mut list = Vec::new();
    for item in items {
        list.push(heap, item)?;
    }
    Ok(list)
}

fn read(heap: &Heap, list: &Vec<String>) -> Result<std::vec::Vec<std::string::String>, HeapError> {
    list.iter(heap)?.map(|item| item.as_str(heap).map(str::to_owned)).collect()
}

/// What a list has, which is freed.
fn free(heap: &Heap, mut list: Vec<String>) -> Result<std::vec::Vec<std::string::String>, HeapError> {
    let items = read(heap, &list)?;
    list.free(heap)?;
    Ok(items)
}

fn apply(
    operation: &Operation,
    heap: &Heap,
    map: &mut Words,
    model: &mut Lists,
) -> Result<(), Box<dyn std::error::Error>> {
    use Operation as O;
    match *operation {
        O::Push(number, item) => {
            let (key, item) = (key(number), format!("item {item}"));
            map.entry(heap, &key)
                .map_err(HeapError::from)?
                .or_default()
                .map_err(HeapError::from)?
                .push(heap, &item)
                .map_err(HeapError::from)?;
            model.entry(key).or_default().push(item);
        }
        O::Insert(number, count) => {
            let (key, items) = (key(number), items(count));
            let old = map.insert(heap, key.as_str(), own(heap, &items)?).map_err(HeapError::from)?;
            assert_eq!(old.map(|old| free(heap, old)).transpose()?, model.insert(key, items));
        }
        O::InsertOwn(number, count) => {
            let (key, items) = (key(number), items(count));
            let own_key = String::from_str(heap, &key)?;
            let old = map.insert(heap, own_key, own(heap, &items)?)?;
            assert_eq!(old.map(|old| free(heap, old)).transpose()?, model.insert(key, items));
        }
        O::OrInsert(number, count) => {
            let (key, items) = (key(number), items(count));
            let list = map.entry(heap, String::from_str(heap, &key)?)?.or_insert(own(heap, &items)?)?;
            assert_eq!(&read(heap, list)?, model.entry(key).or_insert(items));
        }
        O::Remove(number) => {
            let removed = map.remove(heap, key(number).as_str())?;
            assert_eq!(removed.map(|old| free(heap, old)).transpose()?, model.remove(&key(number)));
        }
        O::RemoveEntry(number) => {
            let removed = map.remove_entry(heap, key(number).as_str())?;
            let removed = removed.map(|(mut key, list)| {
                let text = key.as_str(heap)?.to_owned();
                key.free(heap)?;
                Ok::<_, HeapError>((text, free(heap, list)?))
            });
            assert_eq!(removed.transpose()?, model.remove_entry(&key(number)));
        }
        O::EntryRemove(number) => {
            let key = key(number);
            let removed = match map.entry(heap, &key).map_err(HeapError::from)? {
                Entry::Occupied(entry) => Some(free(heap, entry.remove()?)?),
                Entry::Vacant(_) => None,
            };
            assert_eq!(removed, model.remove(&key));
        }
        O::Retain(bits) => {
            let keeps = |len: usize| bits >> (len % 8) & 1 == 0;
            map.retain(heap, |key, _| keeps(key.len(heap).expect("bound")))?;
            model.retain(|key, _| keeps(key.len()));
        }
        O::Drain(count) => {
            for entry in map.drain(heap)?.take(count) {
                let (mut key, list) = entry?;
                assert_eq!(Some(free(heap, list)?), model.remove(key.as_str(heap)?));
                key.free(heap)?;
            }
            model.clear();
        }
        O::Clear => {
            map.clear(heap)?;
            model.clear();
            assert_eq!(heap.check()?.blocks, usize::from(map.capacity(heap)? > 0));
        }
        O::Reserve(additional) => map.reserve(heap, additional)?,
        O::ShrinkToFit => map.shrink_to_fit(heap)?,
        O::NewGeneration => crate::region::note_torn(),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// 300 cases of 150 operations on average.
    #[test]
    fn map_of_lists_does_what_hash_map_does_and_leaks_nothing(operations in vec(operation(), 100..200)) {
        let heap = heap_of::<Words>(1 << 20);
        let mut map = heap.root().lock().expect("in order");
        let mut model = Lists::new();
        for operation in operations {
            apply(&operation, &heap, &mut map, &mut model).expect("room");
            assert_in_order(&heap, &map);
            prop_assert_eq!(map.len(&heap), Ok(model.len()));
            for (key, list) in &model {
                let found = map.get(&heap, key.as_str()).expect("bound").expect("there");
                prop_assert_eq!(&read(&heap, found).expect("bound"), list);
            }
        }
        map.free(&heap).expect("bound");
        prop_assert_eq!(heap.used(), 0);
        heap.check().expect("in order");
    }
}

#[test]
fn full_heap_gives_key_and_value_back_and_leaks_nothing() {
    let heap = heap_of::<HashMap<String, Vec<u8>>>(64 << 10);
    let mut map = heap.root().lock().expect("in order");
    let full = (0..)
        .find_map(|number| {
            map.insert(&heap, &format!("key {number}"), [7_u8; 900]).err().map(|full| (full.error(), number))
        })
        .expect("it is full");
    assert!(matches!(full.0, HeapError::OutOfMemory { .. }), "{}", full.0);
    let blocks = heap.check().expect("in order").blocks;
    assert_eq!((map.len(&heap), blocks), (Ok(full.1), 1 + 2 * full.1));
    let long = std::vec![7; 60_000];
    // The key has room, the value has none; and the other way round.
    for (key, value) in [("k", &long[..]), (&"k".repeat(60_000), &[7][..])] {
        let full = map.insert(&heap, key, value).expect_err("no room");
        assert!(matches!(full.error(), HeapError::OutOfMemory { .. }), "{full}");
        assert_eq!(full.into_inner(), (key, value));
        assert_eq!(heap.check().expect("in order").blocks, blocks);
    }
    let full = map.insert(&heap, "key 0", &long[..]).expect_err("no room for another value");
    assert_eq!(full.into_inner().0, "key 0");
    assert_eq!(map.get(&heap, "key 0").expect("bound").expect("there").as_slice(&heap), Ok(&[7; 900][..]));
    // What was made in this process's own memory is still there.
    let own = Vec::from_slice(&heap, &[1_u8]).expect("room");
    let key = "k".repeat(60_000);
    let (_, mut own) = map.insert(&heap, key.as_str(), own).expect_err("no room").into_inner();
    assert_eq!(own.as_slice(&heap), Ok(&[1][..]));
    own.free(&heap).expect("bound");
    map.free(&heap).expect("bound");
    assert_eq!(heap.used(), 0);
}

#[test]
fn map_lies_in_a_map_and_in_own_memory() {
    let heap = heap_of::<HashMap<u32, HashMap<String, u32>>>(64 << 10);
    let mut outer = heap.root().lock().expect("in order");
    for number in 0..20 {
        let inner = outer.entry(&heap, number % 5).expect("room").or_default().expect("room");
        inner.insert(&heap, &format!("{number}"), number).expect("room");
    }
    assert_eq!(outer.get(&heap, &3).expect("bound").expect("there").get(&heap, "13"), Ok(Some(&13)));
    let mut taken = outer.remove(&heap, &3).expect("bound").expect("there");
    assert_eq!((taken.len(&heap), taken.get(&heap, "8")), (Ok(4), Ok(Some(&8))));
    taken.insert(&heap, "more", 1).expect("room");
    outer.insert(&heap, 3, taken).expect("room");
    assert_eq!(outer.get(&heap, &3).expect("bound").expect("there").len(&heap), Ok(5));
    outer.free(&heap).expect("bound");
    assert_eq!(heap.used(), 0);
}

#[test]
fn key_that_is_a_copy_is_an_error_and_can_be_got_rid_of() {
    let heap = heap_of::<HashMap<String, u32>>(64 << 10);
    let mut map = heap.root().lock().expect("in order");
    map.insert(&heap, "one", 1).expect("room");
    map.insert(&heap, "two", 2).expect("room");
    let key = map.get_key_value(&heap, "one").expect("bound").expect("there").0;
    // The bytes of a container, as a process leaves them behind that is killed while it moves it.
    let copy = std::mem::ManuallyDrop::new(copy_of(key));
    crate::region::note_torn();
    assert_eq!(copy.as_str(&heap), Ok("one"), "the first one to be used has it");
    let stale = map.get(&heap, "one");
    assert!(matches!(stale, Err(HeapError::NotTheOwner { .. })), "{stale:?}");
    assert!(matches!(
        map.insert(&heap, "one", 3).map_err(HeapError::from),
        Err(HeapError::NotTheOwner { .. })
    ));
    // The others are there, and it grows all the same. Few texts have the mark of the key that is not the owner, so that they must be
    // compared with it.
    let two = map.get(&heap, "two");
    assert!(matches!(two, Ok(Some(2)) | Err(HeapError::NotTheOwner { .. })), "{two:?}");
    let mut inserted = 0;
    for number in 0..50 {
        match map.insert(&heap, &format!("{number}"), number).map_err(HeapError::from) {
            Ok(_) => inserted += 1,
            Err(error) => assert!(matches!(error, HeapError::NotTheOwner { .. }), "{error}"),
        }
    }
    assert!(inserted > 40, "{inserted}");
    map.retain(&heap, |key, _| key.as_str(&heap).is_ok()).expect("bound");
    assert_eq!((map.get(&heap, "one"), map.len(&heap)), (Ok(None), Ok(inserted + 1)));
    map.free(&heap).expect("bound");
    std::mem::ManuallyDrop::into_inner(copy).free(&heap).expect("bound");
    assert_eq!(heap.used(), 0);
}

#[expect(unsafe_code, reason = "copies a container")]
fn copy_of(text: &String) -> String {
    // SAFETY: `read` requires a valid value; that there are two of them is what the test is about.
    unsafe { std::ptr::read(text) }
}

#[test]
fn map_of_another_heap_is_an_error() {
    let (heap, other) = (heap_of::<HashMap<u32, u32>>(4096), heap_of::<HashMap<u32, u32>>(4096));
    let mut map = heap.root().lock().expect("in order");
    map.insert(&heap, 1, 2).expect("room");
    assert_eq!(map.get(&other, &1), Err(HeapError::OtherHeap));
    assert_eq!(map.insert(&other, 1, 3).map_err(|error| error.error()), Err(HeapError::OtherHeap));
    assert_eq!(map.remove(&other, &1), Err(HeapError::OtherHeap));
    assert_eq!(map.get(&heap, &1), Ok(Some(&2)));
}
