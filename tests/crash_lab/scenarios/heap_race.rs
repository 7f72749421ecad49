//! Three processes that contend for a heap and for what lies in it, and die: whoever is next goes on, no element is lost or there twice,
//! and what the dead held in their own memory is taken back.

use shmcore::heap::{Box as HeapBox, Heap, ShmHeap, String as HeapString, Vec as HeapVec};
use shmcore::sync::{PoisonError, ShmMutexGuard};
use shmcore::{ShmMutex, ShmOptions, ShmSafe};

use crate::scenario::{Acknowledged, Scenario};

const ACTORS: u64 = 3;
const ROUNDS: usize = 300;
/// So many words are freed at once.
const MOST_WORDS: usize = 20;

#[derive(ShmSafe)]
#[repr(C)]
struct Log {
    /// From 0 on.
    numbers: HeapVec<u64>,
    words: HeapVec<HeapString>,
    note: HeapBox<[u64; 9]>,
}

pub(crate) struct HeapRace {
    heap: ShmHeap<ShmMutex<Log>>,
    acknowledged: Acknowledged,
}

pub(crate) fn new() -> HeapRace {
    HeapRace { heap: heap(), acknowledged: Acknowledged::new() }
}

fn heap() -> ShmHeap<ShmMutex<Log>> {
    ShmOptions::anonymous().create_heap(256 << 10).expect("a heap")
}

impl Log {
    /// That it is as it must be, whoever has died.
    fn assert_whole(&self, heap: &Heap) {
        let numbers = self.numbers.as_slice(heap).expect("bound");
        assert!(numbers.iter().copied().eq(0..numbers.len() as u64));
        for word in self.words.iter(heap).expect("bound") {
            let word = word.as_str(heap).expect("bound");
            assert!(word.strip_prefix("word ").is_some_and(|number| number.parse::<u64>().is_ok()), "{word}");
        }
        let note = self.note.get(heap).expect("bound");
        assert!(note.is_none_or(|note| *note == [note[0]; 9]));
    }
}

impl HeapRace {
    fn lock(&self) -> ShmMutexGuard<'_, Log> {
        let log = self.heap.root().lock().unwrap_or_else(|poisoned| {
            self.heap.root().clear_poison();
            PoisonError::into_inner(poisoned)
        });
        log.assert_whole(&self.heap);
        log
    }

    fn round(&self) {
        let heap = &self.heap;
        // Without a lock but the heap's.
        let mut own = HeapBox::<[u64; 9]>::new(heap, [5; 9]).expect("there is room");
        let mut log = self.lock();
        let number = log.numbers.len(heap).expect("bound") as u64;
        log.note.set(heap, [number; 9]).expect("there is room");
        log.words.push(heap, &format!("word {number}")).expect("there is room");
        if log.words.len(heap).expect("bound") > MOST_WORDS {
            let mut first = log.words.remove(heap, 0).expect("bound");
            first.free(heap).expect("bound");
            log.words.clear(heap).expect("bound");
            log.words.shrink_to_fit(heap).expect("there is room");
        }
        log.numbers.push(heap, number).expect("there is room");
        drop(log);
        self.acknowledged.add();
        own.free(heap).expect("bound");
    }
}

impl Scenario for HeapRace {
    fn setup(&mut self) {
        self.heap = heap();
        self.acknowledged.reset();
    }

    fn stretch(&self) {
        (0..ROUNDS).for_each(|_| self.round());
    }

    fn recover_and_check(&self) {
        let heap = &self.heap;
        let mut log = self.lock();
        let acknowledged = self.acknowledged.count();
        let len = log.numbers.len(heap).expect("bound") as u64;
        // Each may have died between an addition and its acknowledgement.
        assert!((acknowledged..=acknowledged + ACTORS).contains(&len), "{acknowledged} of {len}");
        heap.check().expect("the heap is in order");
        heap.reclaim().expect("the heap is in order");
        log.numbers.free(heap).expect("bound");
        log.words.free(heap).expect("bound");
        log.note.free(heap).expect("bound");
        let found = heap.check().expect("the heap is in order");
        assert_eq!((found.blocks, found.used), (0, 0));
    }

    fn actors(&self) -> usize {
        usize::try_from(ACTORS).expect("a small number")
    }
}
