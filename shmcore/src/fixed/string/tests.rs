use std::borrow::Borrow;
use std::collections::HashMap;
use std::fmt::Write;
use std::hash::{BuildHasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::ShmString;
use crate::fixed::CapacityError;
use crate::layout::validate;
use crate::{PlacementDefault, ShmMap, ShmSafe, create_shared};

const N: usize = 20;

#[derive(Debug, Clone)]
enum Operation {
    Push(char),
    PushStr(String),
    Pop,
    Insert(Index, char),
    InsertStr(Index, String),
    Remove(Index),
    Truncate(Index),
    RetainNot(char),
    Extend(Vec<char>),
    ExtendStr(Vec<String>),
    Write(String),
    Uppercase,
    Clear,
}

/// One of one, two, three and four bytes.
fn character() -> impl Strategy<Value = char> {
    select(vec!['a', 'b', 'ß', '€', '🦀', '\0'])
}

fn text() -> impl Strategy<Value = String> {
    vec(character(), 0..5).prop_map(|characters| characters.into_iter().collect())
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation as O;
    let index = any::<Index>;
    prop_oneof![
        6 => character().prop_map(O::Push),
        4 => text().prop_map(O::PushStr),
        3 => Just(O::Pop),
        4 => (index(), character()).prop_map(|(index, character)| O::Insert(index, character)),
        4 => (index(), text()).prop_map(|(index, text)| O::InsertStr(index, text)),
        4 => index().prop_map(O::Remove),
        1 => index().prop_map(O::Truncate),
        1 => character().prop_map(O::RetainNot),
        2 => vec(character(), 0..5).prop_map(O::Extend),
        2 => vec(text(), 0..3).prop_map(O::ExtendStr),
        1 => text().prop_map(O::Write),
        1 => Just(O::Uppercase),
        1 => Just(O::Clear),
    ]
}

/// The start of a character of the text, or its end.
fn boundary(index: Index, text: &str) -> usize {
    let boundaries: Vec<usize> = (0..=text.len()).filter(|&byte| text.is_char_boundary(byte)).collect();
    *index.get(&boundaries)
}

/// Does the same to both. What does not fit is left out of the `String`, and must be refused by the text.
fn apply(operation: Operation, text: &mut ShmString<N>, oracle: &mut String) {
    use Operation as O;
    let free = N - oracle.len();
    match operation {
        O::Push(character) => {
            let pushed = text.push(character).map_err(CapacityError::into_inner);
            let fits = character.len_utf8() <= free;
            assert_eq!(pushed, if fits { Ok(()) } else { Err(character) });
            oracle.extend(fits.then_some(character));
        }
        O::PushStr(more) => {
            assert_eq!(text.push_str(&more).is_ok(), more.len() <= free);
            if more.len() <= free {
                oracle.push_str(&more);
            }
        }
        O::Pop => assert_eq!(text.pop(), oracle.pop()),
        O::Insert(index, character) => {
            let index = boundary(index, oracle);
            let inserted = text.insert(index, character).map_err(CapacityError::into_inner);
            let fits = character.len_utf8() <= free;
            assert_eq!(inserted, if fits { Ok(()) } else { Err(character) });
            if fits {
                oracle.insert(index, character);
            }
        }
        O::InsertStr(index, more) => {
            let index = boundary(index, oracle);
            assert_eq!(text.insert_str(index, &more).is_ok(), more.len() <= free);
            if more.len() <= free {
                oracle.insert_str(index, &more);
            }
        }
        O::Remove(index) => {
            let index = boundary(index, oracle);
            if index < oracle.len() {
                assert_eq!(text.remove(index), oracle.remove(index));
            }
        }
        O::Truncate(index) => {
            let index = boundary(index, oracle);
            text.truncate(index);
            oracle.truncate(index);
        }
        O::RetainNot(character) => {
            text.retain(|found| found != character);
            oracle.retain(|found| found != character);
        }
        O::Extend(characters) => {
            let rejected = text.try_extend(characters.iter().copied()).err().map(CapacityError::into_inner);
            let mut rest = characters.into_iter();
            let mut next = rest.next();
            while let Some(character) = next.filter(|next| oracle.len() + next.len_utf8() <= N) {
                oracle.push(character);
                next = rest.next();
            }
            assert_eq!(rejected, next);
        }
        O::ExtendStr(texts) => {
            let rejected = text.try_extend_str(&texts).err().map(CapacityError::into_inner);
            let mut rest = texts.iter();
            let mut next = rest.next();
            while let Some(more) = next.filter(|next| oracle.len() + next.len() <= N) {
                oracle.push_str(more);
                next = rest.next();
            }
            assert_eq!(rejected, next);
        }
        O::Write(more) => {
            let written = text.write_str(&more).is_ok();
            assert_eq!(written, more.len() <= free);
            if written {
                oracle.push_str(&more);
            }
        }
        O::Uppercase => {
            text.make_ascii_uppercase();
            oracle.make_ascii_uppercase();
        }
        O::Clear => {
            text.clear();
            oracle.clear();
        }
    }
}

/// What validation says of the bytes of a text.
fn is_valid<const M: usize>(text: &ShmString<M>) -> bool {
    // SAFETY: `validate` requires 1. as many bytes, aligned, for as long as it is called: a reference; 2. that they are
    // initialised: a number and bytes; 3. that nobody writes them: nobody does.
    unsafe { validate(ShmString::<M>::LAYOUT, (&raw const *text).cast()) }.is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(700))]

    /// 700 cases of 150 operations on average.
    #[test]
    fn text_does_what_string_does(operations in vec(operation(), 100..200)) {
        let (mut text, mut oracle) = (ShmString::new(), String::new());
        for operation in operations {
            apply(operation, &mut text, &mut oracle);
            prop_assert!(std::str::from_utf8(text.as_bytes()).is_ok());
            prop_assert_eq!(&text, &oracle);
            prop_assert_eq!((text.len(), text.is_empty(), text.is_full()), (oracle.len(), oracle.is_empty(), oracle.len() == N));
        }
        prop_assert!(is_valid(&text));
        prop_assert_eq!(String::from(text.clone()), oracle);
    }

    /// Whatever bytes there are: what is beyond the capacity counts as empty, and becomes a text again with the first change.
    #[test]
    fn length_beyond_the_capacity_is_the_empty_text(
        len in prop_oneof![N as u64 + 1..N as u64 + 9, any::<u64>().prop_filter("beyond", |len| *len > N as u64)],
        slots in any::<[u8; N]>(),
        operations in vec(operation(), 0..30),
    ) {
        let (mut text, mut oracle) = (ShmString::<N> { len, slots }, String::new());
        prop_assert!(!is_valid(&text));
        prop_assert_eq!(&text, "");
        for operation in operations {
            apply(operation, &mut text, &mut oracle);
            prop_assert_eq!(&text, &oracle);
        }
    }

    #[test]
    fn order_and_hash_are_those_of_str(one in text(), other in text()) {
        let (a, b) = (ShmString::<N>::try_from(one.clone()), ShmString::<24>::try_from(other.as_str()));
        let (a, b) = (a.expect("it fits"), b.expect("it fits"));
        prop_assert_eq!(a.partial_cmp(&b), one.partial_cmp(&other));
        prop_assert_eq!(a == b, one == other);
        let state = RandomState::new();
        prop_assert_eq!(state.hash_one(&a), state.hash_one(&one));
        prop_assert_eq!((a.to_string(), format!("{b:?}")), (one, format!("{other:?}")));
    }
}

#[test]
fn only_utf_8_inside_the_length_is_a_value() {
    let of = |len, slots| is_valid(&ShmString::<3> { len, slots });
    assert!(of(0, [0xFF; 3]) && of(1, [b'a', 0xFF, 0xFF]) && of(3, *b"abc") && of(3, [0xE2, 0x82, 0xAC]));
    assert!(!of(1, [0xFF, 0, 0]) && !of(2, [0xE2, 0x82, 0xAC]) && !of(4, *b"abc"));
    const { assert!(!ShmString::<3>::LAYOUT.accepts_every_pattern()) };
}

/// At every moment of a change that moves text, what a kill would leave behind is a text. A panic inside the condition is such a
/// moment.
#[test]
fn text_is_one_when_the_condition_panics() {
    for calls in 0..4 {
        let mut text = ShmString::<16>::try_from("€a🦀ß").expect("it fits");
        let mut asked = 0;
        let mut condition = |character| {
            assert!(asked < calls, "planned");
            asked += 1;
            character != '€'
        };
        let panicked = catch_unwind(AssertUnwindSafe(|| text.retain(&mut condition)));
        assert!(panicked.is_err() && is_valid(&text));
        assert_eq!(text, ["€a🦀ß", "", "a", "a🦀"][calls]);
    }
}

#[test]
fn places_inside_characters_and_behind_the_end_are_refused() {
    fn refuses(of: fn(&mut ShmString<8>)) {
        let mut text = ShmString::<8>::try_from("a€").expect("it fits");
        assert!(catch_unwind(AssertUnwindSafe(|| of(&mut text))).is_err());
        assert_eq!(text, "a€");
    }
    refuses(|text| text.truncate(2));
    refuses(|text| _ = text.insert(2, 'b'));
    refuses(|text| _ = text.insert(5, 'b'));
    refuses(|text| _ = text.insert_str(3, ""));
    refuses(|text| _ = text.remove(3));
    refuses(|text| _ = text.remove(4));
    refuses(|text| _ = text.remove(usize::MAX));
}

#[test]
fn what_does_not_fit_is_given_back() {
    let long = ShmString::<2>::try_from("abc".to_owned()).expect_err("too long");
    assert_eq!((long.capacity(), long.into_inner()), (2, "abc".to_owned()));
    assert!("abc".parse::<ShmString<2>>().is_err());
    assert!(ShmString::<2>::try_from('€').is_err());
    let mut text: ShmString<3> = "ab".parse().expect("it fits");
    assert!(write!(text, "{}", 12).is_err());
    assert_eq!(text, "ab");
    assert!(catch_unwind(AssertUnwindSafe(|| text.extend(["c", "d"]))).is_err());
    assert_eq!(text, "abc");
}

#[test]
fn map_finds_texts_by_str() {
    let mut map = ShmMap::<ShmString<8>, u32, 4>::new();
    map.insert("one".parse().expect("it fits"), 1).expect("it fits");
    assert_eq!((map.get("one"), map.get("two")), (Some(&1), None));
    let std: HashMap<ShmString<8>, u32> = map.into();
    assert_eq!(std.get("one"), Some(&1));
    let text: &str = std.keys().next().expect("one").borrow();
    assert!("one" == text);
}

#[test]
fn zeroes_are_empty_and_a_million_bytes_cost_nothing() {
    const { assert!(<ShmString<3> as PlacementDefault>::DEFAULT_IS_ZERO) };
    let text = create_shared::<ShmString<1_000_000>>().expect("created");
    assert_eq!((text.as_str(), text.capacity()), ("", 1_000_000));
}

#[test]
fn capacity_of_none_is_always_empty_and_full() {
    let mut text = ShmString::<0>::new();
    assert!(text.is_empty() && text.is_full() && text.push_str("").is_ok());
    assert!(text.push('a').is_err());
    assert_eq!(text.pop(), None);
}
