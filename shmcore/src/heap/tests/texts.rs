//! Strings and boxes, in the heap and in this process's own memory, against those of std.

use std::mem;

use proptest::collection::vec;
use proptest::prelude::*;

use super::content::Content;
use crate::heap::{Box, Heap, String, Vec};
use crate::{ShmHeap, ShmMutex, ShmOptions};

#[derive(Debug, Clone)]
enum OfString {
    PushStr(std::string::String),
    Push(char),
    Pop,
    Truncate(usize),
    Clear,
    Reserve(usize),
    ShrinkToFit,
    Free,
    /// With the one in this process's own memory.
    Swap,
    NextGeneration,
}

fn of_string() -> impl Strategy<Value = OfString> {
    use OfString as O;
    prop_oneof![
        4 => "[a-zäß→😀]{0,20}".prop_map(O::PushStr),
        3 => any::<char>().prop_map(O::Push),
        3 => Just(O::Pop),
        2 => (0_usize..60).prop_map(O::Truncate),
        1 => Just(O::Clear),
        1 => (0_usize..100).prop_map(O::Reserve),
        1 => Just(O::ShrinkToFit),
        1 => Just(O::Free),
        2 => Just(O::Swap),
        1 => Just(O::NextGeneration),
    ]
}

fn change_string(heap: &Heap, change: &OfString, text: &mut String, twin: &mut std::string::String) {
    use OfString as O;
    match *change {
        O::PushStr(ref more) => {
            text.push_str(heap, more).expect("room");
            twin.push_str(more);
        }
        O::Push(character) => {
            text.push(heap, character).expect("room");
            twin.push(character);
        }
        O::Pop => assert_eq!(text.pop(heap), Ok(twin.pop())),
        O::Truncate(len) if twin.is_char_boundary(len) => {
            text.truncate(heap, len).expect("bound");
            twin.truncate(len);
        }
        O::Clear => {
            text.clear(heap).expect("bound");
            twin.clear();
        }
        O::Reserve(additional) => {
            text.reserve(heap, additional).expect("room");
            assert!(text.capacity(heap).expect("bound") >= twin.len() + additional);
        }
        O::ShrinkToFit => text.shrink_to_fit(heap).expect("room"),
        O::Free => {
            text.free(heap).expect("bound");
            twin.clear();
        }
        O::Truncate(_) | O::Swap => {}
        O::NextGeneration => crate::region::note_torn(),
    }
}

#[derive(Debug, Clone)]
enum OfBox {
    Set(std::vec::Vec<u32>),
    /// One that was made in this process's own memory.
    SetOwn(std::vec::Vec<u32>),
    Push(u32),
    Take,
    Free,
    /// With the one in this process's own memory.
    Swap,
    NextGeneration,
}

fn of_box() -> impl Strategy<Value = OfBox> {
    use OfBox as O;
    let numbers = || vec(any::<u32>(), 0..30);
    prop_oneof![
        3 => numbers().prop_map(O::Set),
        3 => numbers().prop_map(O::SetOwn),
        5 => any::<u32>().prop_map(O::Push),
        2 => Just(O::Take),
        1 => Just(O::Free),
        2 => Just(O::Swap),
        1 => Just(O::NextGeneration),
    ]
}

type Boxed = Box<Vec<u32>>;
type Twin = Option<std::vec::Vec<u32>>;

fn change_box(heap: &Heap, change: &OfBox, boxed: &mut Boxed, twin: &mut Twin) {
    match change {
        OfBox::Set(numbers) => {
            boxed.set(heap, numbers.as_slice()).expect("room");
            *twin = Some(numbers.clone());
        }
        OfBox::SetOwn(numbers) => {
            let own = Vec::from_slice(heap, numbers).expect("room");
            boxed.set(heap, own).expect("room");
            *twin = Some(numbers.clone());
        }
        OfBox::Push(number) => {
            if let Some(vec) = boxed.get_mut(heap).expect("bound") {
                vec.push(heap, *number).expect("room");
            }
            if let Some(twin) = twin {
                twin.push(*number);
            }
        }
        OfBox::Take => {
            let taken = boxed.take(heap).expect("bound");
            assert_eq!(taken.is_some(), twin.is_some());
            if let (Some(mut taken), Some(twin)) = (taken, twin.take()) {
                assert_eq!(taken.as_slice(heap), Ok(twin.as_slice()));
                taken.free(heap).expect("bound");
            }
        }
        OfBox::Free => {
            boxed.free(heap).expect("bound");
            *twin = None;
        }
        OfBox::Swap => {}
        OfBox::NextGeneration => crate::region::note_torn(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// 60 cases of 300 changes on average.
    #[test]
    fn strings_do_what_those_of_std_do(changes in vec(of_string(), 200..400)) {
        let heap: ShmHeap<ShmMutex<String>> =
            ShmOptions::anonymous().create_heap(64 << 10).expect("created");
        let mut text = heap.root().lock().expect("in order");
        let mut own = String::new();
        let (mut twin, mut own_twin) = Default::default();
        for (number, change) in changes.iter().enumerate() {
            if matches!(change, OfString::Swap) {
                mem::swap(&mut *text, &mut own);
                mem::swap(&mut twin, &mut own_twin);
            }
            // Both are changed in turn.
            if number % 3 == 0 {
                change_string(&heap, change, &mut own, &mut own_twin);
            } else {
                change_string(&heap, change, &mut text, &mut twin);
            }
            prop_assert_eq!((text.as_str(&heap), own.as_str(&heap)), (Ok(&*twin), Ok(&*own_twin)));
            prop_assert_eq!((text.len(&heap), text.is_empty(&heap)), (Ok(twin.len()), Ok(twin.is_empty())));
        }
        let blocks = text.blocks(&heap).expect("bound") + own.blocks(&heap).expect("bound");
        prop_assert_eq!(heap.check().expect("in order").blocks, blocks);
        text.free(&heap).expect("bound");
        own.free(&heap).expect("bound");
        prop_assert_eq!(heap.used(), 0);
    }

    #[test]
    fn boxes_do_what_those_of_std_do(changes in vec(of_box(), 200..400)) {
        let heap: ShmHeap<ShmMutex<Boxed>> =
            ShmOptions::anonymous().create_heap(64 << 10).expect("created");
        let mut boxed = heap.root().lock().expect("in order");
        let mut own = Boxed::empty();
        let (mut twin, mut own_twin) = Default::default();
        for (number, change) in changes.iter().enumerate() {
            if matches!(change, OfBox::Swap) {
                mem::swap(&mut *boxed, &mut own);
                mem::swap(&mut twin, &mut own_twin);
            }
            if number % 3 == 0 {
                change_box(&heap, change, &mut own, &mut own_twin);
            } else {
                change_box(&heap, change, &mut boxed, &mut twin);
            }
            for (boxed, twin) in [(&*boxed, &twin), (&own, &own_twin)] {
                let vec = boxed.get(&heap).expect("bound");
                prop_assert_eq!(vec.map(|vec| vec.as_slice(&heap)), twin.as_deref().map(Ok));
                prop_assert_eq!(boxed.is_empty(), twin.is_none());
            }
        }
        let blocks = boxed.blocks(&heap).expect("bound") + own.blocks(&heap).expect("bound");
        prop_assert_eq!(heap.check().expect("in order").blocks, blocks);
        boxed.free(&heap).expect("bound");
        own.free(&heap).expect("bound");
        prop_assert_eq!(heap.used(), 0);
    }
}
