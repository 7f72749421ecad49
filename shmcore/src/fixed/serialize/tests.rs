use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt::Debug;
use std::hash::Hash;
use std::time::Duration;

use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::de::value::{BytesDeserializer, Error as ValueError};
use serde::{Deserialize, Serialize};

use crate::{ShmDeque, ShmDuration, ShmMap, ShmOption, ShmSet, ShmString, ShmVec, create_shared_init};

const N: usize = 6;

/// Reads `text` as both types; returns what the first one is, if the text is one.
#[track_caller]
fn read<T: DeserializeOwned, Std: DeserializeOwned + Debug>(text: &str, is_too_much: bool) -> Option<T> {
    let read = serde_json::from_str::<T>(text);
    assert!(serde_json::from_str::<Std>(text).is_ok(), "{text}");
    match read {
        Ok(read) => {
            assert!(!is_too_much, "{text} does not fit");
            Some(read)
        }
        Err(error) => {
            assert!(is_too_much, "{error}: {text}");
            let message = error.to_string();
            assert!(
                message.starts_with(&format!("the container is full: it holds at most {N}")),
                "{message}"
            );
            None
        }
    }
}

fn written(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("written")
}

/// What std's deserialiser makes of what ours has written.
fn std_of<Std: DeserializeOwned>(value: &impl Serialize) -> Std {
    serde_json::from_str(&written(value)).expect("as std's")
}

fn std_set<T: DeserializeOwned + Eq + Hash>(value: &impl Serialize) -> HashSet<T> {
    std_of(value)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn sequences_are_those_of_std(elements in vec(any::<Option<i32>>(), 0..10)) {
        let too_much = elements.len() > N;
        let text = written(&elements);
        let options: Vec<ShmOption<i32>> = elements.iter().copied().map(ShmOption::from).collect();
        if let Some(list) = read::<ShmVec<ShmOption<i32>, N>, Vec<Option<i32>>>(&text, too_much) {
            prop_assert_eq!(&list, &options);
            prop_assert_eq!(written(&list), text.clone());
        }
        if let Some(queue) = read::<ShmDeque<ShmOption<i32>, N>, VecDeque<Option<i32>>>(&text, too_much) {
            prop_assert!(queue.iter().eq(&options));
            prop_assert_eq!(written(&queue), text);
        }
    }

    #[test]
    fn sets_are_those_of_std(elements in btree_set(any::<u8>(), 0..10)) {
        let too_much = elements.len() > N;
        if let Some(set) = read::<ShmSet<u8, N>, BTreeSet<u8>>(&written(&elements), too_much) {
            prop_assert_eq!(std_set::<u8>(&set), elements.into_iter().collect());
        }
    }

    #[test]
    fn maps_are_those_of_std(entries in btree_map(any::<u8>(), any::<i16>(), 0..10)) {
        let too_much = entries.len() > N;
        if let Some(map) = read::<ShmMap<u8, i16, N>, BTreeMap<u8, i16>>(&written(&entries), too_much) {
            prop_assert_eq!(std_of::<BTreeMap<u8, i16>>(&map), entries.clone());
            prop_assert_eq!(HashMap::<u8, i16>::from(map), entries.into_iter().collect());
        }
    }

    #[test]
    fn strings_are_those_of_std(text in "[aß€😀\"\\\\\n]{0,5}") {
        let too_much = text.len() > N;
        if let Some(string) = read::<ShmString<N>, String>(&written(&text), too_much) {
            prop_assert_eq!(string.as_str(), text.as_str());
            prop_assert_eq!(written(&string), written(&text));
        }
    }

    #[test]
    fn durations_are_those_of_std(secs in any::<u64>(), nanos in 0..1_000_000_000_u32) {
        let oracle = Duration::new(secs, nanos);
        let text = written(&oracle);
        let duration: ShmDuration = serde_json::from_str(&text).expect("one");
        prop_assert_eq!(duration, oracle);
        prop_assert_eq!(written(&duration), text);
    }
}

#[test]
fn entry_that_comes_twice_is_the_last_one_and_takes_one_place() {
    let map: ShmMap<u8, u8, 1> = serde_json::from_str(r#"{"1": 2, "1": 3}"#).expect("one entry");
    assert_eq!(map.get(&1), Some(&3));
    let set: ShmSet<u8, 1> = serde_json::from_str("[4, 4]").expect("one element");
    assert!(set.contains(&4));
}

#[test]
fn what_is_of_another_kind_is_told_what_was_expected() {
    fn told<T: DeserializeOwned>(text: &str) -> String {
        serde_json::from_str::<T>(text).map(drop).expect_err("refused").to_string()
    }
    assert!(told::<ShmVec<u8, 2>>("{}").contains("expected a sequence of at most 2 elements"));
    assert!(told::<ShmMap<u8, u8, 3>>("[]").contains("expected a map of at most 3 entries"));
    assert!(told::<ShmString<4>>("5").contains("expected a string of at most 4 bytes"));
    assert!(
        told::<ShmDuration>(r#"{"secs": 18446744073709551615, "nanos": 1000000000}"#).contains("overflow")
    );
    assert!(told::<ShmVec<u8, 0>>("[1]").contains("it holds at most 0"));
}

#[test]
fn bytes_are_a_string_if_they_are_utf_8() {
    let of = |bytes| ShmString::<4>::deserialize(BytesDeserializer::<ValueError>::new(bytes));
    assert_eq!(of("äb".as_bytes()).expect("a string"), "äb");
    assert!(of(&[0xff]).is_err());
    assert!(of(b"abcde").is_err());
}

/// One that is made on a stack of two mebibytes, as that of a test is, and moved would end the process.
#[test]
fn large_container_is_filled_where_it_lies() {
    let values: Vec<u32> = (0..100_000).collect();
    let text = serde_json::to_string(&values).expect("written");
    let list = create_shared_init::<ShmVec<u32, 4_000_000>>(|list| {
        let mut deserializer = serde_json::Deserializer::from_str(&text);
        Deserialize::deserialize_in_place(&mut deserializer, list).expect("read");
    });
    assert_eq!(*list.expect("created"), values);
}

#[test]
fn container_in_its_place_has_what_was_read_and_nothing_of_before() {
    fn fill<C: Deserialize<'static>>(place: &mut C, text: &'static str) -> bool {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        Deserialize::deserialize_in_place(&mut deserializer, place).is_ok()
    }
    let mut list = ShmVec::<u8, 2>::try_from([9, 9]).expect("they fit");
    assert!(fill(&mut list, "[1]") && list == [1]);
    assert!(!fill(&mut list, "[1, 2, 3]") && list == [1, 2]);
    let mut map = ShmMap::<u8, u8, 2>::new();
    map.insert(7, 7).expect("it fits");
    assert!(fill(&mut map, r#"{"1": 2}"#) && map.iter().eq([(&1, &2)]));
    let mut text = ShmString::<4>::try_from("abcd").expect("it fits");
    assert!(fill(&mut text, r#""xy""#) && text == "xy");
}
