use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use proptest::collection::vec;
use proptest::prelude::*;

use super::ShmOption;
use crate::{Immutable, PlacementDefault, ShmSafe};

#[derive(Debug, Clone, Copy)]
enum Operation {
    Take,
    TakeIfEven,
    Replace(u32),
    Insert(u32),
    GetOrInsert(u32),
    GetOrInsertDefault,
    Assign(Option<u32>),
    AsMut(u32),
    IterMut(u32),
    Map(u32),
    AndThenEven,
    FilterEven,
    Or(Option<u32>),
    And(Option<u32>),
    Xor(Option<u32>),
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation as O;
    prop_oneof![
        Just(O::Take),
        Just(O::TakeIfEven),
        any::<u32>().prop_map(O::Replace),
        any::<u32>().prop_map(O::Insert),
        any::<u32>().prop_map(O::GetOrInsert),
        Just(O::GetOrInsertDefault),
        any::<Option<u32>>().prop_map(O::Assign),
        any::<u32>().prop_map(O::AsMut),
        any::<u32>().prop_map(O::IterMut),
        any::<u32>().prop_map(O::Map),
        Just(O::AndThenEven),
        Just(O::FilterEven),
        any::<Option<u32>>().prop_map(O::Or),
        any::<Option<u32>>().prop_map(O::And),
        any::<Option<u32>>().prop_map(O::Xor),
    ]
}

fn apply(operation: Operation, option: &mut ShmOption<u32>, oracle: &mut Option<u32>) {
    use Operation as O;
    match operation {
        O::Take => assert_eq!(option.take(), oracle.take()),
        O::TakeIfEven => {
            let is_even = |value: &mut u32| value.is_multiple_of(2);
            assert_eq!(option.take_if(is_even), oracle.take_if(is_even));
        }
        O::Replace(value) => assert_eq!(option.replace(value), oracle.replace(value)),
        O::Insert(value) => assert_eq!(option.insert(value), oracle.insert(value)),
        O::GetOrInsert(value) => assert_eq!(option.get_or_insert(value), oracle.get_or_insert(value)),
        O::GetOrInsertDefault => {
            assert_eq!(option.get_or_insert_default(), oracle.get_or_insert_default());
        }
        O::Assign(other) => {
            *option = other.into();
            *oracle = other;
        }
        O::AsMut(value) => {
            assert_eq!(option.as_mut().map(|old| *old ^= value), oracle.as_mut().map(|old| *old ^= value));
        }
        O::IterMut(value) => {
            for (old, oracle) in option.iter_mut().zip(&mut *oracle) {
                *old ^= value;
                *oracle ^= value;
            }
        }
        O::Map(value) => {
            *option = option.map(|old| old ^ value);
            *oracle = oracle.map(|old| old ^ value);
        }
        O::AndThenEven => {
            *option = option.and_then(|old| old.is_multiple_of(2).then_some(old).into());
            *oracle = oracle.and_then(|old| old.is_multiple_of(2).then_some(old));
        }
        O::FilterEven => {
            *option = option.filter(|old| old.is_multiple_of(2));
            *oracle = oracle.filter(|old| old.is_multiple_of(2));
        }
        O::Or(other) => {
            assert_eq!(option.or_else(|| other.into()), oracle.or(other));
            *option = option.or(other.into());
            *oracle = oracle.or(other);
        }
        O::And(other) => assert_eq!(option.and(other.into()), oracle.and(other)),
        O::Xor(other) => {
            *option = option.xor(other.into());
            *oracle = oracle.xor(other);
        }
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn assert_equal(option: ShmOption<u32>, oracle: Option<u32>) {
    assert_eq!(option, oracle);
    assert_eq!(Option::from(option), oracle);
    assert_eq!((option.is_some(), option.is_none()), (oracle.is_some(), oracle.is_none()));
    assert_eq!(option.is_some_and(|value| value > 9), oracle.is_some_and(|value| value > 9));
    assert_eq!(option.is_none_or(|value| value > 9), oracle.is_none_or(|value| value > 9));
    assert_eq!((option.as_ref(), option.as_slice()), (oracle.as_ref(), oracle.as_slice()));
    assert!(option.iter().eq(oracle.iter()) && option.into_iter().eq(oracle));
    assert_eq!((option.ok_or('e'), option.ok_or_else(|| 'e')), (oracle.ok_or('e'), oracle.ok_or('e')));
    assert_eq!(option.unwrap_or(3), oracle.unwrap_or(3));
    assert_eq!(option.unwrap_or_else(|| 4), oracle.unwrap_or(4));
    assert_eq!(option.unwrap_or_default(), oracle.unwrap_or_default());
    assert_eq!(option.map_or(5, |value| value / 2), oracle.map_or(5, |value| value / 2));
    assert_eq!(option.map_or_else(|| 6, |value| value / 2), oracle.map_or(6, |value| value / 2));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(700))]

    /// 700 cases of 150 operations on average.
    #[test]
    fn option_does_what_stds_does(operations in vec(operation(), 100..200)) {
        let (mut option, mut oracle) = (ShmOption::default(), None);
        for operation in operations {
            apply(operation, &mut option, &mut oracle);
            assert_equal(option, oracle);
        }
        prop_assert_eq!(format!("{option:?} {option:#?}"), format!("{oracle:?} {oracle:#?}"));
    }

    #[test]
    fn options_compare_as_stds_do(one in any::<Option<u8>>(), other in any::<Option<u8>>()) {
        let (shm_one, shm_other) = (ShmOption::from(one), ShmOption::from(other));
        prop_assert_eq!(shm_one.cmp(&shm_other), one.cmp(&other));
        prop_assert_eq!(shm_one.partial_cmp(&other), one.partial_cmp(&other));
        prop_assert_eq!(shm_one == other, one == other);
        prop_assert_eq!(one == shm_other, one == other);
        if one == other {
            prop_assert_eq!(hash(&shm_one), hash(&shm_other));
        }
    }
}

#[test]
fn zeroes_are_none_and_the_parts_are_where_the_layout_says() {
    fn is_immutable<T: Immutable>() {}
    is_immutable::<ShmOption<u64>>();
    const { assert!(<ShmOption<u64> as PlacementDefault>::DEFAULT_IS_ZERO) };
    const { assert!(!<ShmOption<u64>>::LAYOUT.accepts_every_pattern()) };
    // Values of each size and alignment, and of none, are put where the compiler reads them.
    assert_eq!(*ShmOption::None.insert(()), ());
    assert_eq!(*ShmOption::None.insert(u128::MAX - 1), u128::MAX - 1);
    assert_eq!(*ShmOption::None.insert(['a', 'b', 'c']), ['a', 'b', 'c']);
    assert_eq!(*ShmOption::None.insert(ShmOption::Some(true)), Some(true));
    let mut nested = ShmOption::Some(ShmOption::Some(3_u16));
    assert_eq!(nested.replace(ShmOption::None), ShmOption::Some(ShmOption::Some(3)));
    assert_eq!(nested, ShmOption::Some(ShmOption::None));
}

#[test]
#[should_panic(expected = "nothing there")]
fn expect_panics_with_its_message() {
    let _ = ShmOption::<u8>::None.expect("nothing there");
}

#[test]
#[should_panic(expected = "`unwrap` of a `ShmOption` that is `None`")]
fn unwrap_of_none_panics() {
    let _ = ShmOption::<u8>::None.unwrap();
}
