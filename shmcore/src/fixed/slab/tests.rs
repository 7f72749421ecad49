use std::collections::{HashMap, HashSet};
use std::mem;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::{Handle, ShmSlab};
use crate::fixed::CapacityError;
use crate::{Immutable, PlacementDefault, Pod, ShmSafe, create_shared};

const N: usize = 12;

type Slab = ShmSlab<u32, N>;

/// Handles are chosen among all that were ever returned.
#[derive(Debug, Clone, Copy)]
enum Operation {
    Insert(u32),
    Get(Index),
    GetMut(Index, u32),
    Remove(Index),
    IterMut(u32),
    RetainEven,
    Drain,
    PartOfDrain(usize),
    Clear,
    Repair,
    Clone,
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation as O;
    let handle = any::<Index>;
    prop_oneof![
        14 => any::<u32>().prop_map(O::Insert),
        3 => handle().prop_map(O::Get),
        3 => (handle(), any::<u32>()).prop_map(|(handle, value)| O::GetMut(handle, value)),
        14 => handle().prop_map(O::Remove),
        1 => any::<u32>().prop_map(O::IterMut),
        1 => Just(O::RetainEven),
        1 => prop_oneof![Just(O::Drain), Just(O::Clear), (0..N).prop_map(O::PartOfDrain)],
        1 => Just(O::Repair),
        1 => Just(O::Clone),
    ]
}

/// What the slab should be.
#[derive(Default)]
struct Oracle {
    values: HashMap<Handle<u32>, u32>,
    /// The last 30 handles, with values or without.
    returned: Vec<Handle<u32>>,
    ever_returned: HashSet<Handle<u32>>,
}

impl Oracle {
    fn handle(&self, index: Index) -> Handle<u32> {
        if self.returned.is_empty() { Handle::dangling() } else { *index.get(&self.returned) }
    }

    fn insert(&mut self, handle: Handle<u32>, value: u32) {
        assert!(self.ever_returned.insert(handle), "{handle:?} was returned before");
        self.values.insert(handle, value);
        self.returned.push(handle);
        if self.returned.len() > 30 {
            self.returned.remove(0);
        }
    }
}

fn apply(operation: Operation, slab: &mut Slab, oracle: &mut Oracle) {
    use Operation as O;
    match operation {
        O::Insert(value) => match slab.insert(value) {
            Ok(handle) => {
                assert!(oracle.values.len() < N);
                oracle.insert(handle, value);
            }
            Err(full) => assert_eq!((full.into_inner(), oracle.values.len()), (value, N)),
        },
        O::Get(handle) => {
            let handle = oracle.handle(handle);
            assert_eq!(slab.get(handle), oracle.values.get(&handle));
            assert_eq!(slab.contains(handle), oracle.values.contains_key(&handle));
        }
        O::GetMut(handle, value) => {
            let handle = oracle.handle(handle);
            let changed = slab.get_mut(handle).map(|old| *old = value);
            assert_eq!(changed, oracle.values.get_mut(&handle).map(|old| *old = value));
        }
        O::Remove(handle) => {
            let handle = oracle.handle(handle);
            assert_eq!(slab.remove(handle), oracle.values.remove(&handle));
        }
        O::IterMut(number) => {
            slab.iter_mut().for_each(|(_, value)| *value ^= number);
            oracle.values.values_mut().for_each(|value| *value ^= number);
        }
        O::RetainEven => {
            slab.retain(|_, value| *value % 2 == 0);
            oracle.values.retain(|_, value| *value % 2 == 0);
        }
        O::Drain => assert_eq!(slab.drain().collect::<HashMap<_, _>>(), mem::take(&mut oracle.values)),
        O::PartOfDrain(taken) => {
            let all =
                slab.drain().take(taken).all(|(handle, value)| oracle.values.remove(&handle) == Some(value));
            assert!(all);
            oracle.values.clear();
        }
        O::Clear => {
            slab.clear();
            oracle.values.clear();
        }
        O::Repair => slab.repair(),
        O::Clone => *slab = slab.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// 1000 cases of 150 operations on average.
    #[test]
    fn slab_does_what_a_map_of_handles_does(operations in vec(operation(), 100..200)) {
        let (mut slab, mut oracle) = (Slab::new(), Oracle::default());
        for operation in operations {
            apply(operation, &mut slab, &mut oracle);
            prop_assert_eq!((slab.len(), slab.is_empty()), (oracle.values.len(), oracle.values.is_empty()));
            prop_assert_eq!(slab.is_full(), oracle.values.len() == N);
            prop_assert!(slab.iter().all(|(handle, value)| oracle.values.get(&handle) == Some(value)));
            prop_assert_eq!((slab.iter().len(), slab.iter().count()), (slab.len(), slab.len()));
            prop_assert!(oracle.returned.iter().all(|&handle| slab.get(handle) == oracle.values.get(&handle)));
        }
        prop_assert_eq!(slab.into_iter().collect::<HashMap<_, _>>(), oracle.values);
    }

    /// Whatever a process has left behind: values stay with their handles, no operation panics, and as many fit as there are places.
    #[test]
    fn slab_of_any_numbers_is_safe_and_is_repaired(
        mut slab in damaged(),
        operations in vec(operation(), 0..40),
    ) {
        use Operation as O;
        let mut values: HashMap<_, _> = slab.iter().map(|(handle, value)| (handle, *value)).collect();
        for operation in operations {
            let of = |handle: Index| {
                if values.is_empty() { Handle::dangling() } else { *values.keys().nth(handle.index(values.len())).expect("one") }
            };
            match operation {
                O::Insert(value) => if let Ok(handle) = slab.insert(value) {
                    prop_assert_eq!(values.insert(handle, value), None, "the place had a value");
                },
                O::Remove(handle) => {
                    let handle = of(handle);
                    prop_assert_eq!(slab.remove(handle), values.remove(&handle));
                }
                O::GetMut(handle, value) => {
                    let handle = of(handle);
                    prop_assert_eq!(slab.get_mut(handle).map(|old| *old = value), values.get_mut(&handle).map(|old| *old = value));
                }
                O::IterMut(_) => slab.iter_mut().for_each(|(handle, value)| assert_eq!(values.get(&handle), Some(&*value))),
                O::PartOfDrain(_) => prop_assert!(slab.clone().drain().all(|(handle, value)| values.get(&handle) == Some(&value))),
                _ => slab = { let _ = (slab.len(), slab.is_full(), slab.is_empty()); slab.clone() },
            }
            prop_assert_eq!(&slab.iter().map(|(handle, value)| (handle, *value)).collect::<HashMap<_, _>>(), &values);
        }
        slab.repair();
        assert_sound(&slab);
        prop_assert_eq!(slab.len(), values.len());
        let retired = slab.slots.iter().filter(|slot| !slot.is_live() && !slot.is_free()).count();
        let free = N - values.len() - retired;
        let added = (0..).map_while(|value| slab.insert(value).ok()).count();
        // A slot that was not used yet is used even if damaged bytes say that it is retired.
        prop_assert!((free..=free + retired).contains(&added), "{} of {}", added, free);
        prop_assert!(slab.is_full());
        slab.clear();
        prop_assert!(slab.is_empty());
    }
}

prop_compose! {
    fn damaged()(
        header in [number(), number(), number(), number()],
        changing in 0_u32..2,
        slots in vec((prop_oneof![8 => 0_u32..6, 1 => u32::MAX - 4..=u32::MAX, 1 => any::<u32>()], number(), any::<u32>()), N),
    ) -> Slab {
        let [len, used, free, retired] = header;
        let mut slab = Slab { len, used, free, retired, changing, ..Slab::new() };
        for (slot, (generation, next, value)) in slab.slots.iter_mut().zip(slots) {
            slot.put(value);
            (slot.generation, slot.next) = (generation, next);
        }
        slab
    }
}

fn number() -> impl Strategy<Value = u32> + Clone {
    prop_oneof![8 => 0..=u32::try_from(N).expect("small") + 1, 1 => any::<u32>()]
}

/// The list has every free slot that was used, once, and the counts are right.
fn assert_sound<const M: usize>(slab: &ShmSlab<u32, M>) {
    let used = slab.used_slots();
    let mut listed = HashSet::new();
    let mut next = slab.free as usize;
    while let Some(place) = next.checked_sub(1) {
        assert!(used[place].is_free() && listed.insert(place), "slot {place} is wrongly in the list");
        next = used[place].next as usize;
    }
    assert_eq!(listed.len(), used.iter().filter(|slot| slot.is_free()).count());
    assert_eq!(slab.len as usize, used.iter().filter(|slot| slot.is_live()).count());
    assert_eq!((slab.len + slab.retired) as usize, used.len() - listed.len());
    assert_eq!(slab.changing, 0);
}

/// Each state that a process may leave behind that is killed inside an insertion.
#[test]
fn half_done_insertion_is_done_or_not() {
    let mut slab = ShmSlab::<u32, 3>::new();
    let [first, second] = [1, 2].map(|value| slab.insert(value).expect("it fits"));
    slab.remove(first);
    // In a slot that was used before: taken from the list; then with a value; then counted.
    slab.changing = 1;
    slab.free = slab.slots[0].next;
    assert_half_done(&slab, &[second]);
    let generation = slab.slots[0].put(5);
    assert_half_done(&slab, &[second, Handle::new(0, generation)]);
    slab.len += 1;
    assert_half_done(&slab, &[second, Handle::new(0, generation)]);
    slab.changing = 0;
    assert_sound(&slab);
    // In a slot that was not: with a value; then as used slot.
    slab.changing = 1;
    let generation = slab.slots[2].put(6);
    assert_half_done(&slab, &[second, Handle::new(0, 3)]);
    slab.used += 1;
    assert_half_done(&slab, &[second, Handle::new(0, 3), Handle::new(2, generation)]);
}

#[test]
fn half_done_removal_is_done_or_not() {
    let mut slab = ShmSlab::<u32, 3>::new();
    let [first, second, third] = [1, 2, 3].map(|value| slab.insert(value).expect("it fits"));
    slab.remove(third);
    slab.changing = 1;
    assert_half_done(&slab, &[first, second]);
    slab.slots[0].take();
    assert_half_done(&slab, &[second]);
    slab.slots[0].next = slab.free;
    assert_half_done(&slab, &[second]);
    slab.free = 1;
    assert_half_done(&slab, &[second]);
}

/// Just these values are there, the others fit, and no handle comes twice.
fn assert_half_done(slab: &ShmSlab<u32, 3>, handles: &[Handle<u32>]) {
    let mut slab = slab.clone_as_it_is();
    assert_eq!((slab.len(), slab.is_full()), (handles.len(), handles.len() == 3));
    assert!(handles.iter().all(|&handle| slab.contains(handle)));
    let mut all: HashSet<_> = handles.iter().copied().collect();
    for value in 0..3 - handles.len() {
        assert!(all.insert(slab.insert(u32::try_from(value).expect("small")).expect("it fits")));
        assert_sound(&slab);
    }
    assert!(slab.insert(7).is_err());
    assert!(all.iter().all(|&handle| slab.remove(handle).is_some()));
    assert_sound(&slab);
}

impl<const M: usize> ShmSlab<u32, M> {
    /// A copy that is not repaired.
    fn clone_as_it_is(&self) -> Self {
        let Self { len, used, free, retired, changing, .. } = *self;
        Self {
            len,
            used,
            free,
            retired,
            changing,
            slots: std::array::from_fn(|place| self.slots[place].cloned()),
        }
    }
}

/// Nothing says that the slab is damaged but the list itself: it ends too early, leads to a value, to itself or out of the slab.
#[test]
fn list_of_free_slots_that_is_damaged_is_made_again() {
    for (free, next) in [(0, 0), (1, 0), (2, 0), (2, 1), (2, 2), (3, 3), (7, 0), (u32::MAX, 0), (2, u32::MAX)]
    {
        let mut slab = ShmSlab::<u32, 3>::new();
        let handles = [1, 2, 3].map(|value| slab.insert(value).expect("it fits"));
        slab.remove(handles[1]);
        slab.remove(handles[2]);
        (slab.free, slab.slots[1].next, slab.slots[2].next) = (free, next, next);
        let added = [4, 5].map(|value| slab.insert(value).expect("it fits"));
        assert!(slab.is_full() && slab.insert(6).is_err(), "list that begins with {free}");
        assert_eq!((slab[handles[0]], slab[added[0]], slab[added[1]]), (1, 4, 5));
        assert_sound(&slab);
    }
}

/// A value that is half written is never looked at, although the slot had one that was not counted.
#[test]
fn slot_that_was_not_counted_is_emptied_before_it_is_written() {
    let mut slab = ShmSlab::<u32, 1>::new();
    slab.slots[0].put(1);
    assert!(slab.is_empty() && slab.get(Handle::new(0, 1)).is_none());
    let handle = slab.insert(2).expect("it fits");
    assert_eq!((handle.generation(), slab.get(handle)), (3, Some(&2)));
}

#[test]
fn slots_that_are_retired_make_the_slab_smaller() {
    let mut slab = ShmSlab::<u32, 2>::new();
    let first = slab.insert(1).expect("it fits");
    slab.slots[0].generation = u32::MAX - 2;
    assert_eq!(slab.remove(Handle::new(0, u32::MAX - 2)), Some(1));
    assert!(!slab.is_full() && !slab.contains(first));
    let second = slab.insert(2).expect("it fits");
    assert_eq!((second.index(), slab.is_full(), slab.len()), (1, true, 1));
    assert_eq!(slab.insert(3).map_err(CapacityError::into_inner), Err(3));
    slab.clear();
    assert_eq!(slab.insert(4).map(Handle::index), Ok(1));
    assert_sound(&slab);
}

#[test]
fn handle_is_plain_old_data_and_its_bits() {
    fn facts<T: Pod + Immutable + PlacementDefault + Copy + Eq + Ord + std::hash::Hash + Default>() {}
    facts::<Handle<Vec<std::cell::Cell<u8>>>>();
    const { assert!(<Handle<u8> as ShmSafe>::LAYOUT.accepts_every_pattern()) };
    let handle = Handle::<u8>::new(7, 9);
    assert_eq!((handle.to_bits(), Handle::from_bits(9 << 32 | 7)), (9 << 32 | 7, handle));
    assert_eq!(Handle::<u8>::default().to_bits(), 0);
    assert!(Handle::<u8>::new(1, 9) < Handle::new(2, 0) && Handle::<u8>::new(1, 8) < Handle::new(1, 9));
    assert_eq!(format!("{handle:?}"), "Handle(7 of generation 9)");
}

#[test]
fn zeroes_are_empty_and_a_million_places_cost_nothing() {
    const { assert!(<ShmSlab<u8, 3> as PlacementDefault>::DEFAULT_IS_ZERO) };
    let slab = create_shared::<ShmSlab<[u64; 16], 1_000_000>>().expect("created");
    assert!(slab.is_empty() && !slab.is_full() && !slab.contains(Handle::dangling()));
    assert_eq!(slab.iter().count(), 0);
}

#[test]
fn slab_without_places_is_empty_and_full() {
    let mut slab = ShmSlab::<u32, 0>::new();
    assert!(slab.is_empty() && slab.is_full());
    assert!(slab.insert(1).is_err());
    slab.repair();
    slab.clear();
    assert_eq!(format!("{slab:?}"), "{}");
}

#[test]
#[should_panic(expected = "there is no value with this handle")]
fn index_of_what_was_removed_panics() {
    let mut slab = ShmSlab::<u32, 1>::new();
    let handle = slab.insert(1).expect("it fits");
    slab[handle] += 1;
    assert_eq!(slab.remove(handle), Some(2));
    let _ = slab[handle];
}
