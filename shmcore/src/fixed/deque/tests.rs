use std::array;
use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};

use proptest::collection::vec;
use proptest::prelude::*;

use super::ShmDeque;
use crate::fixed::CapacityError;
use crate::layout::{InvalidValue, validate};
use crate::{PlacementDefault, ShmSafe, create_shared};

const N: usize = 12;

#[derive(Debug, Clone)]
enum Operation {
    PushBack(u16),
    PushFront(u16),
    PopBack,
    PopFront,
    Insert(usize, u16),
    Remove(usize),
    Swap(usize, usize),
    Truncate(usize),
    Set(usize, u16),
    AddToAll(u16),
    TryExtend(Vec<u16>),
    RetainEven,
    Drain(usize, usize, usize),
    MakeContiguous,
    Clone,
    Clear,
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation as O;
    let value = || 0_u16..8;
    prop_oneof![
        8 => value().prop_map(O::PushBack),
        8 => value().prop_map(O::PushFront),
        5 => Just(O::PopBack),
        5 => Just(O::PopFront),
        4 => (0..=N, value()).prop_map(|(index, value)| O::Insert(index, value)),
        4 => (0..N).prop_map(O::Remove),
        2 => (0..N, 0..N).prop_map(|(i, j)| O::Swap(i, j)),
        1 => (0..N).prop_map(O::Truncate),
        2 => (0..N, value()).prop_map(|(index, value)| O::Set(index, value)),
        1 => value().prop_map(O::AddToAll),
        2 => vec(value(), 0..6).prop_map(O::TryExtend),
        1 => Just(O::RetainEven),
        3 => (0..=N, 0..=N, 0..N).prop_map(|(start, end, taken)| O::Drain(start, end, taken)),
        3 => Just(O::MakeContiguous),
        1 => Just(O::Clone),
        1 => Just(O::Clear),
    ]
}

/// Does the same to both. What does not fit is left out of the `VecDeque`, and must be refused by the queue.
fn apply(operation: Operation, deque: &mut ShmDeque<u16, N>, oracle: &mut VecDeque<u16>) {
    use Operation as O;
    let (len, free) = (oracle.len(), N - oracle.len());
    let added = |value| if free > 0 { Ok(()) } else { Err(value) };
    match operation {
        O::PushBack(value) => {
            assert_eq!(deque.push_back(value).map_err(CapacityError::into_inner), added(value));
            oracle.extend((free > 0).then_some(value));
        }
        O::PushFront(value) => {
            assert_eq!(deque.push_front(value).map_err(CapacityError::into_inner), added(value));
            if free > 0 {
                oracle.push_front(value);
            }
        }
        O::PopBack => assert_eq!(deque.pop_back(), oracle.pop_back()),
        O::PopFront => assert_eq!(deque.pop_front(), oracle.pop_front()),
        O::Insert(index, value) if index <= len => {
            assert_eq!(deque.insert(index, value).map_err(CapacityError::into_inner), added(value));
            if free > 0 {
                oracle.insert(index, value);
            }
        }
        O::Remove(index) => assert_eq!(deque.remove(index), oracle.remove(index)),
        O::Swap(i, j) if i < len && j < len => {
            deque.swap(i, j);
            oracle.swap(i, j);
        }
        O::Truncate(len) => {
            deque.truncate(len);
            oracle.truncate(len);
        }
        O::Set(index, value) => {
            let set = |element: &mut u16| std::mem::replace(element, value);
            assert_eq!(deque.get_mut(index).map(set), oracle.get_mut(index).map(set));
        }
        O::AddToAll(value) => {
            for (element, expected) in deque.iter_mut().zip(oracle.iter_mut()) {
                *element += value;
                *expected += value;
            }
        }
        O::TryExtend(values) => {
            let rejected = deque.try_extend(values.iter().copied()).err().map(CapacityError::into_inner);
            assert_eq!(rejected, values.get(free).copied());
            oracle.extend(values.into_iter().take(free));
        }
        O::RetainEven => {
            deque.retain(|value| value % 2 == 0);
            oracle.retain(|value| value % 2 == 0);
        }
        O::Drain(start, end, taken) if start <= end && end <= len => {
            let (mut drained, mut expected) = (deque.drain(start..end), oracle.drain(start..end));
            assert_eq!(drained.len(), end - start);
            for _ in 0..taken {
                assert_eq!((drained.next(), drained.next_back()), (expected.next(), expected.next_back()));
            }
        }
        O::MakeContiguous => {
            assert_eq!(deque.make_contiguous(), oracle.make_contiguous());
            assert!(deque.as_slices().1.is_empty());
        }
        O::Clone => *deque = deque.clone(),
        O::Clear => {
            deque.clear();
            oracle.clear();
        }
        O::Insert(..) | O::Swap(..) | O::Drain(..) => {}
    }
}

fn assert_equal(deque: &ShmDeque<u16, N>, oracle: &VecDeque<u16>) {
    assert_eq!(deque, oracle);
    assert_eq!((deque.len(), deque.is_empty()), (oracle.len(), oracle.is_empty()));
    assert_eq!(deque.is_full(), oracle.len() == N);
    assert_eq!((deque.front(), deque.back()), (oracle.front(), oracle.back()));
    assert!((0..=N).all(|index| deque.get(index) == oracle.get(index)));
    assert!(deque.iter().rev().eq(oracle.iter().rev()));
    let (front, back) = deque.as_slices();
    assert_eq!([front, back].concat(), Vec::from(oracle.clone()));
}

/// What validation says of the bytes of a queue, all of which are initialised.
fn validated<T: ShmSafe, const M: usize>(deque: &ShmDeque<T, M>) -> Result<(), InvalidValue> {
    // SAFETY: `validate` requires 1. as many bytes, aligned, for as long as it is called: a reference; 2. that those it looks at are
    // initialised: callers say so, or only the places of elements are looked at; 3. that nobody writes them: nobody does.
    unsafe { validate(ShmDeque::<T, M>::LAYOUT, (&raw const *deque).cast()) }
}

/// A number of which most are positions.
fn word() -> impl Strategy<Value = u64> {
    prop_oneof![20 => 0..2 * N as u64 + 2, 1 => any::<u64>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(700))]

    /// 700 cases of 150 operations on average.
    #[test]
    fn queue_does_what_vec_deque_does(operations in vec(operation(), 100..200)) {
        let (mut deque, mut oracle) = (ShmDeque::new(), VecDeque::new());
        for operation in operations {
            apply(operation, &mut deque, &mut oracle);
            assert_equal(&deque, &oracle);
        }
        prop_assert_eq!(validated(&deque), Ok(()));
        prop_assert_eq!(VecDeque::from(deque.clone()), oracle.clone());
        prop_assert_eq!(Vec::from(deque), Vec::from(oracle));
    }

    /// Whatever numbers there are: if validation lets them through, the elements are those that it looked at; if not, there are none,
    /// and the first change makes a queue of it.
    #[test]
    fn queue_of_any_words_is_one(head in word(), tail in word(), operations in vec(operation(), 0..30)) {
        let places: [u16; N] = array::from_fn(|place| u16::try_from(place).expect("small"));
        let mut deque = ShmDeque::<u16, N> { head, tail, slots: places.map(MaybeUninit::new) };
        let positions = 2 * N as u64;
        let len = (u128::from(tail) + u128::from(positions)).saturating_sub(u128::from(head)) % u128::from(positions);
        let is_valid = head < positions && tail < positions && len <= N as u128;
        prop_assert_eq!(validated(&deque).is_ok(), is_valid);
        let mut oracle: VecDeque<u16> = places.into_iter().cycle().skip(usize::try_from(head % N as u64)?).take(if is_valid { usize::try_from(len)? } else { 0 }).collect();
        assert_equal(&deque, &oracle);
        for operation in operations {
            apply(operation, &mut deque, &mut oracle);
            assert_equal(&deque, &oracle);
        }
    }

    #[test]
    fn order_and_hash_do_not_depend_on_where_the_ring_begins(
        one in vec(0_u8..3, 0..5), other in vec(0_u8..3, 0..5), turns in 0..8,
    ) {
        let mut a = ShmDeque::<u8, 4>::try_from(one.clone()).expect("it fits");
        for _ in 0..turns {
            if let Some(first) = a.pop_front() {
                a.push_back(first).expect("it fits");
            }
        }
        let one: VecDeque<u8> = a.iter().copied().collect();
        let (fresh, b) = (ShmDeque::<u8, 4>::try_from(one.clone()).expect("it fits"), ShmDeque::try_from(other.clone()).expect("it fits"));
        let state = RandomState::new();
        prop_assert_eq!(state.hash_one(&a), state.hash_one(&fresh));
        prop_assert_eq!(&a, &fresh);
        prop_assert_eq!(a.cmp(&b), one.cmp(&other.clone().into()));
        prop_assert_eq!(a == b, one == other);
        prop_assert_eq!(format!("{a:?}"), format!("{one:?}"));
    }
}

/// Each end has a word of its own: that is what makes a kill leave the old queue or the new one.
#[test]
fn change_at_an_end_writes_one_word() {
    let mut deque = ShmDeque::<u8, 3>::new();
    for round in 0..50 {
        let (head, tail) = (deque.head, deque.tail);
        let changed = |deque: &ShmDeque<u8, 3>| (deque.head != head, deque.tail != tail);
        match round % 5 {
            0 | 2 => deque.push_back(round).expect("it fits"),
            1 => deque.push_front(round).expect("it fits"),
            3 => _ = deque.pop_front(),
            _ => deque.truncate(0),
        }
        assert_eq!(changed(&deque), if matches!(round % 5, 1 | 3) { (true, false) } else { (false, true) });
        assert!(deque.head < 6 && deque.tail < 6);
    }
}

/// Bytes that are no values are where no elements are, and are found where some are.
#[test]
fn validation_looks_at_the_places_from_head_to_tail() {
    let with = |head, tail, places: [u8; 4]| {
        let bytes = ShmDeque::<u8, 4> { head, tail, slots: places.map(MaybeUninit::new) };
        // SAFETY: a reference requires a valid value: the two types differ in that of places, which may hold anything; elements are
        // not looked at but by `validate`.
        let deque = unsafe { &*(&raw const bytes).cast::<ShmDeque<bool, 4>>() };
        validated(deque).map_err(|error| error.to_string())
    };
    assert_eq!(with(3, 5, [1, 7, 7, 0]), Ok(()));
    assert_eq!(with(7, 1, [1, 7, 7, 0]), Ok(()));
    assert_eq!(with(2, 2, [7; 4]), Ok(()));
    assert_eq!(with(6, 2, [0, 1, 0, 1]), Ok(()));
    assert_eq!(with(6, 2, [0, 7, 0, 1]).expect_err("no bool"), "ShmDeque[1]: 7 is no bool");
    assert_eq!(with(3, 4, [0, 0, 0, 7]).expect_err("no bool"), "ShmDeque[3]: 7 is no bool");
    let refused = with(8, 0, [0; 4]).expect_err("no position");
    assert_eq!(refused, "ShmDeque.head: 8 is no position in a ring of capacity 4");
    assert_eq!(
        with(0, u64::MAX, [0; 4]).expect_err("no position"),
        format!("ShmDeque.tail: {} is no position in a ring of capacity 4", u64::MAX)
    );
    let refused = with(4, 1, [0; 4]).expect_err("too many");
    assert_eq!(refused, "ShmDeque: 5 from head to tail is more than the capacity, 4");
    assert_eq!(validated(&ShmDeque::<bool, 0>::new()), Ok(()));
}

/// All places are initialised, so that a mistake shows.
#[test]
fn elements_join_at_every_start_and_length() {
    for (head, len) in (0..16).flat_map(|head| (0..=8).map(move |len| (head, len))) {
        let mut deque = ShmDeque::<u8, 8> {
            head,
            tail: (head + len) % 16,
            slots: [0, 1, 2, 3, 4, 5, 6, 7].map(MaybeUninit::new),
        };
        let expected: Vec<u8> =
            (head..head + len).map(|position| u8::try_from(position % 8).expect("small")).collect();
        let tail = deque.tail;
        assert_eq!(deque.make_contiguous(), expected, "{len} from {head}");
        assert!(deque.head < 16 && deque.tail < 16);
        // Who is killed between the two stores leaves some of them.
        let killed = ShmDeque::<u8, 8> { head: deque.head, tail, slots: deque.slots };
        assert!(
            validated(&killed).is_ok() && expected.starts_with(killed.as_slices().0),
            "{len} from {head}"
        );
        assert!(killed.as_slices().1.is_empty());
        assert_eq!(deque, expected);
    }
}

#[test]
fn elements_are_all_there_when_the_condition_panics() {
    let mut deque = ShmDeque::<u8, 4>::try_from([1, 2, 3, 4]).expect("they fit");
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        deque.retain(|&element| if element == 3 { panic!("planned") } else { element != 1 });
    }));
    assert!(panicked.is_err());
    deque.make_contiguous().sort_unstable();
    assert_eq!(deque, [1, 2, 3, 4]);
}

#[test]
fn elements_of_a_drain_that_is_not_used_are_gone() {
    let mut deque = ShmDeque::<u8, 4>::try_from([1, 2, 3, 4]).expect("they fit");
    let _ = deque.drain(1..3);
    assert_eq!(deque, [1, 4]);
    let _ = deque.drain(..1);
    assert_eq!(deque, [4]);
}

#[test]
fn places_that_are_not_there_are_refused() {
    fn refuses(of: fn(&mut ShmDeque<u8, 4>)) {
        let mut deque = ShmDeque::<u8, 4>::try_from([1, 2]).expect("they fit");
        assert!(catch_unwind(AssertUnwindSafe(|| of(&mut deque))).is_err());
        assert_eq!(deque, [1, 2]);
    }
    refuses(|deque| deque[2] = 1);
    refuses(|deque| _ = deque[usize::MAX]);
    refuses(|deque| _ = deque.insert(3, 1));
    refuses(|deque| deque.swap(0, 2));
    refuses(|deque| _ = deque.drain(1..3));
    #[expect(clippy::reversed_empty_ranges, reason = "it is to be refused")]
    refuses(|deque| _ = deque.drain(2..1));
    refuses(|deque| _ = deque.drain(..=usize::MAX));
}

#[test]
fn conversions_give_back_what_does_not_fit() {
    let full = ShmDeque::<u8, 2>::try_from(vec![1, 2, 3]).expect_err("too many");
    assert_eq!((full.capacity(), full.into_inner()), (2, vec![1, 2, 3]));
    assert!(ShmDeque::<u8, 2>::try_from(VecDeque::from([1, 2, 3])).is_err());
    assert!(ShmDeque::<u8, 2>::try_from([1, 2, 3]).is_err());
    let mut iter = ShmDeque::<u8, 3>::try_from([1, 2, 3]).expect("they fit").into_iter();
    assert_eq!((iter.len(), iter.next_back(), iter.next()), (3, Some(3), Some(1)));
    assert_eq!((iter.next(), iter.next_back(), iter.next()), (Some(2), None, None));
}

#[test]
fn zeroes_are_empty_and_a_million_places_cost_nothing() {
    const { assert!(<ShmDeque<u8, 3> as PlacementDefault>::DEFAULT_IS_ZERO) };
    let deque = create_shared::<ShmDeque<[u64; 16], 1_000_000>>().expect("created");
    assert!(deque.is_empty());
    assert_eq!(deque.capacity(), 1_000_000);
}

#[test]
fn capacity_of_none_is_always_empty_and_full() {
    for word in [0, 1, u64::MAX] {
        let mut deque = ShmDeque::<u32, 0> { head: word, tail: word, slots: [] };
        assert!(deque.is_empty() && deque.is_full() && deque.as_slices() == (&[], &[]));
        assert!(deque.push_back(1).is_err() && deque.push_front(1).is_err() && deque.insert(0, 1).is_err());
        assert_eq!((deque.pop_back(), deque.pop_front(), deque.drain(..).next()), (None, None, None));
        assert!(deque.make_contiguous().is_empty());
    }
}
