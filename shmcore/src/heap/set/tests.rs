use std::collections::HashSet as Model;

use proptest::collection::vec;
use proptest::prelude::*;

use super::HashSet;
use crate::heap::{HeapError, String};
use crate::{ShmHeap, ShmMutex, ShmOptions};

#[derive(Debug, Clone)]
enum Operation {
    Insert(u8),
    Remove(u8),
    Take(u8),
    Look(u8),
    RetainShort,
    Drain(usize),
    Clear,
    Free,
    Reserve(usize),
    ShrinkToFit,
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation as O;
    let element = || 0_u8..60;
    prop_oneof![
        24 => element().prop_map(O::Insert),
        8 => element().prop_map(O::Remove),
        4 => element().prop_map(O::Take),
        8 => element().prop_map(O::Look),
        1 => Just(O::RetainShort),
        1 => (0_usize..20).prop_map(O::Drain),
        1 => prop_oneof![Just(O::Clear), Just(O::Free)],
        1 => (0_usize..40).prop_map(O::Reserve),
        1 => Just(O::ShrinkToFit),
    ]
}

type Std = std::string::String;
type Texts = ShmHeap<ShmMutex<HashSet<String>>>;

fn text(number: u8) -> Std {
    "x".repeat(usize::from(number)) + &number.to_string()
}

fn apply(operation: &Operation, heap: &Texts, model: &mut Model<Std>) -> Result<(), HeapError> {
    use Operation as O;
    let mut set = heap.root().lock().expect("in order");
    match *operation {
        O::Insert(number) => {
            // Half of them are made before, and freed if they are there already.
            let is_new = if number % 2 == 0 {
                set.insert(heap, text(number).as_str())?
            } else {
                set.insert(heap, String::from_str(heap, &text(number))?)?
            };
            assert_eq!(is_new, model.insert(text(number)));
        }
        O::Remove(number) => {
            assert_eq!(set.remove(heap, text(number).as_str())?, model.remove(&text(number)));
        }
        O::Take(number) => {
            let taken = match set.take(heap, text(number).as_str())? {
                Some(mut taken) => {
                    let contents = taken.as_str(heap)?.to_owned();
                    taken.free(heap)?;
                    Some(contents)
                }
                None => None,
            };
            assert_eq!(taken, model.take(&text(number)));
        }
        O::Look(number) => {
            let wanted = text(number);
            let view = set.view(heap)?;
            assert_eq!(set.contains(heap, wanted.as_str())?, model.contains(&wanted));
            assert_eq!(view.contains(wanted.as_str())?, model.contains(&wanted));
            for found in [set.get(heap, wanted.as_str())?, view.get(wanted.as_str())?] {
                let found = found.map(|found| found.as_str(heap)).transpose()?;
                assert_eq!(found, model.get(&wanted).map(Std::as_str));
            }
        }
        O::RetainShort => {
            set.retain(heap, |element| element.as_str(heap).is_ok_and(|text| text.len() < 20))?;
            model.retain(|text| text.len() < 20);
        }
        O::Drain(count) => {
            for element in set.drain(heap)?.take(count) {
                let mut element = element?;
                assert!(model.remove(element.as_str(heap)?));
                element.free(heap)?;
            }
            model.clear();
        }
        O::Clear => {
            set.clear(heap)?;
            model.clear();
        }
        O::Free => {
            set.free(heap)?;
            model.clear();
            assert_eq!(heap.used(), 0);
        }
        O::Reserve(additional) => {
            set.reserve(heap, additional)?;
            assert!(set.capacity(heap)? >= model.len() + additional);
        }
        O::ShrinkToFit => set.shrink_to_fit(heap)?,
    }
    let view = set.view(heap)?;
    assert_eq!((set.len(heap)?, set.is_empty(heap)?), (model.len(), model.is_empty()));
    assert_eq!(
        (view.len(), view.is_empty(), view.iter().len()),
        (model.len(), model.is_empty(), model.len())
    );
    for elements in [set.iter(heap)?, view.iter()] {
        let elements = elements.map(|element| element.as_str(heap).map(str::to_owned));
        assert_eq!(elements.collect::<Result<Model<_>, _>>()?, *model);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn set_is_that_of_std(operations in vec(operation(), 0..250)) {
        let heap: Texts = ShmOptions::anonymous().create_heap(1 << 20).expect("created");
        let mut model = Model::new();
        for operation in &operations {
            apply(operation, &heap, &mut model).expect("room");
        }
        heap.check().expect("in order");
        heap.root().lock().expect("in order").free(&heap).expect("freed");
        prop_assert_eq!(heap.used(), 0);
    }
}

#[test]
fn element_that_does_not_fit_comes_back() {
    let heap = ShmOptions::anonymous().create_heap::<ShmMutex<HashSet<String>>>(4096).expect("created");
    let mut set = heap.root().lock().expect("in order");
    let long = "x".repeat(10_000);
    let full = set.insert(&heap, long.as_str()).expect_err("no room");
    assert!(matches!(full.error(), HeapError::OutOfMemory { .. }));
    assert_eq!(full.into_inner(), long);
    assert!(set.is_empty(&heap).expect("bound"));
}

#[test]
fn set_and_its_parts_can_be_printed() {
    let heap = ShmOptions::anonymous().create_heap::<ShmMutex<HashSet<u8>>>(4096).expect("created");
    let mut set = heap.root().lock().expect("in order");
    assert_eq!(format!("{:?}", *set), "HashSet { is_empty: true, .. }");
    set.insert(&heap, 5).expect("room");
    assert_eq!(format!("{:?}", *set), "HashSet { is_empty: false, .. }");
    assert_eq!(format!("{:?}", set.view(&heap).expect("bound")), "{5}");
    assert_eq!(format!("{:?}", set.iter(&heap).expect("bound")), "Iter { left: 1, .. }");
    assert_eq!(format!("{:?}", set.drain(&heap).expect("bound")), "Drain { left: 1, .. }");
}
