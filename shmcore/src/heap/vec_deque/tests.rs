use std::collections::VecDeque as Model;

use proptest::collection::vec;
use proptest::prelude::*;

use super::VecDeque;
use crate::heap::{HeapError, String, Vec};
use crate::{ShmHeap, ShmMutex, ShmOptions, ShmSafe};

#[derive(Debug, Clone)]
enum Operation {
    PushBack(u32),
    PushFront(u32),
    PopBack,
    PopFront,
    Get(usize),
    SetEnds(u32),
    AddToAll(u32),
    Truncate(usize),
    Extend(std::vec::Vec<u32>),
    Clear,
    Free,
    Reserve(usize),
    ShrinkToFit,
    NewGeneration,
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation as O;
    prop_oneof![
        8 => any::<u32>().prop_map(O::PushBack),
        8 => any::<u32>().prop_map(O::PushFront),
        6 => Just(O::PopBack),
        6 => Just(O::PopFront),
        4 => (0_usize..40).prop_map(O::Get),
        2 => any::<u32>().prop_map(O::SetEnds),
        1 => any::<u32>().prop_map(O::AddToAll),
        1 => (0_usize..40).prop_map(O::Truncate),
        2 => vec(any::<u32>(), 0..20).prop_map(O::Extend),
        1 => prop_oneof![Just(O::Clear), Just(O::Free)],
        1 => (0_usize..40).prop_map(O::Reserve),
        2 => Just(O::ShrinkToFit),
        1 => Just(O::NewGeneration),
    ]
}

/// Elements of a queue: numbers, or what has them in the heap.
trait Sample: ShmSafe {
    fn of(heap: &ShmHeap<ShmMutex<VecDeque<Self>>>, number: u32) -> Self;
    fn number(&self, heap: &ShmHeap<ShmMutex<VecDeque<Self>>>) -> u32;
    fn set(&mut self, heap: &ShmHeap<ShmMutex<VecDeque<Self>>>, number: u32);
    fn free(self, heap: &ShmHeap<ShmMutex<VecDeque<Self>>>);
}

impl Sample for u32 {
    fn of(_: &ShmHeap<ShmMutex<VecDeque<Self>>>, number: u32) -> Self {
        number
    }
    fn number(&self, _: &ShmHeap<ShmMutex<VecDeque<Self>>>) -> u32 {
        *self
    }
    fn set(&mut self, _: &ShmHeap<ShmMutex<VecDeque<Self>>>, number: u32) {
        *self = number;
    }
    fn free(self, _: &ShmHeap<ShmMutex<VecDeque<Self>>>) {}
}

impl Sample for Vec<u32> {
    fn of(heap: &ShmHeap<ShmMutex<VecDeque<Self>>>, number: u32) -> Self {
        Self::from_slice(heap, &[number]).expect("room")
    }
    fn number(&self, heap: &ShmHeap<ShmMutex<VecDeque<Self>>>) -> u32 {
        self.as_slice(heap).expect("bound")[0]
    }
    fn set(&mut self, heap: &ShmHeap<ShmMutex<VecDeque<Self>>>, number: u32) {
        self.as_mut_slice(heap).expect("bound")[0] = number;
    }
    fn free(mut self, heap: &ShmHeap<ShmMutex<VecDeque<Self>>>) {
        Vec::free(&mut self, heap).expect("bound");
    }
}

fn apply<T: Sample>(
    operation: &Operation,
    heap: &ShmHeap<ShmMutex<VecDeque<T>>>,
    model: &mut Model<u32>,
) -> Result<(), HeapError> {
    use Operation as O;
    let mut queue = heap.root().lock().expect("in order");
    let taken = |popped: Option<T>| {
        popped.map(|element| {
            let number = element.number(heap);
            element.free(heap);
            number
        })
    };
    let shown = |element: Option<&T>| element.map(|element| element.number(heap));
    match *operation {
        O::PushBack(number) => {
            queue.push_back(heap, T::of(heap, number))?;
            model.push_back(number);
        }
        O::PushFront(number) => {
            queue.push_front(heap, T::of(heap, number))?;
            model.push_front(number);
        }
        O::PopBack => assert_eq!(taken(queue.pop_back(heap)?), model.pop_back()),
        O::PopFront => assert_eq!(taken(queue.pop_front(heap)?), model.pop_front()),
        O::Get(index) => {
            assert_eq!(shown(queue.get(heap, index)?), model.get(index).copied());
            assert_eq!(shown(queue.front(heap)?), model.front().copied());
            assert_eq!(shown(queue.back(heap)?), model.back().copied());
        }
        O::SetEnds(number) => {
            if let (Some(element), Some(old)) = (queue.front_mut(heap)?, model.front_mut()) {
                element.set(heap, number);
                *old = number;
            }
            if let (Some(element), Some(old)) = (queue.back_mut(heap)?, model.back_mut()) {
                element.set(heap, number ^ 1);
                *old = number ^ 1;
            }
        }
        O::AddToAll(number) => {
            for (element, old) in queue.iter_mut(heap)?.zip(model.iter_mut()) {
                *old = old.wrapping_add(number);
                element.set(heap, *old);
            }
        }
        O::Truncate(len) => {
            queue.truncate(heap, len)?;
            model.truncate(len);
        }
        O::Extend(ref numbers) => {
            queue.extend(heap, numbers.iter().map(|&number| T::of(heap, number)))?;
            model.extend(numbers);
        }
        O::Clear => {
            queue.clear(heap)?;
            model.clear();
        }
        O::Free => {
            queue.free(heap)?;
            model.clear();
            assert_eq!(heap.used(), 0);
        }
        O::Reserve(additional) => {
            queue.reserve(heap, additional)?;
            assert!(queue.capacity(heap)? >= model.len() + additional);
        }
        O::ShrinkToFit => {
            queue.shrink_to_fit(heap)?;
            assert!(queue.capacity(heap)? <= 4 * model.len().next_power_of_two());
        }
        O::NewGeneration => crate::region::note_torn(),
    }
    assert_eq!((queue.len(heap)?, queue.is_empty(heap)?), (model.len(), model.is_empty()));
    assert!(queue.iter(heap)?.map(|element| element.number(heap)).eq(model.iter().copied()));
    assert!(queue.iter(heap)?.rev().map(|element| element.number(heap)).eq(model.iter().rev().copied()));
    let (front, back) = queue.as_slices(heap)?;
    assert_eq!(front.len() + back.len(), model.len());
    Ok(())
}

fn compare<T: Sample>(operations: &[Operation]) {
    let heap = ShmOptions::anonymous().create_heap::<ShmMutex<VecDeque<T>>>(1 << 20).expect("created");
    let mut model = Model::new();
    for operation in operations {
        apply(operation, &heap, &mut model).expect("room");
    }
    heap.check().expect("in order");
    heap.root().lock().expect("in order").free(&heap).expect("freed");
    assert_eq!(heap.check().expect("in order").used, 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn queue_of_numbers_is_that_of_std(operations in vec(operation(), 0..200)) {
        compare::<u32>(&operations);
    }

    #[test]
    fn queue_of_owners_is_that_of_std(operations in vec(operation(), 0..200)) {
        compare::<Vec<u32>>(&operations);
    }
}

#[test]
fn queue_that_moves_for_ever_does_not_grow() {
    let heap = ShmOptions::anonymous().create_heap::<ShmMutex<VecDeque<u32>>>(4096).expect("created");
    let mut queue = heap.root().lock().expect("in order");
    for number in 0..7 {
        queue.push_back(&heap, number).expect("room");
    }
    for number in 7..100_000 {
        queue.push_back(&heap, number).expect("room");
        assert_eq!(queue.pop_front(&heap), Ok(Some(number - 7)));
    }
    for number in (0..100_000).rev() {
        queue.push_front(&heap, number).expect("room");
        queue.pop_back(&heap).expect("bound").expect("one");
    }
    assert_eq!(queue.capacity(&heap), Ok(8));
}

#[test]
fn element_that_does_not_fit_comes_back() {
    let heap = ShmOptions::anonymous().create_heap::<ShmMutex<VecDeque<[u8; 1000]>>>(4096).expect("created");
    let mut queue = heap.root().lock().expect("in order");
    let full = loop {
        if let Err(full) = queue.push_front(&heap, [7; 1000]) {
            break full;
        }
    };
    assert!(matches!(full.error(), HeapError::OutOfMemory { .. }));
    assert_eq!(full.into_inner(), [7; 1000]);
    assert!(matches!(queue.reserve(&heap, usize::MAX), Err(HeapError::OutOfMemory { .. })));
    assert!(queue.len(&heap).expect("bound") >= 1);
}

#[test]
fn elements_without_size_are_counted() {
    let heap = ShmOptions::anonymous().create_heap::<ShmMutex<VecDeque<()>>>(4096).expect("created");
    let mut queue = heap.root().lock().expect("in order");
    for _ in 0..10_000 {
        queue.push_front(&heap, ()).expect("room");
    }
    assert_eq!(queue.pop_back(&heap), Ok(Some(())));
    assert_eq!(queue.iter(&heap).expect("bound").count(), 9_999);
    queue.shrink_to_fit(&heap).expect("room");
    queue.free(&heap).expect("bound");
    assert_eq!(heap.used(), 0);
}

#[test]
fn queue_can_be_printed() {
    let heap = ShmOptions::anonymous().create_heap::<ShmMutex<VecDeque<String>>>(4096).expect("created");
    let mut queue = heap.root().lock().expect("in order");
    assert_eq!(format!("{:?}", *queue), "VecDeque { is_empty: true, .. }");
    queue.push_back(&heap, "text").expect("room");
    assert_eq!(format!("{:?}", *queue), "VecDeque { is_empty: false, .. }");
}
