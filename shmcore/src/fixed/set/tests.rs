use std::collections::{BTreeSet, HashSet};
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};

use proptest::collection::{hash_set, vec};
use proptest::prelude::*;

use super::ShmSet;
use crate::fixed::CapacityError;
use crate::{PlacementDefault, ShmSafe, ShmString, create_shared};

const N: usize = 24;

/// Equal if the first number is, so that it shows which of two is there.
#[derive(ShmSafe, Debug, Clone, Copy)]
#[repr(C)]
struct Element(u16, u16);

impl PartialEq for Element {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Element {}

impl Hash for Element {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Element {
    fn parts(self) -> (u16, u16) {
        (self.0, self.1)
    }
}

#[derive(Debug, Clone)]
enum Operation {
    Insert(Element),
    Replace(Element),
    Remove(Element),
    Take(Element),
    TryExtend(Vec<Element>),
    RetainEven,
    Drain,
    Clear,
    Rebuild,
    Clone,
}

fn element() -> impl Strategy<Value = Element> {
    (0_u16..40, any::<u16>()).prop_map(|(key, version)| Element(key, version))
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation as O;
    prop_oneof![
        12 => element().prop_map(O::Insert),
        4 => element().prop_map(O::Replace),
        5 => element().prop_map(O::Remove),
        5 => element().prop_map(O::Take),
        2 => vec(element(), 0..6).prop_map(O::TryExtend),
        1 => Just(O::RetainEven),
        1 => Just(O::Rebuild),
        1 => Just(O::Clone),
        1 => prop_oneof![Just(O::Drain), Just(O::Clear)],
    ]
}

fn apply(operation: Operation, set: &mut ShmSet<Element, N>, oracle: &mut HashSet<Element>) {
    use Operation as O;
    let fits = |oracle: &HashSet<Element>, element| oracle.len() < N || oracle.contains(element);
    let parts = Element::parts;
    match operation {
        O::Insert(element) => {
            let inserted = set.insert(element).map_err(|error| parts(error.into_inner()));
            let expected =
                if fits(oracle, &element) { Ok(oracle.insert(element)) } else { Err(parts(element)) };
            assert_eq!(inserted, expected);
        }
        O::Replace(element) => {
            let replaced =
                set.replace(element).map(|old| old.map(parts)).map_err(|error| parts(error.into_inner()));
            let is_room = fits(oracle, &element);
            let expected = if is_room { Ok(oracle.replace(element).map(parts)) } else { Err(parts(element)) };
            assert_eq!(replaced, expected);
        }
        O::Remove(element) => assert_eq!(set.remove(&element), oracle.remove(&element)),
        O::Take(element) => assert_eq!(set.take(&element).map(parts), oracle.take(&element).map(parts)),
        O::TryExtend(elements) => {
            let rejected = set.try_extend(elements.iter().copied()).err().map(CapacityError::into_inner);
            let until = elements.iter().position(|element| {
                let fits = fits(oracle, element);
                if fits {
                    oracle.insert(*element);
                }
                !fits
            });
            assert_eq!(rejected.map(parts), until.map(|index| parts(elements[index])));
        }
        O::RetainEven => {
            set.retain(|element| element.0 % 2 == 0);
            oracle.retain(|element| element.0 % 2 == 0);
        }
        O::Drain => assert_eq!(set.drain().collect::<HashSet<_>>(), std::mem::take(oracle)),
        O::Clear => {
            set.clear();
            oracle.clear();
        }
        O::Rebuild => set.rebuild(),
        O::Clone => *set = set.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(700))]

    /// 700 cases of 150 operations on average.
    #[test]
    fn set_does_what_hash_set_does(operations in vec(operation(), 100..200)) {
        let (mut set, mut oracle) = (ShmSet::new(), HashSet::new());
        for operation in operations {
            apply(operation, &mut set, &mut oracle);
            prop_assert_eq!((set.len(), set.is_empty(), set.is_full()), (oracle.len(), oracle.is_empty(), oracle.len() == N));
            for element in &oracle {
                prop_assert_eq!(set.get(element).copied().map(Element::parts), Some(element.parts()));
            }
            prop_assert_eq!(set.iter().count(), oracle.len());
        }
        prop_assert_eq!(HashSet::<Element>::from(set), oracle);
    }

    #[test]
    fn sets_have_to_do_with_each_other_what_those_of_std_have(one in hash_set(0_u8..8, 0..8), other in hash_set(0_u8..8, 0..8)) {
        let a = ShmSet::<u8, 8>::try_from(one.clone()).expect("it fits");
        let b = ShmSet::<u8, 9>::try_from(other.clone()).expect("it fits");
        prop_assert!(sorted(a.union(&b)).eq(&sorted(one.union(&other))));
        prop_assert!(sorted(a.intersection(&b)).eq(&sorted(one.intersection(&other))));
        prop_assert!(sorted(a.difference(&b)).eq(&sorted(one.difference(&other))));
        prop_assert!(sorted(a.symmetric_difference(&b)).eq(&sorted(one.symmetric_difference(&other))));
        prop_assert_eq!(a.is_subset(&b), one.is_subset(&other));
        prop_assert_eq!(a.is_superset(&b), one.is_superset(&other));
        prop_assert_eq!(a.is_disjoint(&b), one.is_disjoint(&other));
        prop_assert_eq!(a == b, one == other);
        prop_assert_eq!(BTreeSet::from(a), one.into_iter().collect::<BTreeSet<u8>>());
    }

    /// Whatever bytes a process has left behind: no operation panics or does not end, and `rebuild` makes a set of what is there.
    #[test]
    fn set_of_any_bytes_is_safe_and_can_be_rebuilt(bytes in any::<[u64; WORDS]>(), sparse in any::<[bool; WORDS]>(), operations in vec(operation(), 0..30)) {
        let mut words = bytes;
        for (word, _) in words.iter_mut().zip(sparse).filter(|(_, sparse)| *sparse) {
            *word &= 0x00FF_0000_8000_0000;
        }
        let mut set = of_bytes(words);
        let mut oracle = HashSet::new();
        for operation in operations {
            use Operation as O;
            match operation {
                O::Insert(element) => _ = set.insert(element),
                O::Replace(element) => _ = set.replace(element),
                O::Remove(element) => _ = set.remove(&element),
                O::Take(element) => _ = set.take(&element),
                O::TryExtend(elements) => _ = set.try_extend(elements),
                O::RetainEven => set.retain(|element| element.0 % 2 == 0),
                O::Drain | O::Clear | O::Clone => _ = set.clone(),
                O::Rebuild => set.rebuild(),
            }
        }
        oracle.extend(set.iter().copied());
        set.rebuild();
        prop_assert!(oracle.iter().all(|element| set.contains(element)));
        prop_assert_eq!(set.iter().count(), oracle.len());
    }
}

/// Of a set of `Element`, which has no bytes that are not allowed.
const WORDS: usize = size_of::<ShmSet<Element, N>>() / 8;

#[allow(unsafe_code, reason = "bytes as a process may have left them")]
fn of_bytes(words: [u64; WORDS]) -> ShmSet<Element, N> {
    // SAFETY: `read` requires an aligned value that is valid: numbers, marks and elements, of which any bytes are.
    unsafe { (&raw const words).cast::<ShmSet<Element, N>>().read() }
}

fn sorted<'a>(elements: impl Iterator<Item = &'a u8>) -> Vec<u8> {
    let mut elements: Vec<u8> = elements.copied().collect();
    elements.sort_unstable();
    elements
}

#[test]
fn what_does_not_fit_is_given_back() {
    let full = ShmSet::<u8, 2>::try_from(BTreeSet::from([1, 2, 3])).expect_err("too many");
    assert_eq!((full.capacity(), full.into_inner()), (2, BTreeSet::from([1, 2, 3])));
    let mut set = ShmSet::<u8, 2>::try_from([1, 2, 2]).expect("two fit");
    assert_eq!(set.insert(3).map_err(CapacityError::into_inner), Err(3));
    assert_eq!(set.replace(3).map_err(CapacityError::into_inner), Err(3));
    assert_eq!(ShmSet::<u8, 2>::try_from([1, 2, 3]).map_err(CapacityError::into_inner), Err(3));
    assert!(catch_unwind(AssertUnwindSafe(|| set.extend([1, 3]))).is_err());
    assert_eq!(sorted(set.iter()), [1, 2]);
}

#[test]
fn texts_are_found_by_str() {
    let mut names = ShmSet::<ShmString<8>, 4>::new();
    names.insert("one".parse().expect("it fits")).expect("it fits");
    assert!(names.contains("one") && !names.contains("two"));
    assert_eq!(names.take("one").expect("it is there"), "one");
    assert_eq!(format!("{names:?}"), "{}");
}

#[test]
fn zeroes_are_empty_and_a_million_places_cost_nothing() {
    const { assert!(<ShmSet<u8, 3> as PlacementDefault>::DEFAULT_IS_ZERO) };
    let set = create_shared::<ShmSet<[u64; 4], 1_000_000>>().expect("created");
    assert!(set.is_empty() && !set.contains(&[1; 4]));
}

#[test]
fn set_without_places_is_empty_and_full() {
    let mut set = ShmSet::<u8, 0>::new();
    assert!(set.is_empty() && set.is_full());
    assert!(set.insert(1).is_err() && !set.remove(&1));
}
