use std::collections::HashSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde::Deserialize;

use crate::fixed::Handle;
use crate::{ShmMutex, ShmOption, ShmSafe, ShmSlab, create_shared};

const N: usize = 6;

type Slab<T = i32> = ShmSlab<T, N>;

fn written(slab: &Slab) -> String {
    serde_json::to_string(slab).expect("written")
}

/// Why a text is no slab.
fn refused(text: &str) -> String {
    serde_json::from_str::<Slab>(text).expect_err("refused").to_string()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5000))]

    #[test]
    fn handles_find_what_they_found_and_none_comes_twice(changes in vec(any::<Result<i32, Index>>(), 0..60), written_after in any::<Index>()) {
        let mut slab = Slab::new();
        let mut returned: Vec<Handle<i32>> = Vec::new();
        let written_after = written_after.index(changes.len() + 1);
        for (number, change) in changes.iter().enumerate() {
            if number == written_after {
                let text = written(&slab);
                let read: Slab = serde_json::from_str(&text).expect("a slab");
                prop_assert_eq!(read.len(), slab.len());
                for &handle in &returned {
                    prop_assert_eq!(read.get(handle), slab.get(handle), "{:?} of {}", handle, text);
                }
                prop_assert!(read.iter().eq(&slab));
                prop_assert_eq!(written(&read), text);
                slab = read;
            }
            match change {
                Ok(value) => {
                    let is_full = slab.len() == N;
                    let inserted = slab.insert(*value);
                    prop_assert_eq!(inserted.is_err(), is_full);
                    returned.extend(inserted);
                }
                Err(which) if !returned.is_empty() => _ = slab.remove(*which.get(&returned)),
                Err(_) => {}
            }
        }
        prop_assert_eq!(returned.iter().collect::<HashSet<_>>().len(), returned.len());
    }

    /// Whatever it reads, it holds what is in the text, once, and is a slab that works.
    #[test]
    fn any_places_are_a_slab_or_an_error(
        values in vec(((0..8_u32, any::<u32>()), any::<i32>()), 0..5),
        vacant in vec((0..8_u32, any::<u32>()), 0..3),
        small in any::<bool>(),
    ) {
        let generation = |generation: u32| if small { generation % 4 } else { generation };
        let values: Vec<_> =
            values.into_iter().map(|((place, number), value)| ((place, generation(number) | 1), value)).collect();
        let vacant: Vec<_> =
            vacant.into_iter().map(|(place, number)| (place, generation(number) & !1)).collect();
        let text = serde_json::json!({"vacant": vacant, "values": values}).to_string();
        let Ok(mut slab) = serde_json::from_str::<Slab>(&text) else { return Ok(()) };
        prop_assert_eq!(slab.len(), values.len());
        for ((place, generation), value) in &values {
            let handle = Handle::from_bits(u64::from(*generation) << 32 | u64::from(*place));
            prop_assert_eq!(slab.get(handle), Some(value));
        }
        while !slab.is_full() {
            prop_assert!(slab.insert(7).is_ok());
        }
        prop_assert!(slab.insert(7).is_err() && slab.len() <= N);
    }
}

#[test]
fn slab_is_written_as_its_places() {
    let mut slab = Slab::new();
    let handles = [10, 20, 30].map(|value| slab.insert(value).expect("it fits"));
    slab.remove(handles[1]);
    assert_eq!(written(&slab), r#"{"values":[[[0,1],10],[[2,1],30]],"vacant":[[1,2]]}"#);
    let as_list = "[[[[0,1],10],[[2,1],30]],[[1,2]]]";
    assert_eq!(
        written(&serde_json::from_str(as_list).expect("as formats without names write it")),
        written(&slab)
    );
    let with_more = r#"{"vacant":[[1,2]],"more":5,"values":[[[2,1],30],[[0,1],10]]}"#;
    assert_eq!(written(&serde_json::from_str(with_more).expect("in another order")), written(&slab));
}

#[test]
fn values_refer_to_each_other_as_before() {
    #[derive(ShmSafe, serde::Serialize, serde::Deserialize)]
    #[repr(C)]
    struct Node {
        name: ShmOption<u8>,
        next: Handle<Self>,
    }
    let mut list = Slab::new();
    let removed = list.insert(Node { name: ShmOption::None, next: Handle::dangling() }).expect("it fits");
    let second = list.insert(Node { name: ShmOption::None, next: removed }).expect("it fits");
    let first = list.insert(Node { name: ShmOption::Some(1), next: second }).expect("it fits");
    list.remove(removed);
    let text = serde_json::to_string(&list).expect("written");

    let shared = create_shared::<ShmMutex<Slab<Node>>>().expect("created");
    let mut list = shared.lock().expect("nobody has died");
    list.insert(Node { name: ShmOption::None, next: first }).expect("it fits");
    Deserialize::deserialize_in_place(&mut serde_json::Deserializer::from_str(&text), &mut *list)
        .expect("read");
    assert_eq!(list.len(), 2);
    assert_eq!(list[first].name, Some(1));
    assert!(list[list[first].next].name.is_none());
    assert!(list.get(list[second].next).is_none());
}

#[test]
fn places_that_are_none_are_named() {
    for (text, why) in [
        (
            r#"{"values":[[[6,1],5]],"vacant":[]}"#,
            "Handle(6 of generation 1) in a slab of 6 places: there is no such place",
        ),
        (
            r#"{"values":[],"vacant":[[7,2]]}"#,
            "Handle(7 of generation 2) in a slab of 6 places: there is no such place",
        ),
        (r#"{"values":[[[5,2],5]],"vacant":[]}"#, "a value has an odd generation"),
        (r#"{"values":[],"vacant":[[5,1]]}"#, "a free place has an even generation"),
        (r#"{"values":[[[5,1],5],[[5,3],5]],"vacant":[]}"#, "its place comes twice"),
        (r#"{"values":[[[5,1],5]],"vacant":[[5,2]]}"#, "its place comes twice"),
        (r#"{"values":[]}"#, "missing field `vacant`"),
        (r#"{"values":[],"vacant":[],"values":[]}"#, "duplicate field `values`"),
        ("[[]]", "invalid length 1, expected a slab of at most 6 places"),
        ("5", "expected a slab of at most 6 places"),
        (r#"{"values":5}"#, "expected a sequence of at most 6 places of a slab"),
    ] {
        assert!(refused(text).contains(why), "{text}: {}", refused(text));
    }
}

#[test]
fn slab_that_was_read_in_part_has_what_came_before() {
    let mut slab = Slab::new();
    slab.insert(9).expect("it fits");
    let text = r#"{"values":[[[3,5],10],[[9,1],30]],"vacant":[]}"#;
    let read = Deserialize::deserialize_in_place(&mut serde_json::Deserializer::from_str(text), &mut slab);
    assert!(read.is_err());
    assert_eq!(written(&slab), r#"{"values":[[[3,5],10]],"vacant":[[0,0],[1,0],[2,0]]}"#);
    let next = slab.insert(5).expect("it fits");
    assert_eq!((next.index(), next.generation()), (0, 1));
}
