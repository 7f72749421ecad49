//! Each change of a container, cut short before each of its stores and in the middle of each move of an element: what is left is
//! ended or taken back by whoever uses the container next, who may die as well, and so may who ends that.
//!
//! It is apart from the killing of processes because here each point is met, in milliseconds.
#![allow(unsafe_code, reason = "puts a heap back to what it was")]

use std::fmt::Debug;

use super::content::Content;
use crate::heap::raw::dies;
use crate::heap::{Box, Heap, String, Vec};
use crate::{PlacementDefault, ShmHeap, ShmOptions};

/// What can be told apart after a death. A vector may have grown for an element that it did not get.
#[derive(Debug, PartialEq)]
struct State {
    content: std::string::String,
    /// Blocks that the root does not own: what this process holds in its own memory, and what lies there. Its owner is gone if it dies.
    lost: usize,
}

/// Who takes over dies before each third of its stores, each time other ones.
const STRIDE: usize = 3;

/// A heap whose root is the container, which lies behind no lock: nobody else has the heap.
pub(super) struct Lab<R> {
    pub(super) heap: ShmHeap<R>,
}

impl<R: Content + PlacementDefault> Lab<R> {
    pub(super) fn new() -> Self {
        Self { heap: ShmOptions::anonymous().create_heap(16 << 10).expect("created") }
    }

    #[expect(clippy::mut_from_ref, reason = "the region has it for one user")]
    pub(super) fn root(&self) -> &mut R {
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

    /// Looks at all that there is.
    fn state(&self, what: &dyn Debug) -> State {
        let mut content = std::string::String::new();
        self.root().show(&self.heap, &mut content).unwrap_or_else(|error| panic!("{what:?}: {error}"));
        let reachable = self.root().blocks(&self.heap).expect("bound");
        let census = self.heap.check().unwrap_or_else(|error| panic!("{what:?}: {error}"));
        assert!(reachable <= census.blocks, "{what:?}: {content}");
        State { content, lost: census.blocks - reachable }
    }

    /// What happens when a process has died: its lock is taken over, and so is the heap's own.
    pub(super) fn next_generation(&self) {
        self.heap.words().generation().fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }

    fn look(&self) {
        let mut content = std::string::String::new();
        self.root().show(&self.heap, &mut content).expect("bound");
    }

    fn free_all(&self, what: &dyn Debug, lost: &[usize]) {
        self.root().free_all(&self.heap).unwrap_or_else(|error| panic!("{what:?}: {error}"));
        let census = self.heap.check().unwrap_or_else(|error| panic!("{what:?}: {error}"));
        assert!(
            lost.contains(&census.blocks),
            "{what:?}: {} and not {lost:?} blocks are left",
            census.blocks
        );
    }

    /// Lets the process die everywhere in `act`, which is given what `prepare` has made before; and whoever takes over, everywhere in
    /// what it does first, which is to look, or to free all. The number of deaths.
    pub(super) fn die_everywhere<P>(
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
            deaths += self.take_over(
                &dead,
                1 + life % STRIDE as u64,
                &(name, life),
                || self.look(),
                |what| {
                    let state = self.state(what);
                    assert!(
                        state == before || state == done,
                        "{what:?}: neither {before:?} nor {done:?} but {state:?}"
                    );
                    self.free_all(what, &[state.lost]);
                },
            );
            let free = || self.root().free_all(&self.heap).expect("bound");
            deaths += self.take_over(&dead, 1 + life % STRIDE as u64, &(name, life, "free"), free, |what| {
                self.free_all(what, &[before.lost, done.lost]);
            });
        }
        self.restore(&start);
        deaths
    }

    /// Takes over what a process has left behind, dies in that, and takes over again.
    fn take_over(
        &self,
        dead: &[u8],
        first_life: u64,
        what: &dyn Debug,
        first: impl Fn(),
        examine: impl Fn(&dyn Debug),
    ) -> usize {
        let mut deaths = 0;
        for life in (first_life..).step_by(STRIDE) {
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
                break;
            }
            deaths += 1;
        }
        deaths
    }
}

/// Puts the elements that `make` makes of numbers in, and lets each change of the vector die, at these indices.
fn die_in_vectors<T: Content>(
    generation: Generation,
    len: u32,
    indices: &[usize],
    make: fn(&Heap, u32) -> T,
) -> usize {
    let lab = Lab::<Vec<T>>::new();
    for number in 0..len {
        lab.root().push(&lab.heap, make(&lab.heap, number)).expect("room");
    }
    if generation == Generation::Later {
        lab.next_generation();
    }
    let nothing = |_: &Heap| ();
    let one = |heap: &Heap| make(heap, 77);
    let mut deaths = 0;
    let name = |operation: &str, index: usize| format!("{operation} at {index} of {len}, {generation:?}");
    for &index in indices {
        deaths += lab.die_everywhere(&name("insert", index), one, |heap, vec, value| {
            vec.insert(heap, index, value).expect("room");
        });
        deaths += lab.die_everywhere(&name("truncate", index), nothing, |heap, vec, ()| {
            vec.truncate(heap, index).expect("bound");
        });
        if index < len as usize {
            deaths += lab.die_everywhere(&name("remove", index), nothing, |heap, vec, ()| {
                vec.remove(heap, index).expect("bound");
            });
            deaths += lab.die_everywhere(&name("swap_remove", index), nothing, |heap, vec, ()| {
                vec.swap_remove(heap, index).expect("bound");
            });
        }
    }
    deaths += lab.die_everywhere(&name("push", 0), one, |heap, vec, value| {
        vec.push(heap, value).expect("room");
    });
    deaths += lab.die_everywhere(&name("pop", 0), nothing, |heap, vec, ()| {
        vec.pop(heap).expect("bound");
    });
    deaths += lab.die_everywhere(&name("push to a view", 0), one, |heap, vec, value| {
        vec.view_mut(heap).expect("bound").push(value).expect("room");
    });
    deaths += lab.die_everywhere(&name("pop of a view", 0), nothing, |heap, vec, ()| {
        vec.view_mut(heap).expect("bound").pop().expect("bound");
    });
    deaths += lab.die_everywhere(&name("free", 0), nothing, |heap, vec, ()| {
        vec.free(heap).expect("bound");
    });
    deaths += lab.die_everywhere(&name("reserve", 0), nothing, |heap, vec, ()| {
        vec.reserve(heap, 30).expect("room");
    });
    deaths += lab.die_everywhere(&name("shrink_to_fit", 0), nothing, |heap, vec, ()| {
        vec.shrink_to_fit(heap).expect("room");
    });
    deaths
}

/// Whether who dies has bound the vector already.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Generation {
    Same,
    Later,
}

#[test]
fn death_in_a_vector_of_numbers_leaves_all_or_nothing() {
    // Of 8 there is no room for another one.
    // Half of one is another one.
    let make = |_: &Heap, number: u32| number.wrapping_mul(0x0101_0101);
    let deaths = die_in_vectors(Generation::Same, 0, &[0], make)
        + die_in_vectors(Generation::Later, 3, &[0, 1, 2, 3], make)
        + die_in_vectors(Generation::Same, 4, &[0, 2, 4], make)
        + die_in_vectors(Generation::Same, 8, &[0, 5, 8], make);
    assert!(deaths > 1000, "{deaths} deaths");
    let lab = Lab::<Vec<u32>>::new();
    lab.root().push(&lab.heap, 1).expect("room");
    lab.die_everywhere(
        "extend",
        |_| (),
        |heap, vec, ()| {
            vec.extend_from_slice(heap, &[2, 3, 4]).expect("room");
        },
    );
    lab.die_everywhere(
        "extend and grow",
        |_| (),
        |heap, vec, ()| {
            vec.extend_from_slice(heap, &[5; 20]).expect("room");
        },
    );
}

/// A block of whole pages grows where it lies, if what follows is free.
#[test]
fn death_in_a_large_vector_leaves_all_or_nothing() {
    let lab = Lab::<Vec<u32>>::new();
    lab.root().extend_from_slice(&lab.heap, &[1; 600]).expect("room");
    let reserve = |heap: &Heap, vec: &mut Vec<u32>, ()| vec.reserve(heap, 300).expect("room");
    let extend = |heap: &Heap, vec: &mut Vec<u32>, ()| vec.extend_from_slice(heap, &[2; 300]).expect("room");
    let shrink = |heap: &Heap, vec: &mut Vec<u32>, ()| vec.shrink_to_fit(heap).expect("room");
    for round in ["in place", "moved"] {
        lab.die_everywhere(&format!("reserve {round}"), |_| (), reserve);
        lab.die_everywhere(&format!("extend {round}"), |_| (), extend);
        lab.die_everywhere(&format!("shrink {round}"), |_| (), shrink);
        // What follows is not free any more.
        let _behind = Vec::from_slice(&lab.heap, &[0_u32; 600]).expect("room");
        lab.die_everywhere(&format!("free {round}"), |_| (), |heap, vec, ()| vec.free(heap).expect("bound"));
    }
}

#[test]
fn death_in_a_vector_of_strings_leaves_all_or_nothing() {
    let make = |heap: &Heap, number: u32| String::from_str(heap, &number.to_string()).expect("room");
    // Of four there is no room for another one.
    let deaths = die_in_vectors(Generation::Later, 2, &[1], make)
        + die_in_vectors(Generation::Same, 3, &[0, 1, 2, 3], make)
        + die_in_vectors(Generation::Same, 4, &[1], make);
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
    let deaths = die_in_vectors::<Vec<String>>(Generation::Same, 2, &[1], make);
    assert!(deaths > 2000, "{deaths} deaths");
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
        deaths += lab.die_everywhere(
            &format!("take of {round}"),
            |_| (),
            |heap, vec, ()| {
                vec.as_mut_slice(heap).expect("bound")[0].take(heap).expect("bound");
            },
        );
        deaths += lab.die_everywhere(
            &format!("free of {round}"),
            |_| (),
            |heap, vec, ()| {
                vec.as_mut_slice(heap).expect("bound")[0].free(heap).expect("bound");
            },
        );
        boxed(&lab.heap, lab.root(), new(&lab.heap));
    }
    assert!(deaths > 1000, "{deaths} deaths");
}
