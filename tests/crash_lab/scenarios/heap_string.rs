//! Text in a heap: wherever its process dies it is text, and all of what it was, or all of what it was to be.

use shmcore::ShmSafe;
use shmcore::heap::{Heap, String as HeapString};

use super::heap::{Operation, Sequence, Store};

#[derive(ShmSafe)]
#[repr(C)]
pub(crate) struct Page {
    text: HeapString,
}

impl Store for Page {
    type Contents = String;

    fn fill(&mut self, _: &Heap) {}

    fn contents(&self, heap: &Heap) -> String {
        let bytes = self.text.as_str(heap).expect("bound").as_bytes();
        std::str::from_utf8(bytes).expect("text").to_owned()
    }

    fn blocks(&self, heap: &Heap) -> usize {
        usize::from(self.text.capacity(heap).expect("bound") > 0)
    }

    fn go_on(&mut self, heap: &Heap) {
        let expected = self.contents(heap) + "gehört dazu";
        self.text.push_str(heap, "gehört dazu").expect("there is room");
        assert_eq!(self.contents(heap), expected);
    }

    fn free(&mut self, heap: &Heap) {
        self.text.free(heap).expect("bound");
    }
}

const fn one(run: fn(&Heap, &mut Page)) -> Operation<Page> {
    Operation::new(run)
}

/// An operation that adds so many bytes, for which a larger block may be needed: that is a step of its own.
macro_rules! adding {
    ($bytes:literal, $run:expr) => {
        Operation::between($run, &[|heap, page| page.text.reserve(heap, $bytes).expect("there is room")])
    };
}

const OPERATIONS: &[Operation<Page>] = &[
    adding!(20, |heap, page| page.text.push_str(heap, "zwanzig Buchstaben..").expect("there is room")),
    adding!(2, |heap, page| page.text.push(heap, 'ß').expect("there is room")),
    adding!(3, |heap, page| page.text.push_str(heap, "€").expect("there is room")),
    one(|heap, page| assert_eq!(page.text.pop(heap), Ok(Some('€')))),
    one(|heap, page| page.text.truncate(heap, 7).expect("bound")),
    adding!(8, |heap, page| page.text.push_str(heap, " Wörter").expect("there is room")),
    one(|heap, page| page.text.truncate(heap, 7).expect("bound")),
    one(|heap, page| page.text.shrink_to_fit(heap).expect("there is room")),
    adding!(19, |heap, page| page.text.push_str(heap, " und zwanzig mehr ..").expect("there is room")),
    one(|heap, page| page.text.clear(heap).expect("bound")),
    adding!(1, |heap, page| page.text.push(heap, '1').expect("there is room")),
    one(|heap, page| page.text.free(heap).expect("bound")),
];

pub(crate) fn new() -> Sequence<Page> {
    Sequence::of(OPERATIONS)
}
