//! An enum whose variants have different containers of a heap in the same place. A process that dies while it writes one may leave the
//! tag of one variant and the words of another: then it is torn, and nobody takes the one container for the other.

use std::fs::File;
use std::sync::atomic::{AtomicBool, Ordering};

use shmcore::heap::{Box as HeapBox, Heap, HeapError, ShmHeap, String as HeapString, Vec as HeapVec};
use shmcore::sync::ShmMutexGuard;
use shmcore::{Shared, ShmMutex, ShmOptions, ShmSafe, create_shared};

use crate::scenario::{Acknowledged, Scenario};

#[derive(ShmSafe)]
#[repr(C, u64)]
enum Value {
    #[default]
    Nothing,
    Text(HeapString),
    Bytes(HeapVec<u8>),
    Numbers(HeapVec<u64>),
    Boxed(HeapBox<[u64; 8]>),
}

/// No text.
const BYTES: [u8; 9] = [0xff; 9];

/// What is there, in std's terms.
#[derive(Debug, PartialEq)]
enum Contents {
    Nothing,
    Text(String),
    Bytes(Vec<u8>),
    Numbers(Vec<u64>),
    Boxed([u64; 8]),
}

/// What it holds in turns, one that is made anew for each of these places.
const TURNS: [fn(&Heap) -> Value; 6] = [
    |heap| Value::Bytes(HeapVec::from_slice(heap, &BYTES).expect("there is room")),
    |heap| Value::Text(HeapString::from_str(heap, "neun Buch").expect("there is room")),
    |heap| Value::Numbers(HeapVec::from_slice(heap, &[7; 9]).expect("there is room")),
    |heap| Value::Boxed(HeapBox::new(heap, [1; 8]).expect("there is room")),
    |heap| Value::Bytes(HeapVec::from_slice(heap, &BYTES).expect("there is room")),
    |_| Value::Nothing,
];

fn expected(turn: u64) -> Contents {
    match turn {
        1 | 5 => Contents::Bytes(BYTES.to_vec()),
        2 => Contents::Text("neun Buch".to_owned()),
        3 => Contents::Numbers(vec![7; 9]),
        4 => Contents::Boxed([1; 8]),
        _ => Contents::Nothing,
    }
}

/// What is there. An empty container is nothing: its words are what they were before its tag was written.
fn contents(heap: &Heap, value: &Value) -> Result<Contents, HeapError> {
    Ok(match value {
        Value::Text(text) if !text.is_empty(heap)? => {
            let text = text.as_str(heap)?;
            Contents::Text(String::from_utf8(text.as_bytes().to_vec()).expect("text"))
        }
        Value::Bytes(bytes) if !bytes.is_empty(heap)? => Contents::Bytes(bytes.as_slice(heap)?.to_vec()),
        Value::Numbers(numbers) if !numbers.is_empty(heap)? => {
            Contents::Numbers(numbers.as_slice(heap)?.to_vec())
        }
        Value::Boxed(numbers) => {
            numbers.get(heap)?.map_or(Contents::Nothing, |numbers| Contents::Boxed(*numbers))
        }
        _ => Contents::Nothing,
    })
}

/// Frees what a value owns, if it does.
fn free(heap: &Heap, value: &mut Value) {
    let freed = match value {
        Value::Nothing => Ok(()),
        Value::Text(text) => text.free(heap),
        Value::Bytes(bytes) => bytes.free(heap),
        Value::Numbers(numbers) => numbers.free(heap),
        Value::Boxed(numbers) => numbers.free(heap),
    };
    assert!(matches!(freed, Ok(()) | Err(HeapError::NotTheOwner { .. })), "{freed:?}");
}

pub(crate) struct Enum {
    heap: ShmHeap<ShmMutex<Value>>,
    acknowledged: Acknowledged,
    /// Whether somebody has found it torn.
    was_torn: Shared<AtomicBool>,
}

pub(crate) fn new() -> Enum {
    Enum { heap: heap(), acknowledged: Acknowledged::new(), was_torn: create_shared().expect("a region") }
}

fn heap() -> ShmHeap<ShmMutex<Value>> {
    ShmOptions::anonymous().create_heap(8 << 10).expect("a heap")
}

impl Enum {
    fn lock(&self) -> ShmMutexGuard<'_, Value> {
        self.heap.root().lock().unwrap_or_else(|poisoned| {
            if poisoned.is_torn() {
                self.was_torn.store(true, Ordering::Relaxed);
                poisoned.overwrite(Value::Nothing)
            } else {
                poisoned.into_inner()
            }
        })
    }
}

impl Scenario for Enum {
    fn setup(&mut self) {
        self.heap = heap();
        self.acknowledged.reset();
        self.was_torn.store(false, Ordering::Relaxed);
    }

    fn stretch(&self) {
        let heap = &self.heap;
        let mut value = heap.root().lock().expect("nobody has died");
        for make in TURNS {
            let mut old = std::mem::replace(&mut *value, make(heap));
            free(heap, &mut old);
            self.acknowledged.add();
        }
    }

    fn recover_and_check(&self) {
        let heap = &self.heap;
        let done = self.acknowledged.count();
        let mut value = self.lock();
        match contents(heap, &value) {
            // It was torn, or another one has gone on.
            Ok(Contents::Nothing) | Err(HeapError::NotTheOwner { .. }) => {}
            Ok(found) => {
                let legal = [expected(done), expected(done + 1), expected(done % 6 + 1)];
                assert!(legal.contains(&found), "{found:?} after {done}");
            }
            Err(error) => panic!("{error} after {done}"),
        }
        free(heap, &mut value);
        *value = Value::Nothing;
        // What was in the air was never used where it lay, so it counts as the dead process's own. What a torn value had may be lost.
        let blocks = || heap.check().expect("the heap is in order").blocks;
        heap.reclaim().expect("the heap is in order");
        let lost = blocks();
        assert!(lost <= usize::from(self.was_torn.load(Ordering::Relaxed)), "{lost} blocks after {done}");
        let made = TURNS[usize::try_from(done).expect("small") % TURNS.len()](heap);
        assert_eq!(contents(heap, &made), Ok(expected(done % 6 + 1)));
        *value = made;
        assert_eq!(contents(heap, &value), Ok(expected(done % 6 + 1)));
        free(heap, &mut value);
        *value = Value::Nothing;
        assert_eq!(blocks(), lost);
    }

    fn files(&self) -> Vec<File> {
        let was_torn = File::from(self.was_torn.try_clone_fd().expect("a descriptor"));
        let heap = File::from(self.heap.try_clone_fd().expect("a descriptor"));
        vec![heap, self.acknowledged.file(), was_torn]
    }
}
