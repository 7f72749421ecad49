//! What processes had in their own memory when they died.

use shmcore::heap::{Box, String, Vec};
use shmcore::process::fork_child;
use shmcore::{ShmHeap, ShmMutex, ShmOptions};

type Root = ShmMutex<Vec<Vec<String>>>;

fn heap() -> ShmHeap<Root> {
    ShmOptions::anonymous().create_heap(1 << 20).expect("created")
}

pub(crate) fn what_a_dead_process_held_is_taken_back_with_what_that_owned() {
    let heap = heap();
    let mut words = Vec::new();
    words.push(&heap, "kept").expect("room");
    heap.root().lock().expect("in order").push(&heap, words).expect("room");
    heap.trim().expect("in order");
    let before = heap.check().expect("in order");
    let child = fork_child(|| {
        let mut mine: Vec<String> = Vec::new();
        for number in 0..100 {
            mine.push(&heap, &format!("number {number}")).expect("room");
        }
        std::process::abort()
    });
    assert!(!child.expect("forked").wait().expect("waited for").success());
    assert_eq!(heap.check().expect("in order").blocks, before.blocks + 101);
    let freed = heap.reclaim().expect("in order");
    assert!(freed > 0);
    heap.trim().expect("in order");
    assert_eq!(heap.check().expect("in order"), before);
    let words = heap.root().lock().expect("in order");
    let words = words.get(&heap, 0).expect("bound").expect("one").as_slice(&heap).expect("bound");
    assert_eq!(words[0].as_str(&heap), Ok("kept"));
}

pub(crate) fn what_a_living_process_holds_is_left_to_it() {
    let heap = heap();
    let mut mine = Vec::<String>::new();
    mine.push(&heap, "mine").expect("room");
    let unknown = Box::new(&heap, 1_u8).expect("room");
    assert_eq!(heap.reclaim(), Ok(0));
    assert_eq!(mine.as_slice(&heap).expect("bound")[0].as_str(&heap), Ok("mine"));
    assert_eq!(unknown.get(&heap), Ok(Some(&1)));
}
