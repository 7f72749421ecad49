//! Processes that take memory of a heap and give it back without a pause, killed at random moments: in their own memory and in containers
//! that all of them share. What was acknowledged is there, all that is there is whole, and nothing else is left.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use fastrand::Rng;
use shmcore::heap::{Box, HashMap, Heap, String, Vec};
use shmcore::process::fork_child;
use shmcore::sync::PoisonError;
use shmcore::{ShmHeap, ShmMutex, ShmOptions, ShmSafe};

use crate::facts::wait_until;
use crate::holders::kill;

/// Unless the environment says otherwise.
const TRIALS: u64 = 60;
/// After so many trials all is freed.
const TRIALS_BETWEEN: u64 = 10;
/// A process lives so long, at most, after it has begun.
const LONGEST_LIFE: Duration = Duration::from_micros(2500);
/// Containers in a process's own memory.
const MOST_OWN: usize = 12;

type Row = [u64; 40];

#[derive(ShmSafe)]
#[repr(C)]
struct Store {
    /// From 0 on.
    numbers: Vec<u64>,
    /// Each from some number on.
    lists: Vec<Vec<u64>>,
    words: HashMap<u64, String>,
    row: Box<Row>,
}

#[derive(ShmSafe)]
#[repr(C)]
struct Root {
    store: ShmMutex<Store>,
    /// How many numbers somebody was told to be there.
    acknowledged: AtomicU64,
}

/// What a process has in its own memory. The store has such containers as well, so that it is known what lies in them.
enum Own {
    Row(Box<Row>),
    List(Vec<u64>),
    Lists(Vec<Vec<u64>>),
    Word(String),
}

impl Own {
    fn new(heap: &Heap, rng: &mut Rng) -> Self {
        match rng.u8(0..4) {
            0 => Self::Row(Box::<Row>::new(heap, [rng.u64(..); 40]).expect("room")),
            1 => {
                let mut list = Vec::new();
                for number in 0..rng.u64(1..400) {
                    list.push(heap, number).expect("room");
                }
                Self::List(list)
            }
            2 => {
                let mut lists = Vec::new();
                for len in 0..rng.usize(1..6) {
                    lists.push(heap, &[7_u64; 5][..len]).expect("room");
                }
                Self::Lists(lists)
            }
            _ => Self::Word(String::from_str(heap, &"x".repeat(rng.usize(1..3000))).expect("room")),
        }
    }

    fn free(self, heap: &Heap) {
        match self {
            Self::Row(mut row) => row.free(heap),
            Self::List(mut list) => list.free(heap),
            Self::Lists(mut lists) => lists.free(heap),
            Self::Word(mut word) => word.free(heap),
        }
        .expect("its own");
    }
}

impl Store {
    /// Adds a number, and changes something else.
    fn change(&mut self, heap: &Heap, rng: &mut Rng) {
        let number = self.numbers.len(heap).expect("bound") as u64;
        let lists = self.lists.len(heap).expect("bound");
        match rng.u8(0..8) {
            0 => {
                let list: std::vec::Vec<_> = (number..number + rng.u64(0..50)).collect();
                let at = rng.usize(0..=lists);
                self.lists.insert(heap, at, list.as_slice()).expect("room");
            }
            1 if lists > 0 => {
                let mut list = self.lists.remove(heap, rng.usize(..lists)).expect("bound");
                list.free(heap).expect("its own");
            }
            2 if lists > 0 => {
                let list =
                    self.lists.get_mut(heap, rng.usize(..lists)).expect("bound").expect("there is one");
                let next = list.as_slice(heap).expect("bound").last().map_or(number, |last| last + 1);
                list.push(heap, next).expect("room");
            }
            3 if lists > 20 => self.lists.truncate(heap, rng.usize(..10)).expect("bound"),
            4 => {
                // Who died before the number was there may have left one.
                let old = self.words.insert(heap, number, &format!("word {number}")).expect("room");
                if let Some(mut word) = old {
                    word.free(heap).expect("its own");
                }
            }
            5 => {
                let known = rng.u64(0..=number);
                if let Some(mut word) = self.words.remove(heap, &known).expect("bound") {
                    word.free(heap).expect("its own");
                }
            }
            6 if self.words.len(heap).expect("bound") > 60 => self.words.clear(heap).expect("bound"),
            _ => self.row.set(heap, [number; 40]).expect("room"),
        }
        self.numbers.push(heap, number).expect("room");
    }

    /// Demands that all is whole; the number of blocks that are owned.
    fn assert_whole(&self, heap: &Heap) -> usize {
        let numbers = self.numbers.as_slice(heap).expect("bound");
        assert!(numbers.iter().copied().eq(0..numbers.len() as u64));
        let mut blocks = usize::from(self.numbers.capacity(heap).expect("bound") > 0);
        blocks += usize::from(self.lists.capacity(heap).expect("bound") > 0);
        for list in self.lists.iter(heap).expect("bound") {
            let elements = list.as_slice(heap).expect("bound");
            assert!(elements.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{elements:?}");
            blocks += usize::from(list.capacity(heap).expect("bound") > 0);
        }
        blocks += usize::from(self.words.capacity(heap).expect("bound") > 0);
        let mut words = 0;
        for (number, word) in self.words.iter(heap).expect("bound") {
            assert_eq!(word.as_str(heap).expect("bound"), format!("word {number}"));
            assert!(self.words.contains_key(heap, number).expect("bound"));
            words += 1;
        }
        assert_eq!(self.words.len(heap), Ok(words));
        let row = self.row.get(heap).expect("bound");
        assert!(row.is_none_or(|row| *row == [row[0]; 40]));
        blocks + words + usize::from(row.is_some())
    }

    fn free(&mut self, heap: &Heap) {
        self.numbers.free(heap).expect("bound");
        self.lists.free(heap).expect("bound");
        self.words.free(heap).expect("bound");
        self.row.free(heap).expect("bound");
    }
}

/// What a process does until it is killed.
fn use_heap(heap: &ShmHeap<Root>, rng: &mut Rng) {
    let mut own = std::vec::Vec::new();
    loop {
        if own.len() == MOST_OWN || (!own.is_empty() && rng.bool()) {
            let freed: Own = own.swap_remove(rng.usize(..own.len()));
            freed.free(heap);
        } else {
            own.push(Own::new(heap, rng));
        }
        let mut store = heap.root().store.lock().expect("in order");
        store.change(heap, rng);
        drop(store);
        // Release pairs with the Acquire of the parent, which may see it while this process lives.
        heap.root().acknowledged.fetch_add(1, Ordering::Release);
    }
}

/// Looks at what a dead process has left behind, and goes on.
fn recover(heap: &ShmHeap<Root>, rng: &mut Rng) {
    let Root { store: mutex, acknowledged } = heap.root();
    let mut store = mutex.lock().unwrap_or_else(|poisoned| {
        mutex.clear_poison();
        PoisonError::into_inner(poisoned)
    });
    let count = acknowledged.load(Ordering::Relaxed);
    let len = store.numbers.len(heap).expect("bound") as u64;
    assert!((count..=count + 1).contains(&len), "{len} of {count}");
    let owned = store.assert_whole(heap);
    let found = heap.check().expect("in order");
    assert!(found.blocks >= owned && found.used == heap.used(), "{found:?} of {owned}");
    heap.reclaim().expect("in order");
    assert_eq!(heap.check().expect("in order").blocks, owned, "nothing but what the containers own");
    store.change(heap, rng);
    store.assert_whole(heap);
    acknowledged.store(len + 1, Ordering::Relaxed);
}

/// Frees all there is, and demands that it was all.
fn free(heap: &ShmHeap<Root>) {
    heap.root().store.lock().expect("in order").free(heap);
    heap.root().acknowledged.store(0, Ordering::Relaxed);
    heap.trim().expect("in order");
    let found = heap.check().expect("in order");
    assert_eq!((found.blocks, found.used, found.largest_free), (0, 0, heap.capacity()));
}

pub(crate) fn killed_users_of_a_heap_lose_nothing_and_leave_nothing() {
    let number = |name: &str| std::env::var(name).ok().and_then(|number| number.parse().ok());
    let (trials, seed) =
        (number("SHM_TRIALS").unwrap_or(TRIALS), number("SHM_SEED").unwrap_or_else(|| fastrand::u64(..)));
    println!("SHM_SEED={seed}");
    let mut rng = Rng::with_seed(seed);
    let heap = ShmOptions::anonymous().create_heap::<Root>(2 << 20).expect("created");
    let acknowledged = &heap.root().acknowledged;
    let mut numbers = 0;
    for trial in 1..=trials {
        let before = acknowledged.load(Ordering::Relaxed);
        let mut its = rng.fork();
        let child = fork_child(|| use_heap(&heap, &mut its)).expect("nothing is held here");
        wait_until(|| acknowledged.load(Ordering::Acquire) > before);
        let (start, life) = (Instant::now(), LONGEST_LIFE.mul_f64(rng.f64()));
        while start.elapsed() < life {
            std::hint::spin_loop();
        }
        kill(&child);
        numbers += acknowledged.load(Ordering::Relaxed) - before;
        recover(&heap, &mut rng);
        if trial % TRIALS_BETWEEN == 0 || trial == trials {
            free(&heap);
        }
    }
    println!("{trials} killed, {numbers} acknowledged, 0 lost");
}
