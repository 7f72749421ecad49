use std::collections::BTreeSet as Model;
use std::ops::Bound;

use super::BTreeSet;
use crate::heap::String;
use crate::{ShmMutex, ShmOptions};

fn text(number: u8) -> std::string::String {
    number.to_string() + &"x".repeat(usize::from(number))
}

#[test]
fn set_of_texts_is_that_of_std() {
    let heap = ShmOptions::anonymous().create_heap::<ShmMutex<BTreeSet<String>>>(256 << 10).expect("created");
    let mut set = heap.root().lock().expect("in order");
    let (mut model, mut random) = (Model::new(), fastrand::Rng::with_seed(4));
    let shown = |element: Option<&String>| element.map(|text| text.as_str(&heap).expect("bound").to_owned());
    let taken = |element: Option<String>| {
        element.map(|mut text| {
            let own = text.as_str(&heap).expect("bound").to_owned();
            text.free(&heap).expect("bound");
            own
        })
    };
    for _ in 0..5000 {
        let text = text(random.u8(..100));
        match random.u32(0..12) {
            // Half of them are made before, and freed if they are there already.
            0..3 => assert_eq!(set.insert(&heap, text.as_str()), Ok(model.insert(text.clone()))),
            3..6 => {
                let own = String::from_str(&heap, &text).expect("room");
                assert_eq!(set.insert(&heap, own).expect("room"), model.insert(text.clone()));
            }
            6 | 7 => assert_eq!(set.remove(&heap, text.as_str()), Ok(model.remove(&text))),
            8 => assert_eq!(taken(set.take(&heap, text.as_str()).expect("bound")), model.take(&text)),
            9 => assert_eq!(taken(set.pop_first(&heap).expect("bound")), model.pop_first()),
            10 => assert_eq!(taken(set.pop_last(&heap).expect("bound")), model.pop_last()),
            _ => {
                let bounds = (Bound::Excluded(text.as_str()), Bound::Unbounded);
                let range = set.range::<str, _>(&heap, bounds).expect("bound");
                let theirs = model.range::<str, _>(bounds);
                assert!(range.clone().map(|text| text.as_str(&heap).expect("bound")).eq(theirs.clone()));
                assert!(range.rev().map(|text| text.as_str(&heap).expect("bound")).eq(theirs.rev()));
            }
        }
        assert_eq!(set.contains(&heap, text.as_str()), Ok(model.contains(&text)));
        assert_eq!(shown(set.get(&heap, text.as_str()).expect("bound")), model.get(&text).cloned());
        assert_eq!(shown(set.first(&heap).expect("bound")), model.first().cloned());
        assert_eq!(shown(set.last(&heap).expect("bound")), model.last().cloned());
        assert_eq!(set.iter(&heap).expect("bound").len(), model.len());
        assert_eq!((set.len(&heap), set.is_empty(&heap)), (Ok(model.len()), Ok(model.is_empty())));
    }
    set.clear(&heap).expect("bound");
    assert_eq!(heap.check().expect("in order").blocks, 0);
}

#[test]
fn element_that_does_not_fit_comes_back() {
    let heap =
        ShmOptions::anonymous().create_heap::<ShmMutex<BTreeSet<[u8; 100]>>>(8 << 10).expect("created");
    let mut set = heap.root().lock().expect("in order");
    let full = (0..).find_map(|number| set.insert(&heap, [number; 100]).err()).expect("it is full");
    assert_eq!(full.into_inner()[0] as usize, set.len(&heap).expect("bound"));
    assert_eq!(format!("{:?}", *set), "BTreeSet { is_empty: false, .. }");
}
