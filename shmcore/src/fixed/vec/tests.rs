use proptest::collection::vec;
use proptest::prelude::*;

use super::ShmVec;
use crate::fixed::CapacityError;
use crate::{PlacementDefault, ShmSafe, create_shared};

const N: usize = 12;

#[derive(Debug, Clone)]
enum Operation {
    Push(u16),
    Pop,
    PopIfEven,
    Insert(usize, u16),
    Remove(usize),
    SwapRemove(usize),
    Truncate(usize),
    Resize(usize, u16),
    ExtendFromSlice(Vec<u16>),
    TryExtend(Vec<u16>),
    RetainEven,
    Dedup,
    DedupByHalf,
    Drain(usize, usize),
    Sort,
    Clear,
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation as O;
    let few = || vec(0_u16..8, 0..6);
    prop_oneof![
        4 => (0_u16..8).prop_map(O::Push),
        2 => Just(O::Pop),
        1 => Just(O::PopIfEven),
        3 => (0..=N, 0_u16..8).prop_map(|(index, value)| O::Insert(index, value)),
        2 => (0..N).prop_map(O::Remove),
        2 => (0..N).prop_map(O::SwapRemove),
        1 => (0..N).prop_map(O::Truncate),
        1 => (0..=N + 2, 0_u16..8).prop_map(|(len, value)| O::Resize(len, value)),
        2 => few().prop_map(O::ExtendFromSlice),
        2 => few().prop_map(O::TryExtend),
        1 => Just(O::RetainEven),
        1 => Just(O::Dedup),
        1 => Just(O::DedupByHalf),
        2 => (0..N, 0..N).prop_map(|(start, end)| O::Drain(start, end)),
        1 => Just(O::Sort),
        1 => Just(O::Clear),
    ]
}

/// Does the same to both. What does not fit is left out of the `Vec`, and must be refused by the list.
fn apply(operation: Operation, list: &mut ShmVec<u16, N>, oracle: &mut Vec<u16>) {
    use Operation as O;
    let free = N - oracle.len();
    match operation {
        O::Push(value) => {
            let pushed = list.push(value).map_err(CapacityError::into_inner);
            assert_eq!(pushed, if free > 0 { Ok(()) } else { Err(value) });
            oracle.extend(pushed.map(|()| value));
        }
        O::Pop => assert_eq!(list.pop(), oracle.pop()),
        O::PopIfEven => {
            assert_eq!(list.pop_if(|value| *value % 2 == 0), oracle.pop_if(|value| *value % 2 == 0));
        }
        O::Insert(index, value) if index <= oracle.len() => {
            let inserted = list.insert(index, value).map_err(CapacityError::into_inner);
            assert_eq!(inserted, if free > 0 { Ok(()) } else { Err(value) });
            if inserted.is_ok() {
                oracle.insert(index, value);
            }
        }
        O::Remove(index) if index < oracle.len() => assert_eq!(list.remove(index), oracle.remove(index)),
        O::SwapRemove(index) if index < oracle.len() => {
            assert_eq!(list.swap_remove(index), oracle.swap_remove(index));
        }
        O::Truncate(len) => {
            list.truncate(len);
            oracle.truncate(len);
        }
        O::Resize(len, value) => {
            assert_eq!(list.resize(len, value).is_ok(), len <= N);
            if len <= N {
                oracle.resize(len, value);
            }
        }
        O::ExtendFromSlice(values) => {
            let fits = values.len() <= free;
            assert_eq!(list.extend_from_slice(&values).is_ok(), fits);
            if fits {
                oracle.extend(values);
            }
        }
        O::TryExtend(values) => {
            let rejected = list.try_extend(values.iter().copied()).err().map(CapacityError::into_inner);
            assert_eq!(rejected, values.get(free).copied());
            oracle.extend(values.into_iter().take(free));
        }
        O::RetainEven => {
            list.retain(|value| value % 2 == 0);
            oracle.retain(|value| value % 2 == 0);
        }
        O::Dedup => {
            list.dedup();
            oracle.dedup();
        }
        O::DedupByHalf => {
            list.dedup_by_key(|value| *value / 2);
            oracle.dedup_by_key(|value| *value / 2);
        }
        O::Drain(start, end) if start <= end && end <= oracle.len() => {
            assert!(list.drain(start..end).eq(oracle.drain(start..end)));
        }
        O::Sort => {
            list.sort_unstable();
            oracle.sort_unstable();
        }
        O::Clear => {
            list.clear();
            oracle.clear();
        }
        O::Insert(..) | O::Remove(_) | O::SwapRemove(_) | O::Drain(..) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(700))]

    /// 700 cases of 150 operations on average.
    #[test]
    fn list_does_what_vec_does(operations in vec(operation(), 100..200)) {
        let (mut list, mut oracle) = (ShmVec::new(), Vec::new());
        for operation in operations {
            apply(operation, &mut list, &mut oracle);
            prop_assert_eq!(&list, &oracle);
            prop_assert_eq!((list.len(), list.is_empty()), (oracle.len(), oracle.is_empty()));
            prop_assert_eq!(list.is_full(), oracle.len() == N);
        }
        prop_assert_eq!(Vec::from(list.clone()), oracle);
    }
}

#[test]
fn iterator_by_value_ends_from_both_sides() {
    let list = ShmVec::<u8, 4>::from_slice(&[1, 2, 3]).expect("they fit");
    let mut iter = list.into_iter();
    assert_eq!((iter.len(), iter.next(), iter.next_back(), iter.as_slice()), (3, Some(1), Some(3), &[2][..]));
    assert_eq!((iter.next_back(), iter.next_back(), iter.next()), (Some(2), None, None));
}

#[test]
fn conversions_give_back_what_does_not_fit() {
    let full = ShmVec::<u8, 2>::try_from(vec![1, 2, 3]).expect_err("too many");
    assert_eq!((full.capacity(), full.into_inner()), (2, vec![1, 2, 3]));
    assert!(ShmVec::<u8, 2>::try_from([1, 2, 3]).is_err());
    assert!(ShmVec::<u8, 2>::try_from(&[1, 2, 3][..]).is_err());
    assert_eq!(ShmVec::<u8, 3>::try_from([1, 2, 3]).expect("they fit"), [1, 2, 3]);
}

#[test]
fn zeroes_are_empty_and_a_million_places_cost_nothing() {
    const { assert!(<ShmVec<u8, 3> as PlacementDefault>::DEFAULT_IS_ZERO) };
    let list = create_shared::<ShmVec<[u64; 16], 1_000_000>>().expect("created");
    assert!(list.is_empty());
    assert_eq!(list.capacity(), 1_000_000);
}

#[test]
fn capacity_of_none_is_always_empty_and_full() {
    let mut list = ShmVec::<u32, 0>::new();
    assert!(list.is_empty() && list.is_full());
    assert!(list.push(1).is_err());
    assert_eq!(list.pop(), None);
}

/// What is damaged is never followed, also where nobody has looked at it.
#[test]
fn length_beyond_the_capacity_is_not_believed() {
    for len in [3, 4, u64::from(u32::MAX) + 1, u64::MAX] {
        let mut list = ShmVec::<u8, 3> { len, slots: [const { std::mem::MaybeUninit::new(7) }; 3] };
        assert_eq!(list, [7, 7, 7]);
        assert!(list.push(1).is_err());
        assert_eq!(list.pop(), Some(7));
        assert_eq!(list, [7, 7]);
    }
}

#[test]
fn layout_tells_of_the_elements() {
    let table = <ShmVec<u16, 3>>::LAYOUT.to_string();
    assert!(table.contains("[u16; 3]") && table.contains("slots"), "{table}");
}
