//! The main job: a struct in memory that a forked child shares.
//!
//! Run it with `cargo run --example fork`. It is the program of "Using mmap to Create Shared Objects" in Rust. Where the
//! original sleeps for a second and hopes, this one waits: the child for a flag that the parent sets once it has
//! read, the parent for the end of the child.

use std::error::Error;
use std::os::unix::process::parent_id;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use shmcore::process::fork_child;
use shmcore::{Shared, ShmSafe, create_shared};

#[derive(ShmSafe)]
#[repr(C)]
struct Bar {
    a: AtomicI32,
    b: AtomicI32,
}

#[derive(ShmSafe)]
#[repr(C)]
struct Foo {
    bar: [Bar; 30],
}

fn print(foo: &Shared<Foo>) {
    for (i, bar) in foo.bar.iter().take(3).enumerate() {
        println!("{i}: {}, {}", bar.a.load(Ordering::Relaxed), bar.b.load(Ordering::Relaxed));
    }
    // One address in both processes: it is one object.
    println!("Foo: {:p}\nFoo.bar: {:p}\n---", *foo, &foo.bar);
}

fn main() -> Result<(), Box<dyn Error>> {
    // All zeroes, in shared memory.
    let foo = create_shared::<Foo>()?;
    let parent_has_read = create_shared::<AtomicBool>()?;
    let parent = std::process::id();

    println!("data before fork: ");
    print(&foo);

    let child = fork_child(|| {
        while !parent_has_read.load(Ordering::Acquire) {
            // A parent that is gone will not set it any more.
            if parent_id() != parent {
                return ExitCode::FAILURE;
            }
            std::thread::yield_now();
        }

        println!("Child read:");
        print(&foo);

        foo.bar[1].a.store(2, Ordering::Relaxed);
        foo.bar[1].b.store(3, Ordering::Relaxed);

        println!("Child wrote:");
        print(&foo);
        ExitCode::SUCCESS
    })?;

    println!("Parent read:");
    print(&foo);
    parent_has_read.store(true, Ordering::Release);

    let status = child.wait()?;
    println!("After 1s, parent read:");
    print(&foo);
    if status.success() { Ok(()) } else { Err(format!("the child failed: {status}").into()) }
}
