//! Slabs against a map from handle to value, and what becomes of handles, places and damaged words.

use std::collections::{HashMap, HashSet};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::slot::State;
use super::{Handle, Heap, Slab, Slots, owns_heap_memory};
use crate::heap::{HeapError, String, Vec};
use crate::{PlacementDefault, ShmHeap, ShmMutex, ShmOptions, ShmSafe};

mod deaths;

fn heap_of<T: PlacementDefault>() -> ShmHeap<ShmMutex<T>> {
    ShmOptions::anonymous().create_heap(1 << 20).expect("created")
}

/// A type of value that owns nothing, or one that does; made of a number.
trait Sample: ShmSafe {
    fn insert(slab: &mut Slab<Self>, heap: &Heap, number: u64) -> Result<Handle<Self>, HeapError>;
    fn set(&mut self, heap: &Heap, number: u64);
    fn number(&self, heap: &Heap) -> u64;
    fn free(self, heap: &Heap);
}

impl Sample for u64 {
    fn insert(slab: &mut Slab<Self>, heap: &Heap, number: u64) -> Result<Handle<Self>, HeapError> {
        Ok(slab.insert(heap, number)?)
    }

    fn set(&mut self, _: &Heap, number: u64) {
        *self = number;
    }

    fn number(&self, _: &Heap) -> u64 {
        *self
    }

    fn free(self, _: &Heap) {}
}

/// Two containers, so that a value can be freed in part.
#[derive(ShmSafe)]
#[repr(C)]
struct Owner {
    numbers: Vec<u64>,
    name: String,
}

impl Sample for Owner {
    fn insert(slab: &mut Slab<Self>, heap: &Heap, number: u64) -> Result<Handle<Self>, HeapError> {
        let numbers = Vec::from_slice(heap, &[number])?;
        let name = String::from_str(heap, &number.to_string())?;
        Ok(slab.insert(heap, Self { numbers, name })?)
    }

    fn set(&mut self, heap: &Heap, number: u64) {
        self.name.clear(heap).expect("bound");
        self.name.push_str(heap, &number.to_string()).expect("room");
        self.numbers.as_mut_slice(heap).expect("bound")[0] = number;
    }

    fn number(&self, heap: &Heap) -> u64 {
        let number = self.numbers.as_slice(heap).expect("bound")[0];
        assert_eq!(self.name.as_str(heap), Ok(number.to_string().as_str()));
        number
    }

    fn free(mut self, heap: &Heap) {
        self.numbers.free(heap).expect("bound");
        self.name.free(heap).expect("bound");
    }
}

fn free<T: Sample>(removed: Option<T>, heap: &Heap) {
    if let Some(value) = removed {
        value.free(heap);
    }
}

fn get<T: Sample>(slab: &Slab<T>, heap: &Heap, handle: Handle<T>) -> Option<u64> {
    slab.get(heap, handle).expect("bound").map(|value| value.number(heap))
}

fn contents<T: Sample>(slab: &Slab<T>, heap: &Heap) -> HashMap<Handle<T>, u64> {
    let iter = slab.iter(heap).expect("bound");
    let (left, mut contents) = (iter.len(), HashMap::new());
    for (handle, value) in iter {
        assert_eq!(contents.insert(handle, value.number(heap)), None);
    }
    assert_eq!((left, slab.len(heap)), (contents.len(), Ok(contents.len())));
    contents
}

/// What was begun is ended, and then the list has every free slot, once.
fn assert_sound<T: Sample>(slab: &Slab<T>, heap: &Heap) {
    let Some(slots) = slab.slots(heap).expect("bound") else { return };
    slots.settled(heap).expect("a list");
    let mut listed = HashSet::new();
    let mut next = slots.head().free as usize;
    while next != 0 && next < slots.used() {
        assert!(slots.handle(next).is_none() && listed.insert(next), "slot {next} is wrongly in the list");
        let word = slots.block().word(Slots::<T>::word_of(next)).load(std::sync::atomic::Ordering::Relaxed);
        next = State::from_bits(word).next() as usize;
    }
    let free = (1..slots.used()).filter(|&place| slots.handle(place).is_none()).count();
    assert_eq!(listed.len(), free, "free slots that are not in the list");
}

/// Handles are chosen among those that were ever returned.
#[derive(Debug, Clone, Copy)]
enum Operation {
    Insert(u64),
    Get(Index),
    Set(Index, u64),
    Remove(Index),
    RetainEven,
    IterMut(u64),
    Clear,
    Free,
    Reserve(usize),
    NewGeneration,
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation as O;
    let (handle, number) = (any::<Index>, || 0_u64..1000);
    prop_oneof![
        14 => number().prop_map(O::Insert),
        3 => handle().prop_map(O::Get),
        3 => (handle(), number()).prop_map(|(handle, number)| O::Set(handle, number)),
        12 => handle().prop_map(O::Remove),
        1 => Just(O::RetainEven),
        1 => number().prop_map(O::IterMut),
        1 => prop_oneof![4 => Just(O::Clear), 1 => Just(O::Free)],
        1 => (0_usize..40).prop_map(O::Reserve),
        1 => Just(O::NewGeneration),
    ]
}

/// What the slab should be.
struct Oracle<T> {
    values: HashMap<Handle<T>, u64>,
    returned: std::vec::Vec<Handle<T>>,
}

impl<T> Default for Oracle<T> {
    fn default() -> Self {
        Self { values: HashMap::new(), returned: std::vec::Vec::new() }
    }
}

impl<T> Oracle<T> {
    fn handle(&self, index: Index) -> Handle<T> {
        if self.returned.is_empty() { Handle::dangling() } else { *index.get(&self.returned) }
    }
}

fn apply<T: Sample>(operation: Operation, slab: &mut Slab<T>, heap: &Heap, oracle: &mut Oracle<T>) {
    use Operation as O;
    match operation {
        O::Insert(number) => {
            let handle = T::insert(slab, heap, number).expect("room");
            assert!(!oracle.returned.contains(&handle), "{handle:?} was returned before");
            oracle.values.insert(handle, number);
            oracle.returned.push(handle);
        }
        O::Get(handle) => {
            let handle = oracle.handle(handle);
            assert_eq!(get(slab, heap, handle), oracle.values.get(&handle).copied());
            assert_eq!(slab.contains(heap, handle), Ok(oracle.values.contains_key(&handle)));
        }
        O::Set(handle, number) => {
            let handle = oracle.handle(handle);
            let found = slab.get_mut(heap, handle).expect("bound").map(|value| value.set(heap, number));
            assert_eq!(found, oracle.values.get_mut(&handle).map(|value| *value = number));
        }
        O::Remove(handle) => {
            let handle = oracle.handle(handle);
            let removed = slab.remove(heap, handle).expect("bound");
            let number = removed.as_ref().map(|value| value.number(heap));
            assert_eq!(number, oracle.values.remove(&handle));
            free(removed, heap);
        }
        O::RetainEven => {
            slab.retain(heap, |_, value| value.number(heap).is_multiple_of(2)).expect("bound");
            oracle.values.retain(|_, value| value.is_multiple_of(2));
        }
        O::IterMut(number) => {
            let iter = slab.iter_mut(heap).expect("bound");
            assert_eq!(iter.len(), oracle.values.len());
            iter.for_each(|(_, value)| value.set(heap, value.number(heap) ^ number));
            oracle.values.values_mut().for_each(|value| *value ^= number);
        }
        O::Clear => {
            slab.clear(heap).expect("bound");
            oracle.values.clear();
        }
        O::Free => {
            slab.free(heap).expect("bound");
            // It is another slab.
            *oracle = Oracle::default();
        }
        O::Reserve(additional) => {
            slab.reserve(heap, additional).expect("room");
            let len = slab.len(heap).expect("bound");
            assert!(slab.capacity(heap).expect("bound") >= len + additional);
        }
        O::NewGeneration => crate::region::note_torn(),
    }
}

fn does_what_a_map_does<T: Sample>(operations: std::vec::Vec<Operation>) {
    let heap = heap_of::<Slab<T>>();
    let mut slab = heap.root().lock().expect("in order");
    let mut oracle = Oracle::default();
    for operation in operations {
        apply(operation, &mut slab, &heap, &mut oracle);
        assert_eq!(contents(&slab, &heap), oracle.values);
        assert_sound(&slab, &heap);
        for &handle in &oracle.returned {
            assert_eq!(get(&slab, &heap, handle), oracle.values.get(&handle).copied(), "{handle:?}");
        }
    }
    slab.free(&heap).expect("bound");
    assert_eq!(heap.used(), 0);
    heap.check().expect("in order");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn slab_of_numbers_does_what_a_map_of_handles_does(operations in vec(operation(), 30..120)) {
        does_what_a_map_does::<u64>(operations);
    }

    #[test]
    fn slab_of_owners_does_what_a_map_of_handles_does(operations in vec(operation(), 20..60)) {
        does_what_a_map_does::<Owner>(operations);
    }
}

#[test]
fn handle_of_what_was_removed_finds_nothing() {
    let heap = heap_of::<Slab<String>>();
    let mut slab = heap.root().lock().expect("in order");
    assert!(slab.get(&heap, Handle::dangling()).expect("empty").is_none());
    assert!(slab.get(&heap, Handle::from_bits(u64::MAX)).expect("empty").is_none());
    let first = slab.insert(&heap, "first").expect("room");
    assert!(slab.get(&heap, Handle::dangling()).expect("bound").is_none());
    assert!(slab.get(&heap, Handle::from_bits(u64::MAX)).expect("bound").is_none());
    slab.remove(&heap, first).expect("bound").expect("there").free(&heap).expect("bound");
    let second = slab.insert(&heap, "second").expect("room");
    assert_eq!((first.index(), first.generation()), (second.index(), second.generation() - 2));
    assert!(slab.get(&heap, first).expect("bound").is_none());
    assert!(slab.get_mut(&heap, first).expect("bound").is_none());
    assert!(slab.remove(&heap, first).expect("bound").is_none());
    slab.clear(&heap).expect("bound");
    let third = slab.insert(&heap, "third").expect("room");
    assert_eq!((third.index(), slab.contains(&heap, second)), (0, Ok(false)));
    assert_eq!(slab.get(&heap, third).expect("bound").expect("there").as_str(&heap), Ok("third"));
    slab.free(&heap).expect("bound");
    assert_eq!(heap.used(), 0);
}

#[test]
fn slab_lies_in_a_container_and_is_freed_with_it() {
    let heap = heap_of::<Vec<Slab<Vec<String>>>>();
    let mut vec = heap.root().lock().expect("in order");
    let mut own = Slab::new();
    let texts = own.insert(&heap, Vec::new()).expect("room");
    own.get_mut(&heap, texts).expect("bound").expect("there").push(&heap, "text").expect("room");
    vec.push(&heap, own).expect("room");
    let slab = &mut vec.as_mut_slice(&heap).expect("bound")[0];
    for _ in 0..50 {
        slab.insert(&heap, Vec::new()).expect("room");
    }
    let found = slab.get(&heap, texts).expect("bound").expect("there");
    assert_eq!(found.as_slice(&heap).expect("bound")[0].as_str(&heap), Ok("text"));
    assert_eq!(heap.check().expect("in order").blocks, 4);
    vec.free(&heap).expect("bound");
    assert_eq!(heap.used(), 0);
}

#[test]
fn value_that_does_not_fit_is_given_back() {
    let heap = ShmOptions::anonymous().create_heap::<ShmMutex<Slab<String>>>(32 << 10).expect("created");
    let mut slab = heap.root().lock().expect("in order");
    slab.reserve(&heap, 20).expect("room");
    let text = "x".repeat(5000);
    let mut len = 0;
    let full = loop {
        match slab.insert(&heap, text.as_str()) {
            Ok(_) => len += 1,
            Err(full) => break full,
        }
    };
    assert!(matches!(full.error(), HeapError::OutOfMemory { .. }) && full.into_inner() == text);
    assert_eq!((slab.len(&heap), slab.iter(&heap).expect("bound").count()), (Ok(len), len));
    // A place that was prepared is none.
    let [removed, _] = [0, 1].map(|index| slab.iter(&heap).expect("bound").nth(index).expect("there").0);
    slab.remove(&heap, removed).expect("bound").expect("there").free(&heap).expect("bound");
    let again = slab.insert(&heap, "short").expect("room");
    let next = slab.insert(&heap, "short").expect("room");
    assert_eq!((again.index(), next.index() as usize, slab.len(&heap)), (0, len, Ok(len + 1)));
    assert!(matches!(slab.reserve(&heap, usize::MAX), Err(HeapError::OutOfMemory { .. })));
    slab.free(&heap).expect("bound");
    assert_eq!(heap.used(), 0);
}

/// The generation before the last that a slot can have.
#[test]
fn slot_that_is_retired_is_passed_over() {
    let heap = heap_of::<Slab<u64>>();
    let mut slab = heap.root().lock().expect("in order");
    let handles = [1, 2, 3].map(|number| slab.insert(&heap, number).expect("room"));
    let slots = slab.slots(&heap).expect("bound").expect("there");
    slots.set(2, State::from_bits(u64::from(u32::MAX - 2)));
    let last = Handle::new(1, u32::MAX - 2);
    slab.remove(&heap, handles[0]).expect("bound");
    assert_eq!(slab.remove(&heap, last), Ok(Some(2)));
    assert_eq!(slab.len(&heap), Ok(1));
    let added = [4, 5].map(|number| slab.insert(&heap, number).expect("room").index());
    assert_eq!((added, slab.len(&heap)), ([0, 3], Ok(3)));
    assert!(!slab.contains(&heap, last).expect("bound") && !slab.contains(&heap, handles[1]).expect("bound"));
}

/// Words that no slab has written lead to errors, and to lost places, but to no value that is none.
#[test]
fn list_that_was_damaged_ends() {
    let heap = heap_of::<Slab<u64>>();
    let mut slab = heap.root().lock().expect("in order");
    let handles = [1, 2, 3].map(|number| slab.insert(&heap, number).expect("room"));
    let slots = slab.slots(&heap).expect("bound").expect("there");
    // Two that lead to each other, and the last odd generation.
    slots.set(2, State::from_bits(u64::from(u32::MAX - 1)).with_next(3));
    slots.set(3, State::from_bits(u64::from(u32::MAX - 1)).with_next(2));
    slots.set(0, State::from_bits(2).with_next(3));
    let full = slab.insert(&heap, 4).map_err(|full| full.error());
    assert!(matches!(full, Err(HeapError::Corrupt { .. })), "{full:?}");
    let slots = slab.slots(&heap).expect("bound").expect("there");
    slots.set(0, State::from_bits(2).with_next(77));
    assert_eq!(slab.insert(&heap, 4).map(Handle::index), Ok(3));
    assert_eq!(slab.get(&heap, handles[0]), Ok(Some(&1)));
}

/// What is looked at, and what is not, when a lock is taken from a process that died.
#[test]
fn values_are_looked_at_where_there_are_some() {
    use crate::layout::validate;
    let heap = heap_of::<Slab<bool>>();
    let mut slab = heap.root().lock().expect("in order");
    let handles = [true, false].map(|value| slab.insert(&heap, value).expect("room"));
    slab.remove(&heap, handles[0]).expect("bound");
    let place = slab.slots(&heap).expect("bound").expect("there").value(1).cast::<u8>();
    let is_valid = |slab: &mut Slab<bool>| {
        let slab = std::ptr::from_mut(slab).cast::<u8>();
        // SAFETY: `validate` requires a value's bytes that the caller has alone: the slab, which is locked.
        unsafe { validate(Slab::<bool>::LAYOUT, slab) }.map_err(|invalid| invalid.to_string())
    };
    // SAFETY: `write` requires an aligned place that nobody else uses: of a slot without value.
    unsafe { place.write(7) };
    assert_eq!(is_valid(&mut slab), Ok(()));
    let slots = slab.slots(&heap).expect("bound").expect("there");
    let before = slots.head();
    slots.set(1, State::from_bits(3));
    let error = is_valid(&mut slab).expect_err("7 is no bool");
    assert!(error.contains('7'), "{error}");
    assert_eq!(slab.slots(&heap).expect("bound").expect("there").head(), before);
}

#[test]
fn slab_is_zeroes_and_a_handle_has_eight_bytes() {
    const {
        assert!(<Slab<u8> as PlacementDefault>::DEFAULT_IS_ZERO && size_of::<Slab<u8>>() == 24);
        assert!(size_of::<crate::heap::Handle<String>>() == 8);
        assert!(owns_heap_memory(Slab::<u8>::LAYOUT));
    }
    assert_eq!(format!("{:?}", Slab::<u8>::default()), "Slab { slots: Vec { is_empty: true, .. } }");
}
