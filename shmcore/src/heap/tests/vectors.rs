//! Vectors that lie in the root, in another vector and in this process's own memory, and are moved between them, against those of
//! std.

use std::mem;

use proptest::collection::vec;
use proptest::prelude::*;

use super::content::Content;
use crate::heap::{Heap, String, Vec};
use crate::{PlacementDefault, ShmHeap, ShmMutex, ShmOptions, ShmSafe};

/// An element that is made of a number, and its twin.
trait Element: Content {
    type Twin: Clone + PartialEq + std::fmt::Debug;

    fn twin(number: u8) -> Self::Twin;
    fn new(heap: &Heap, number: u8) -> Self;
    fn to_twin(&self, heap: &Heap) -> Self::Twin;
    /// Puts one in at the end, made in place if that is possible.
    fn push_to(vec: &mut Vec<Self>, heap: &Heap, number: u8);
    /// Puts several in at once, if that is possible.
    fn extend(vec: &mut Vec<Self>, heap: &Heap, numbers: &[u8]);
}

impl Element for u32 {
    type Twin = Self;

    fn twin(number: u8) -> Self {
        number.into()
    }

    fn new(_: &Heap, number: u8) -> Self {
        number.into()
    }

    fn to_twin(&self, _: &Heap) -> Self {
        *self
    }

    fn push_to(vec: &mut Vec<Self>, heap: &Heap, number: u8) {
        vec.push(heap, Self::from(number)).expect("room");
    }

    fn extend(vec: &mut Vec<Self>, heap: &Heap, numbers: &[u8]) {
        let numbers: std::vec::Vec<_> = numbers.iter().copied().map(Self::from).collect();
        vec.extend_from_slice(heap, &numbers).expect("room");
    }
}

impl Element for String {
    type Twin = std::string::String;

    /// Some are empty, and own nothing.
    fn twin(number: u8) -> Self::Twin {
        "ö".repeat(usize::from(number % 40))
    }

    fn new(heap: &Heap, number: u8) -> Self {
        Self::from_str(heap, &Self::twin(number)).expect("room")
    }

    fn to_twin(&self, heap: &Heap) -> Self::Twin {
        self.as_str(heap).expect("bound").to_owned()
    }

    fn push_to(vec: &mut Vec<Self>, heap: &Heap, number: u8) {
        vec.push(heap, &Self::twin(number)).expect("room");
    }

    fn extend(vec: &mut Vec<Self>, heap: &Heap, numbers: &[u8]) {
        for &number in numbers {
            Self::push_to(vec, heap, number);
        }
    }
}

#[derive(Debug, Clone)]
enum Change {
    Push(u8),
    PushOwn(u8),
    Pop,
    Insert(usize, u8),
    Remove(usize),
    SwapRemove(usize),
    Truncate(usize),
    /// Those that a bit says.
    Retain(u64),
    Clear,
    Extend(std::vec::Vec<u8>),
    /// Through one view: pushes, and pops.
    View(std::vec::Vec<u8>, usize),
    Reserve(usize),
    ShrinkToFit,
    Free,
}

#[derive(Debug, Clone)]
enum Step {
    /// Of the vector at a place.
    Change(usize, Change),
    /// By `mem::take`, after the target was freed.
    Take(usize, usize),
    /// By assignments.
    Swap(usize, usize),
    /// Into the vector of vectors.
    Push(usize),
    /// And out of it.
    Pop(usize),
    /// What may have made copies of containers.
    NextGeneration,
}

/// The two in the root, three in this process's own memory, and those in the vector of vectors.
const PLACES: usize = 9;

fn change() -> impl Strategy<Value = Change> {
    use Change as C;
    let index = || 0_usize..40;
    prop_oneof![
        4 => any::<u8>().prop_map(C::Push),
        3 => any::<u8>().prop_map(C::PushOwn),
        3 => Just(C::Pop),
        4 => (index(), any::<u8>()).prop_map(|(index, number)| C::Insert(index, number)),
        3 => index().prop_map(C::Remove),
        3 => index().prop_map(C::SwapRemove),
        2 => index().prop_map(C::Truncate),
        3 => any::<u64>().prop_map(C::Retain),
        1 => Just(C::Clear),
        4 => vec(any::<u8>(), 0..12).prop_map(C::Extend),
        3 => (vec(any::<u8>(), 0..12), 0_usize..6).prop_map(|(numbers, pops)| C::View(numbers, pops)),
        1 => index().prop_map(C::Reserve),
        1 => Just(C::ShrinkToFit),
        1 => Just(C::Free),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let place = || 0..PLACES;
    prop_oneof![
        30 => (place(), change()).prop_map(|(place, change)| Step::Change(place, change)),
        3 => (place(), place()).prop_map(|(from, to)| Step::Take(from, to)),
        3 => (place(), place()).prop_map(|(one, other)| Step::Swap(one, other)),
        3 => place().prop_map(Step::Push),
        2 => place().prop_map(Step::Pop),
        1 => Just(Step::NextGeneration),
    ]
}

#[derive(ShmSafe)]
#[repr(C)]
#[shm(crate = "crate")]
struct Root<T: ShmSafe> {
    vectors: [Vec<T>; 2],
    nested: Vec<Vec<T>>,
}

/// All vectors, and their twins.
struct World<'a, T: Element> {
    heap: &'a Heap,
    root: &'a mut Root<T>,
    own: [Vec<T>; 3],
    twins: [std::vec::Vec<T::Twin>; 5],
    nested: std::vec::Vec<std::vec::Vec<T::Twin>>,
}

impl<T: Element> World<'_, T> {
    /// The vector at a place, and its twin; `None` if there are not so many in the vector of vectors.
    fn at(&mut self, place: usize) -> Option<(&mut Vec<T>, &mut std::vec::Vec<T::Twin>)> {
        Some(match place {
            0..2 => (&mut self.root.vectors[place], &mut self.twins[place]),
            2..5 => (&mut self.own[place - 2], &mut self.twins[place]),
            _ => {
                let nested = self.root.nested.get_mut(self.heap, place - 5).expect("bound");
                (nested?, &mut self.nested[place - 5])
            }
        })
    }

    fn step(&mut self, step: &Step) {
        let heap = self.heap;
        match *step {
            Step::Change(place, ref change) => {
                if let Some((vec, twin)) = self.at(place) {
                    apply(heap, change, vec, twin);
                }
            }
            Step::Take(from, to) => self.take(from, to),
            Step::Swap(one, other) if one != other => {
                let Some((vec, twin)) = self.at(other) else { return };
                let (taken, taken_twin) = (mem::take(vec), mem::take(twin));
                let Some((vec, twin)) = self.at(one) else {
                    // Put back.
                    if let Some((vec, twin)) = self.at(other) {
                        (*vec, *twin) = (taken, taken_twin);
                    }
                    return;
                };
                let (first, first_twin) = (mem::replace(vec, taken), mem::replace(twin, taken_twin));
                if let Some((vec, twin)) = self.at(other) {
                    (*vec, *twin) = (first, first_twin);
                }
            }
            Step::Push(place @ 0..5) => {
                let Some((vec, twin)) = self.at(place) else { return };
                let (vec, twin) = (mem::take(vec), mem::take(twin));
                self.root.nested.push(heap, vec).expect("room");
                self.nested.push(twin);
            }
            Step::Pop(place @ 0..5) => {
                let Some(popped) = self.root.nested.pop(heap).expect("bound") else { return };
                let popped_twin = self.nested.pop().expect("as many");
                if let Some((vec, twin)) = self.at(place) {
                    vec.free(heap).expect("bound");
                    (*vec, *twin) = (popped, popped_twin);
                }
            }
            Step::NextGeneration => crate::region::note_torn(),
            Step::Swap(..) | Step::Push(_) | Step::Pop(_) => {}
        }
    }

    fn take(&mut self, from: usize, to: usize) {
        let heap = self.heap;
        if from == to || self.at(to).is_none() {
            return;
        }
        let Some((vec, twin)) = self.at(from) else { return };
        let (taken, taken_twin) = (mem::take(vec), mem::take(twin));
        if let Some((vec, twin)) = self.at(to) {
            vec.free(heap).expect("bound");
            (*vec, *twin) = (taken, taken_twin);
        }
    }

    /// Compares all, and counts the blocks.
    fn compare(&mut self) {
        let heap = self.heap;
        let own = self.own.iter().map(|vec| vec.blocks(heap).expect("bound"));
        let mut blocks: usize = own.sum::<usize>() + self.root.nested.blocks(heap).expect("bound");
        for place in 0..PLACES {
            let Some((vec, twin)) = self.at(place) else { continue };
            let elements = vec.iter(heap).expect("bound").map(|element| element.to_twin(heap));
            assert!(elements.eq(twin.iter().cloned()), "at {place}: not {twin:?}");
            assert_eq!(vec.is_empty(heap), Ok(twin.is_empty()));
            if place < 2 {
                blocks += vec.blocks(heap).expect("bound");
            }
        }
        assert_eq!(self.root.nested.len(heap), Ok(self.nested.len()));
        let census = heap.check().expect("in order");
        assert_eq!((census.blocks, census.used), (blocks, heap.used()));
    }
}

/// Does the same to both.
fn apply<T: Element>(heap: &Heap, change: &Change, vec: &mut Vec<T>, twin: &mut std::vec::Vec<T::Twin>) {
    use Change as C;
    let mut gone = None;
    match *change {
        C::Push(number) => {
            T::push_to(vec, heap, number);
            twin.push(T::twin(number));
        }
        C::PushOwn(number) => {
            let own = T::new(heap, number);
            vec.push(heap, own).expect("room");
            twin.push(T::twin(number));
        }
        C::Pop => {
            gone = vec.pop(heap).expect("bound");
            assert_eq!(gone.as_ref().map(|gone| gone.to_twin(heap)), twin.pop());
        }
        C::Insert(index, number) if index <= twin.len() => {
            vec.insert(heap, index, T::new(heap, number)).expect("room");
            twin.insert(index, T::twin(number));
        }
        C::Remove(index) if index < twin.len() => {
            gone = Some(vec.remove(heap, index).expect("bound"));
            assert_eq!(gone.as_ref().map(|gone| gone.to_twin(heap)), Some(twin.remove(index)));
        }
        C::SwapRemove(index) if index < twin.len() => {
            gone = Some(vec.swap_remove(heap, index).expect("bound"));
            assert_eq!(gone.as_ref().map(|gone| gone.to_twin(heap)), Some(twin.swap_remove(index)));
        }
        C::Truncate(len) => {
            vec.truncate(heap, len).expect("bound");
            twin.truncate(len);
        }
        C::Retain(bits) => {
            let keep = |index: &mut u32| {
                *index += 1;
                bits >> (*index % 64) & 1 == 1
            };
            let (mut index, mut of_twin) = (0, 0);
            vec.retain(heap, |_| keep(&mut index)).expect("bound");
            twin.retain(|_| keep(&mut of_twin));
        }
        C::Clear => {
            vec.clear(heap).expect("bound");
            twin.clear();
        }
        C::Extend(ref numbers) => {
            T::extend(vec, heap, numbers);
            twin.extend(numbers.iter().map(|&number| T::twin(number)));
        }
        C::View(ref numbers, pops) => through_view(heap, numbers, pops, vec, twin),
        C::Reserve(additional) => {
            vec.reserve(heap, additional).expect("room");
            assert!(vec.capacity(heap).expect("bound") >= twin.len() + additional);
        }
        C::ShrinkToFit => vec.shrink_to_fit(heap).expect("room"),
        C::Free => {
            vec.free(heap).expect("bound");
            assert_eq!(vec.capacity(heap), Ok(0));
            twin.clear();
        }
        C::Insert(..) | C::Remove(_) | C::SwapRemove(_) => {}
    }
    if let Some(mut gone) = gone {
        gone.free_all(heap).expect("bound");
    }
}

fn through_view<T: Element>(
    heap: &Heap,
    numbers: &[u8],
    pops: usize,
    vec: &mut Vec<T>,
    twin: &mut std::vec::Vec<T::Twin>,
) {
    let mut view = vec.view_mut(heap).expect("bound");
    for &number in numbers {
        view.push(T::new(heap, number)).expect("room");
        twin.push(T::twin(number));
    }
    for _ in 0..pops {
        let popped = view.pop().expect("bound");
        assert_eq!(popped.as_ref().map(|popped| popped.to_twin(heap)), twin.pop());
        if let Some(mut popped) = popped {
            popped.free_all(heap).expect("bound");
        }
    }
    view.reverse();
    twin.reverse();
    assert!(view.iter().map(|element| element.to_twin(heap)).eq(twin.iter().cloned()));
    assert!(view.capacity() >= view.len());
}

fn run<T: Element>(steps: &[Step])
where
    ShmMutex<Root<T>>: PlacementDefault,
{
    let heap: ShmHeap<ShmMutex<Root<T>>> = ShmOptions::anonymous().create_heap(256 << 10).expect("created");
    let mut root = heap.root().lock().expect("in order");
    let own = [const { Vec::new() }; 3];
    let twins = [const { std::vec::Vec::new() }; 5];
    let mut world = World { heap: &heap, root: &mut *root, own, twins, nested: std::vec::Vec::new() };
    for (number, step) in steps.iter().enumerate() {
        world.step(step);
        if number % 16 == 0 {
            world.compare();
        }
    }
    world.compare();
    for vec in &mut world.own {
        vec.free(&heap).expect("bound");
    }
    for vec in &mut root.vectors {
        vec.free(&heap).expect("bound");
    }
    root.nested.free(&heap).expect("bound");
    assert_eq!((heap.used(), heap.check().expect("in order").blocks), (0, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(70))]

    /// 70 cases of 500 steps on average.
    #[test]
    fn vectors_of_numbers_do_what_those_of_std_do(steps in vec(step(), 300..700)) {
        run::<u32>(&steps);
    }

    #[test]
    fn vectors_of_strings_do_what_those_of_std_do(steps in vec(step(), 300..700)) {
        run::<String>(&steps);
    }
}
