//! Bytes that may be anything, as containers: validation refuses them just where a model does, and what it lets through is safe to
//! use with all operations.
//!
//! It is apart from the tests of each container because it is of layout and container together, and the same for all.
#![allow(unsafe_code, reason = "makes values of bytes that were validated")]

use std::hint::black_box;
use std::mem::{MaybeUninit, offset_of};
use std::panic::{AssertUnwindSafe, catch_unwind};

use fastrand::Rng;

use super::{Handle, ShmDeque, ShmMap, ShmOption, ShmSet, ShmSlab, ShmString, ShmVec};
use crate::ShmSafe;
use crate::layout::validate;

/// Zero is none.
#[derive(ShmSafe, Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
enum Side {
    Buy = 1,
    Sell = 2,
}

impl Side {
    fn assert_is_one(self) {
        assert!(matches!(black_box(self as u8), 1 | 2), "a value that is none");
    }
}

/// Something that `char`s may be compared with, so that one that is none is seen.
fn assert_is_char(found: char) {
    assert!(char::from_u32(black_box(found as u32)).is_some(), "a value that is none");
}

/// Bytes of a `T`.
struct Bytes<T>(Box<MaybeUninit<T>>);

impl<T: ShmSafe> Bytes<T> {
    fn new(bytes: &[u8]) -> Self {
        assert_eq!(bytes.len(), size_of::<T>());
        let mut value = Box::<T>::new_uninit();
        // SAFETY: `copy_nonoverlapping` requires as many bytes that are valid for reads and for writes, in two allocations: asserted.
        unsafe { value.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        Self(value)
    }

    /// The value, if validation lets it through.
    fn validated(self) -> Result<Box<T>, String> {
        // SAFETY: `validate` requires 1. as many bytes, aligned: the box is of a `T`; 2. that they are initialised: they were all copied;
        // 3. no other writes: nobody else has them.
        unsafe { validate(T::LAYOUT, self.0.as_ptr().cast()) }.map_err(|error| error.to_string())?;
        // SAFETY: `assume_init` requires a value: all bytes are initialised, and were validated. That they are one then is what is tested
        // here.
        Ok(unsafe { self.0.assume_init() })
    }
}

fn refused<T: ShmSafe>(bytes: &[u8]) -> String {
    Bytes::<T>::new(bytes).validated().map(drop).expect_err("it is not allowed")
}

/// What the bytes of a container are, as the test knows it by heart.
struct Model {
    /// Offset and width of the numbers that say which places hold something; they get small values.
    counts: &'static [(usize, usize)],
    /// What may be in the other bytes.
    fills: &'static [u8],
    is_allowed: fn(&[u8]) -> bool,
}

/// The number at an offset.
fn number(bytes: &[u8], at: usize, width: usize) -> u64 {
    match width {
        1 => bytes[at].into(),
        4 => u32::from_ne_bytes(bytes[at..at + 4].try_into().expect("four")).into(),
        _ => u64::from_ne_bytes(bytes[at..at + 8].try_into().expect("eight")),
    }
}

fn put(bytes: &mut [u8], at: usize, width: usize, number: u64) {
    match width {
        1 => bytes[at] = number.to_le_bytes()[0],
        4 => bytes[at..at + 4].copy_from_slice(&u32::try_from(number).expect("small").to_ne_bytes()),
        _ => bytes[at..at + 8].copy_from_slice(&number.to_ne_bytes()),
    }
}

fn is_side(bytes: &[u8], at: usize) -> bool {
    matches!(bytes[at], 1 | 2)
}

fn is_char(bytes: &[u8], at: usize) -> bool {
    u32::try_from(number(bytes, at, 4)).is_ok_and(|found| char::from_u32(found).is_some())
}

/// Makes bytes ten thousand times, and does `all` with what is let through.
fn check<T: ShmSafe>(model: &Model, all: impl Fn(&mut T)) {
    let mut random = Rng::with_seed(0x5eed);
    let (mut let_through, mut refused) = (0, 0);
    for _ in 0..10_000 {
        let fill = random.choice(model.fills).copied().expect("some");
        let mut bytes = vec![fill; size_of::<T>()];
        for &(at, width) in model.counts {
            put(&mut bytes, at, width, random.u64(0..7));
        }
        for _ in 0..random.usize(0..5) {
            let at = random.usize(..bytes.len());
            bytes[at] = *random.choice(&[0, 1, 2, 3, 0x7f, 0x80, 0xd8, 0xff]).expect("some");
        }
        let is_allowed = (model.is_allowed)(&bytes);
        match Bytes::<T>::new(&bytes).validated() {
            Ok(mut value) => {
                assert!(is_allowed, "it was let through: {bytes:?}");
                let done = catch_unwind(AssertUnwindSafe(|| all(&mut value)));
                assert!(done.is_ok(), "an operation panicked on {bytes:?}");
                let_through += 1;
            }
            Err(error) => {
                assert!(!is_allowed, "{error}, although it is allowed: {bytes:?}");
                refused += 1;
            }
        }
    }
    assert!(let_through > 500 && refused > 500, "{let_through} let through, {refused} refused");
}

#[test]
fn bytes_of_a_list_are_refused_or_safe() {
    type List = ShmVec<Side, 5>;
    let is_allowed = |bytes: &[u8]| {
        let len = number(bytes, 0, 8);
        len <= 5
            && (0..5)
                .take_while(|&index: &u32| u64::from(index) < len)
                .all(|index| is_side(bytes, 8 + index as usize))
    };
    check::<List>(&Model { counts: &[(0, 8)], fills: &[0, 1, 2, 0xff], is_allowed }, |list| {
        list.iter().for_each(|side| side.assert_is_one());
        let len = list.len();
        assert_eq!((list.clone(), Vec::from(list.clone()).len()), (list.clone(), len));
        assert_eq!(list.push(Side::Buy).is_err(), len == 5);
        let _ = (
            list.pop(),
            list.insert(0, Side::Sell),
            list.swap_remove(0),
            list.extend_from_slice(&[Side::Buy; 2]),
        );
        list.sort_unstable();
        list.dedup();
        list.retain(|side| *side == Side::Buy);
        let _ = list.resize(4, Side::Sell);
        list.drain(1..3).for_each(Side::assert_is_one);
        assert!(format!("{list:?}").starts_with('['));
        list.clear();
        assert!(list.is_empty());
    });
}

#[test]
fn bytes_of_a_map_are_refused_or_safe() {
    // Seed and number, then eight marks, then eight entries: a `char`, a `Side`, three bytes of padding.
    type Map = ShmMap<char, Side, 4>;
    let is_allowed = |bytes: &[u8]| {
        let is_entry = |place| is_char(bytes, 24 + 8 * place) && is_side(bytes, 24 + 8 * place + 4);
        number(bytes, 8, 8) <= 4 && (0..8).all(|place| bytes[16 + place] == 0 || is_entry(place))
    };
    // Few entries, and one in each place: then no search ends at an empty one.
    let few = &[(0, 8), (8, 8), (17, 1), (32, 4), (36, 1), (20, 1), (56, 4), (60, 1)];
    check::<Map>(&Model { counts: few, fills: &[0], is_allowed }, use_map);
    let keys = &[(8, 8), (24, 4), (32, 4), (40, 4), (48, 4), (56, 4), (64, 4), (72, 4), (80, 4)];
    check::<Map>(&Model { counts: keys, fills: &[1], is_allowed }, use_map);
}

fn use_map(map: &mut ShmMap<char, Side, 4>) {
    let entries: Vec<_> = map.iter().map(|(key, side)| (*key, *side)).collect();
    for &(key, side) in &entries {
        assert_is_char(key);
        side.assert_is_one();
        let _ = (
            map.get(&key).is_some(),
            map.get_mut(&key).is_some(),
            map.contains_key(&key),
            map.len(),
            map.is_full(),
        );
    }
    let _ = (map.insert('a', Side::Buy), map.remove(&'\u{1}'), map.entry('b').or_insert(Side::Sell).is_ok());
    let _ = (map.clone() == *map, format!("{map:?}"));
    map.values_mut().for_each(|side| *side = Side::Buy);
    map.retain(|key, _| *key < 'b');
    map.rebuild();
    assert!(map.keys().all(|key| map.contains_key(key)));
    map.drain().for_each(|(key, side)| {
        assert_is_char(key);
        side.assert_is_one();
    });
    assert!(map.is_empty() && map.insert('c', Side::Sell) == Ok(None));
}

#[test]
fn bytes_of_a_set_are_refused_or_safe() {
    type Set = ShmSet<char, 3>;
    let is_allowed = |bytes: &[u8]| {
        let is_entry = |place| is_char(bytes, size_of::<Set>() - 24 + 4 * place);
        number(bytes, 8, 8) <= 3 && (0..6).all(|place| bytes[16 + place] == 0 || is_entry(place))
    };
    check::<Set>(&Model { counts: &[(8, 8)], fills: &[0, 0, 0x7f, 1, 0xff], is_allowed }, |set| {
        set.iter().copied().for_each(assert_is_char);
        let _ = (set.insert('a'), set.contains(&'a'), set.remove(&'\u{7f}'), set.len(), set.clone() == *set);
        set.retain(|key| *key != 'a');
        set.rebuild();
        assert!(set.iter().all(|key| set.contains(key)));
        set.drain().for_each(assert_is_char);
        assert!(set.is_empty());
    });
}

#[test]
fn bytes_of_a_slab_are_refused_or_safe() {
    // Five numbers, of which the second says how many slots were used, then slots of three: generation, next, a `Side`.
    type Slab = ShmSlab<Side, 4>;
    let is_allowed = |bytes: &[u8]| {
        let is_used = |slot: &usize| (*slot as u64) < number(bytes, 4, 4);
        (0..4)
            .filter(is_used)
            .all(|slot| number(bytes, 20 + 12 * slot, 4).is_multiple_of(2) || is_side(bytes, 28 + 12 * slot))
    };
    let counts =
        &[(0, 4), (4, 4), (8, 4), (12, 4), (16, 4), (20, 4), (32, 4), (44, 4), (56, 4), (24, 4), (36, 4)];
    check::<Slab>(&Model { counts, fills: &[0, 1, 2, 0xff], is_allowed }, |slab| {
        let entries: Vec<_> = slab.iter().map(|(handle, side)| (handle, *side)).collect();
        for &(handle, side) in &entries {
            side.assert_is_one();
            assert_eq!((slab.get(handle), slab[handle], slab.contains(handle)), (Some(&side), side, true));
        }
        let _ =
            (slab.len(), slab.is_full(), slab.is_empty(), format!("{slab:?}"), slab.get(Handle::dangling()));
        let added = slab.insert(Side::Buy);
        assert!(entries.iter().all(|&(handle, side)| slab.remove(handle) == Some(side)));
        assert!(added.is_err() || slab.iter().count() == 1);
        slab.iter_mut().for_each(|(_, side)| *side = Side::Sell);
        slab.retain(|_, side| *side == Side::Buy);
        while slab.insert(Side::Sell).is_ok() {}
        assert!(slab.is_full() && slab.clone().drain().all(|(_, side)| side == Side::Sell));
        slab.clear();
        assert!(slab.is_empty());
    });
}

#[test]
fn bytes_of_an_option_are_refused_or_safe() {
    let is_allowed = |bytes: &[u8]| bytes[0] == 0 || bytes[0] == 1 && is_side(bytes, 1);
    let model = Model { counts: &[(0, 1), (1, 1)], fills: &[0], is_allowed };
    check::<ShmOption<Side>>(&model, |option| {
        option.iter().for_each(|side| side.assert_is_one());
        assert_eq!(option.into_option(), option.take().into_option());
        assert!(option.is_none() && *option.get_or_insert(Side::Buy) == Side::Buy);
        assert_eq!(option.replace(Side::Sell), Some(Side::Buy));
    });
}

#[test]
fn bytes_of_a_text_are_refused_or_safe() {
    let is_allowed = |bytes: &[u8]| {
        let len = usize::try_from(number(bytes, 0, 8)).ok().filter(|len| *len <= 8);
        len.is_some_and(|len| std::str::from_utf8(&bytes[8..8 + len]).is_ok())
    };
    let model = Model { counts: &[(0, 8)], fills: &[0, b'a', 0xc3, 0xff], is_allowed };
    check::<ShmString<8>>(&model, |text| {
        assert_eq!(std::str::from_utf8(text.as_bytes()), Ok(text.as_str()));
        text.chars().for_each(assert_is_char);
        let _ = (text.push('ß'), text.pop(), text.push_str("xy"), text.insert(0, 'z'), text.clone() == *text);
        let _ = (text.remove(0), text.insert_str(0, "ä"));
        text.retain(|character| character != 'a');
        assert_eq!(std::str::from_utf8(text.as_bytes()), Ok(text.as_str()));
        text.clear();
        assert!(text.is_empty());
    });
}

#[test]
fn bytes_of_a_queue_are_refused_or_safe() {
    // Head and tail below eight, then four `Side`s.
    let is_allowed = |bytes: &[u8]| {
        let (head, tail) = (number(bytes, 0, 8), number(bytes, 8, 8));
        let len = (tail.wrapping_sub(head)) % 8;
        let is_live = |place: u32| (0..len).any(|behind| (head + behind) % 4 == u64::from(place));
        head < 8
            && tail < 8
            && len <= 4
            && (0..4).all(|place| !is_live(place) || is_side(bytes, 16 + place as usize))
    };
    let model = Model { counts: &[(0, 8), (8, 8)], fills: &[0, 1, 2, 0xff], is_allowed };
    check::<ShmDeque<Side, 4>>(&model, |queue| {
        queue.iter().for_each(|side| side.assert_is_one());
        let len = queue.len();
        assert_eq!((queue.clone(), queue.iter().count()), (queue.clone(), len));
        assert_eq!(queue.push_back(Side::Buy).is_err(), len == 4);
        let _ =
            (queue.pop_front(), queue.push_front(Side::Sell), queue.pop_back(), queue.insert(0, Side::Buy));
        let _ = (queue.remove(0), queue.front(), queue.back(), format!("{queue:?}"));
        queue.make_contiguous().iter().for_each(|side| side.assert_is_one());
        queue.retain(|side| *side == Side::Sell);
        queue.drain(..).for_each(Side::assert_is_one);
        assert!(queue.is_empty());
    });
}

/// Bytes of zeroes with changes.
fn with<T>(changes: &[(usize, usize, u64)]) -> Vec<u8> {
    let mut bytes = vec![0; size_of::<T>()];
    for &(at, width, number) in changes {
        put(&mut bytes, at, width, number);
    }
    bytes
}

#[test]
fn what_is_wrong_is_named_with_its_path() {
    #[derive(ShmSafe)]
    #[repr(C)]
    struct Desk {
        open: ShmVec<bool, 4>,
        letters: ShmMap<char, bool, 2>,
        sides: ShmSlab<Side, 3>,
        last: ShmOption<Side>,
        name: ShmString<6>,
        queue: ShmDeque<ShmVec<char, 2>, 2>,
    }
    let told = |at, changes: &[(usize, usize, u64)]| {
        let changes: Vec<_> =
            changes.iter().map(|&(offset, width, number)| (at + offset, width, number)).collect();
        refused::<Desk>(&with::<Desk>(&changes))
    };
    let open = offset_of!(Desk, open);
    assert_eq!(told(open, &[(0, 8, 5)]), "Desk.open.len: 5 is more than the capacity, 4");
    let far = u64::MAX;
    assert_eq!(told(open, &[(0, 8, far)]), format!("Desk.open.len: {far} is more than the capacity, 4"));
    assert_eq!(told(open, &[(0, 8, 3), (10, 1, 2)]), "Desk.open[2]: 2 is no bool");
    let letters = offset_of!(Desk, letters);
    assert_eq!(
        told(letters, &[(8, 8, 3)]),
        "Desk.letters.table by foldhash 0.2.len: 3 is more than the capacity, 2"
    );
    let entry = 20 + 8 * 3;
    assert_eq!(
        told(letters, &[(19, 1, 0x80), (entry, 4, 0xd800)]),
        "Desk.letters.table by foldhash 0.2[3].key: 0xd800 is no char"
    );
    assert_eq!(
        told(letters, &[(19, 1, 1), (entry + 4, 1, 7)]),
        "Desk.letters.table by foldhash 0.2[3].value: 7 is no bool"
    );
    let sides = offset_of!(Desk, sides);
    for used in [2, 3, u32::MAX.into()] {
        assert!(told(sides, &[(4, 4, used), (32, 4, 7)]) == "Desk.sides[1]: 0 is no variant of Side");
    }
    let last = offset_of!(Desk, last);
    assert_eq!(told(last, &[(0, 1, 2)]), "Desk.last: 2 is no variant of ShmOption");
    assert_eq!(told(last, &[(0, 1, 1), (1, 1, 9)]), "Desk.last::Some.0: 9 is no variant of Side");
    let name = offset_of!(Desk, name);
    assert_eq!(told(name, &[(0, 8, 7)]), "Desk.name.len: 7 is more than the capacity, 6");
    assert!(told(name, &[(0, 8, 2), (9, 1, 0xff)]).starts_with("Desk.name: no UTF-8: "));
    let queue = offset_of!(Desk, queue);
    assert_eq!(told(queue, &[(8, 8, 4)]), "Desk.queue.tail: 4 is no position in a ring of capacity 2");
    assert_eq!(told(queue, &[(8, 8, 3)]), "Desk.queue: 3 from head to tail is more than the capacity, 2");
    // The second place of the ring holds a list of two letters, of which the second one is none.
    let changes = [(0, 8, 1), (8, 8, 2), (16 + 16, 8, 2), (16 + 16 + 12, 4, 0x11_0000)];
    assert_eq!(told(queue, &changes), "Desk.queue[1][1]: 0x110000 is no char");
}

#[test]
fn places_that_hold_nothing_are_not_looked_at() {
    fn is_let_through<T: ShmSafe>(bytes: &[u8]) {
        assert_eq!(Bytes::<T>::new(bytes).validated().map(drop), Ok(()));
    }
    let all = |header: usize, len: usize| {
        let mut bytes = vec![0xff; len];
        bytes[..header].fill(0);
        bytes
    };
    is_let_through::<ShmVec<bool, 9>>(&all(8, size_of::<ShmVec<bool, 9>>()));
    is_let_through::<ShmMap<char, Side, 4>>(&all(24, size_of::<ShmMap<char, Side, 4>>()));
    is_let_through::<ShmString<9>>(&all(8, size_of::<ShmString<9>>()));
    is_let_through::<ShmDeque<char, 9>>(&all(16, size_of::<ShmDeque<char, 9>>()));
    is_let_through::<ShmOption<char>>(&all(1, size_of::<ShmOption<char>>()));
    let mut slab = all(20, size_of::<ShmSlab<bool, 9>>());
    is_let_through::<ShmSlab<bool, 9>>(&slab);
    put(&mut slab, 4, 4, 9);
    (0..9).for_each(|slot| put(&mut slab, 20 + 12 * slot, 4, 6));
    is_let_through::<ShmSlab<bool, 9>>(&slab);
    // Of elements that may be anything, nothing is looked at but the counts.
    is_let_through::<ShmSlab<u32, 9>>(&vec![0xff; size_of::<ShmSlab<u32, 9>>()]);
    assert_eq!(
        refused::<ShmVec<u32, 1>>(&[0xff; 16]),
        format!("ShmVec.len: {} is more than the capacity, 1", u64::MAX)
    );
}
