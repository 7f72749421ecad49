//! The struct of the example `fork` with a container that grows, shared by unrelated processes under a name.
//!
//! Run it with `cargo run --example growing`. The first process makes a heap; the others are started as programs of their own,
//! know nothing but the name, and add as many bars as they like. In C++ this is a `std::vector` with an allocator for the segment;
//! here a `Vec` of std would not compile, and a process that is killed in the middle of an allocation loses nothing.

use std::env;
use std::error::Error;
use std::process::Command;

use shmcore::heap::{Heap, HeapError, Vec};
use shmcore::{ShmHeap, ShmMutex, ShmOptions, ShmSafe, unlink};

const WRITERS: i32 = 3;
const BARS: i32 = 10_000;

#[derive(ShmSafe)]
#[repr(C)]
struct Bar {
    a: i32,
    b: i32,
}

#[derive(ShmSafe)]
#[repr(C)]
struct Foo {
    bars: ShmMutex<Vec<Bar>>,
}

impl Foo {
    fn add(&self, heap: &Heap, bar: Bar) -> Result<(), HeapError> {
        // The vector is whole also if a process has died with the lock, so there is nothing to repair.
        let mut bars = self.bars.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        bars.push(heap, bar)?;
        Ok(())
    }
}

/// A program that knows the name.
fn write(name: &str, writer: i32) -> Result<(), Box<dyn Error>> {
    let heap: ShmHeap<Foo> = ShmOptions::new(name).open_heap()?;
    for number in 0..BARS {
        heap.root().add(&heap, Bar { a: writer, b: number })?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    if let [_, name, writer] = &*env::args().collect::<std::vec::Vec<_>>() {
        return write(name, writer.parse()?);
    }
    let name = &format!("example-growing-{}", std::process::id());
    let heap: ShmHeap<Foo> = ShmOptions::new(name).create_heap(4 << 20)?;
    let start = |writer: i32| Command::new(env::current_exe()?).args([name, &writer.to_string()]).spawn();
    let writers: Result<std::vec::Vec<_>, _> = (1..=WRITERS).map(start).collect();
    for mut writer in writers? {
        let status = writer.wait()?;
        if !status.success() {
            return Err(format!("a writer failed: {status}").into());
        }
    }
    let mut bars = heap.root().bars.lock().expect("nobody has died");
    println!("{} bars", bars.len(&heap)?);
    for writer in 1..=WRITERS {
        let of_writer = bars.iter(&heap)?.filter(|bar| bar.a == writer);
        println!(
            "of writer {writer}: {}, the last one is {}",
            of_writer.clone().count(),
            of_writer.map(|bar| bar.b).max().unwrap_or(-1)
        );
    }
    bars.free(&heap)?;
    println!("{} bytes are used when they are freed", heap.check()?.used);
    drop(bars);
    unlink(name)?;
    Ok(())
}
