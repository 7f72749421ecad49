//! Each change of a container, cut short before each of its stores and in the middle of each move of an element: what is left is
//! ended or taken back by whoever uses the container next, who may die as well, and so may who ends that.
//!
//! It is apart from the killing of processes because here each point is met, in milliseconds.
#![allow(unsafe_code, reason = "puts a heap back to what it was")]

use std::fmt::Debug;

use super::content::Content;
use crate::heap::block::Block;
use crate::heap::raw::dies;
use crate::heap::{Box, Heap, String, Vec};
use crate::region::owner;
use crate::{PlacementDefault, ShmHeap, ShmOptions};

/// What can be told apart after a death.
#[derive(Debug, PartialEq)]
struct State {
    content: std::string::String,
    blocks: usize,
    /// Blocks that this process holds in its own memory, whose owners are gone if it dies.
    held: usize,
}

/// A heap whose root is the container, which lies behind no lock: nobody else has the heap.
struct Lab<R> {
    heap: ShmHeap<R>,
}

impl<R: Content + PlacementDefault> Lab<R> {
    fn new() -> Self {
        Self { heap: ShmOptions::anonymous().create_heap(12 << 10).expect("created") }
    }

    fn root(&self) -> &mut R {
        // SAFETY: a `&mut` requires a value that nobody else uses: nobody has the root for longer than one statement.
        unsafe { &mut *self.heap.region().value().cast::<R>() }
    }

    /// Of the root and of all that follows.
    fn bytes(&self) -> (*mut u8, usize) {
        let start = self.heap.region().value();
        let end = self.heap.region().base_pointer().wrapping_add(self.heap.region().mapped_len());
        (start, end.addr() - start.addr())
    }

    fn save(&self) -> std::vec::Vec<u8> {
        let (start, len) = self.bytes();
        // SAFETY: `from_raw_parts` requires initialised memory that nobody writes meanwhile: bytes of a region, of which this is the
        // only user.
        unsafe { std::slice::from_raw_parts(start, len) }.to_vec()
    }

    fn restore(&self, saved: &[u8]) {
        let (start, len) = self.bytes();
        assert_eq!(saved.len(), len);
        // SAFETY: `copy_from_nonoverlapping` requires as many bytes on both sides that nobody else uses: as above.
        unsafe { start.copy_from_nonoverlapping(saved.as_ptr(), len) };
    }

    /// How many blocks there are, and how many of them this process holds.
    fn census(&self) -> (usize, usize) {
        let (mut blocks, mut held) = (0, 0);
        let access = crate::heap::access::Access::new(&self.heap).expect("in order");
        access.each_block(|block: Block<'_>| {
            blocks += 1;
            held += usize::from(owner::is_current(block.holder()));
        });
        (blocks, held)
    }

    /// Looks at all that there is, and that nothing is lost: a block that the root does not own is one that this process holds.
    fn state(&self, what: &dyn Debug) -> State {
        let mut content = std::string::String::new();
        self.root().show(&self.heap, &mut content).unwrap_or_else(|error| panic!("{what:?}: {error}"));
        let reachable = self.root().blocks(&self.heap).expect("bound");
        let census = self.heap.check().unwrap_or_else(|error| panic!("{what:?}: {error}"));
        let (blocks, held) = self.census();
        assert_eq!((census.blocks, reachable + held), (blocks, blocks), "{what:?}: {content}");
        State { content, blocks, held }
    }

    /// What happens when a process has died: its lock is taken over, and so is the heap's own.
    fn next_generation(&self) {
        self.heap.words().generation().fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }

    fn look(&self) {
        let mut content = std::string::String::new();
        self.root().show(&self.heap, &mut content).expect("bound");
    }

    fn free_all(&self, what: &dyn Debug) {
        self.root().free_all(&self.heap).unwrap_or_else(|error| panic!("{what:?}: {error}"));
        let (blocks, held) = self.census();
        assert_eq!(blocks, held, "{what:?}: what is left is owned by nobody");
        self.heap.check().unwrap_or_else(|error| panic!("{what:?}: {error}"));
    }

    /// Lets the process die everywhere in `act`, which is given what `prepare` has made before; and whoever takes over, everywhere in
    /// what it does first, which is to look, or to free all. The number of deaths.
    fn die_everywhere<P>(
        &self,
        name: &str,
        prepare: impl Fn(&Heap) -> P,
        act: impl Fn(&Heap, &mut R, P),
    ) -> usize {
        let start = self.save();
        drop(prepare(&self.heap));
        let before = self.state(&name);
        self.restore(&start);
        act(&self.heap, self.root(), prepare(&self.heap));
        let done = self.state(&name);
        let mut deaths = 0;
        for life in 1.. {
            self.restore(&start);
            let prepared = prepare(&self.heap);
            if !dies(life, || act(&self.heap, self.root(), prepared)) {
                assert_eq!(self.state(&name), done, "{name}");
                break;
            }
            let dead = self.save();
            deaths += self.take_over(&dead, &(name, life), || self.look(), |what| {
                let state = self.state(what);
                assert!(
                    state == before || state == done,
                    "{what:?}: neither {before:?} nor {done:?} but {state:?}"
                );
                self.free_all(what);
            });
            let free = || self.root().free_all(&self.heap).expect("bound");
            deaths += self.take_over(&dead, &(name, life, "free"), free, |what| self.free_all(what));
        }
        self.restore(&start);
        deaths
    }

    /// Takes over what a process has left behind, dies everywhere in that, and takes over again.
    fn take_over(
        &self,
        dead: &[u8],
        what: &dyn Debug,
        first: impl Fn(),
        examine: impl Fn(&dyn Debug),
    ) -> usize {
        for life in 1.. {
            self.restore(dead);
            self.next_generation();
            let has_died = dies(life, || {
                self.heap.words().recover_after_death();
                first();
            });
            if has_died {
                self.next_generation();
                self.heap.words().recover_after_death();
                first();
            }
            examine(&(what, life));
            if !has_died {
                return usize::try_from(life).expect("few");
            }
        }
        unreachable!("it was done at last")
    }
}

/// Puts the elements that `make` makes of numbers in, and lets each change of the vector die. What the vector needs before is
/// done also by who has not bound it yet.
fn die_in_vectors<T: Content>(
    len: u32,
    make: fn(&Heap, u32) -> T,
) -> usize {
    let lab = Lab::<Vec<T>>::new();
    for number in 0..len {
        lab.root().push(&lab.heap, make(&lab.heap, number)).expect("room");
    }
    let nothing = |_: &Heap| ();
    let one = |heap: &Heap| make(heap, 77);
    let mut deaths = 0;
    for generation in ["bound", "not bound"] {
        let name = |operation: &str| format!("{operation} of {len}, {generation}");
        deaths += lab.die_everywhere(&name("push"), one, |heap, vec, value| {
            vec.push(heap, value).expect("room");
        });
        for index in 0..=len as usize {
            deaths += lab.die_everywhere(&name("insert"), one, |heap, vec, value| {
                vec.insert(heap, index, value).expect("room");
            });
            deaths += lab.die_everywhere(&name("truncate"), nothing, |heap, vec, ()| {
                vec.truncate(heap, index).expect("bound");
            });
        }
        for index in 0..len as usize {
            deaths += lab.die_everywhere(&name("remove"), nothing, |heap, vec, ()| {
                vec.remove(heap, index).expect("bound");
            });
            deaths += lab.die_everywhere(&name("swap_remove"), nothing, |heap, vec, ()| {
                vec.swap_remove(heap, index).expect("bound");
            });
        }
        deaths += lab.die_everywhere(&name("pop"), nothing, |heap, vec, ()| {
            vec.pop(heap).expect("bound");
        });
        deaths += lab.die_everywhere(&name("free"), nothing, |heap, vec, ()| {
            vec.free(heap).expect("bound");
        });
        deaths += lab.die_everywhere(&name("reserve"), nothing, |heap, vec, ()| {
            vec.reserve(heap, 30).expect("room");
        });
        deaths += lab.die_everywhere(&name("shrink_to_fit"), nothing, |heap, vec, ()| {
            vec.shrink_to_fit(heap).expect("room");
        });
        lab.next_generation();
    }
    deaths
}

#[test]
fn death_in_a_vector_of_numbers_leaves_all_or_nothing() {
    // Of 8 there is no room for another one.
    let deaths: usize =
        [0, 1, 4, 8].map(|len| die_in_vectors(len, |_, number| number)).into_iter().sum();
    assert!(deaths > 1000, "{deaths} deaths");
    let lab = Lab::<Vec<u32>>::new();
    lab.root().push(&lab.heap, 1).expect("room");
    lab.die_everywhere("extend", |_| (), |heap, vec, ()| {
        vec.extend_from_slice(heap, &[2, 3, 4]).expect("room");
    });
    lab.die_everywhere("extend and grow", |_| (), |heap, vec, ()| {
        vec.extend_from_slice(heap, &[5; 20]).expect("room");
    });
}

#[test]
fn death_in_a_vector_of_strings_leaves_all_or_nothing() {
    let make = |heap: &Heap, number: u32| String::from_str(heap, &number.to_string()).expect("room");
    let deaths: usize = [1, 3, 4].map(|len| die_in_vectors(len, make)).into_iter().sum();
    assert!(deaths > 5000, "{deaths} deaths");
}

#[test]
fn death_while_text_is_put_into_a_vector_leaves_all_or_nothing() {
    let lab = Lab::<Vec<String>>::new();
    for text in ["one", "two", "three"] {
        lab.root().push(&lab.heap, text).expect("room");
    }
    lab.die_everywhere("push", |_| (), |heap, vec, ()| vec.push(heap, "text").expect("room"));
    lab.die_everywhere("insert", |_| (), |heap, vec, ()| vec.insert(heap, 1, "text").expect("room"));
    let longer = |heap: &Heap, vec: &mut Vec<String>, ()| {
        vec.as_mut_slice(heap).expect("bound")[1].push_str(heap, &"x".repeat(100)).expect("room");
    };
    lab.die_everywhere("push_str", |_| (), longer);
}

#[test]
fn death_in_a_vector_of_vectors_leaves_all_or_nothing() {
    let make = |heap: &Heap, number: u32| {
        let mut strings = Vec::new();
        strings.push(heap, &number.to_string()).expect("room");
        strings
    };
    assert!(die_in_vectors::<Vec<String>>(2, make) > 2000);
}

#[test]
fn death_in_a_box_leaves_all_or_nothing() {
    let lab = Lab::<Vec<Box<Vec<u32>>>>::new();
    let new = |heap: &Heap| Vec::from_slice(heap, &[7, 8, 9]).expect("room");
    lab.root().push(&lab.heap, Box::empty()).expect("room");
    let mut deaths = 0;
    for round in ["empty", "full"] {
        type Boxes = Vec<Box<Vec<u32>>>;
        let boxed = |heap: &Heap, vec: &mut Boxes, value| {
            let it = &mut vec.as_mut_slice(heap).expect("bound")[0];
            it.set(heap, value).expect("room");
        };
        deaths += lab.die_everywhere(&format!("set of {round}"), new, boxed);
        deaths += lab.die_everywhere(&format!("take of {round}"), |_| (), |heap, vec, ()| {
            vec.as_mut_slice(heap).expect("bound")[0].take(heap).expect("bound");
        });
        deaths += lab.die_everywhere(&format!("free of {round}"), |_| (), |heap, vec, ()| {
            vec.as_mut_slice(heap).expect("bound")[0].free(heap).expect("bound");
        });
        boxed(&lab.heap, lab.root(), new(&lab.heap));
    }
    assert!(deaths > 1000, "{deaths} deaths");
}
