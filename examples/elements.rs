//! The other way to share what a container holds: the elements lie in shared memory, and every process has a container of its own
//! over them.
//!
//! Run it with `cargo run --example elements`. The nodes of the `Vec`, the `HashMap` and the `BTreeMap` are on the heap of the
//! process that made them, where they belong; what they hold are handles of the same thirty elements. Nothing is freed twice, and
//! nothing while a handle is left.

use std::collections::{BTreeMap, HashMap};
use std::error::Error;

use shmcore::process::fork_child;
use shmcore::{Shared, ShmMutex, ShmSafe, create_shared_slice};

#[derive(ShmSafe)]
#[repr(C)]
struct Bar {
    a: i32,
    b: i32,
}

type Cell = ShmMutex<Bar>;

fn main() -> Result<(), Box<dyn Error>> {
    let bars: Shared<[Cell]> = create_shared_slice(30)?;

    // By number, as the article has them.
    let by_number: Vec<Shared<Cell>> = bars.elements().collect();
    println!("the parent has {} elements in a Vec", by_number.len());

    let by_name = fork_child(|| {
        let by_name: HashMap<String, Shared<Cell>> =
            by_number.iter().enumerate().map(|(i, bar)| (format!("bar {i}"), bar.clone())).collect();
        let mut bar = by_name["bar 1"].lock().expect("nobody has died");
        (bar.a, bar.b) = (2, 3);
        println!("a child has {} elements in a HashMap, and writes one", by_name.len());
    })?;
    assert!(by_name.wait()?.success());

    let backwards = fork_child(|| {
        // Another order, another container, the same elements.
        let backwards: BTreeMap<i32, Shared<Cell>> = (-29..=0).zip(by_number.iter().rev().cloned()).collect();
        let mut bar = backwards[&-1].lock().expect("nobody has died");
        println!(
            "another child has {} elements in a BTreeMap, and reads {}, {}",
            backwards.len(),
            bar.a,
            bar.b
        );
        bar.b += 1;
    })?;
    assert!(backwards.wait()?.success());

    // A handle keeps its element, also when the slice and the other handles are gone.
    let one = by_number[1].clone();
    drop((bars, by_number));
    let bar = one.lock().expect("nobody has died");
    println!("the parent reads {}, {}", bar.a, bar.b);
    Ok(())
}
