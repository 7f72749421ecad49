//! The struct of the example `fork`, behind a lock, in several worker processes; one of them is killed in the middle of an
//! update, and the others go on.
//!
//! Run it with `cargo run --example workers`. Each update changes `a` and `b` of one bar, which are equal whenever nobody is at
//! work. The worker that takes over from the dead one is told so, and repairs what it left behind.

use std::error::Error;
use std::os::unix::process::parent_id;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use shmcore::process::fork_child;
use shmcore::sync::ShmMutexGuard;
use shmcore::{ShmMutex, ShmSafe, create_shared};

const WORKERS: usize = 4;
/// Of each worker that lives.
const UPDATES: i32 = 10_000;

#[derive(ShmSafe)]
#[repr(C)]
struct Bar {
    a: i32,
    b: i32,
}

#[derive(ShmSafe)]
#[repr(C)]
struct Foo {
    bar: ShmMutex<[Bar; 30]>,
    /// The half-done update of the victim has begun.
    is_half_done: AtomicU32,
}

impl Foo {
    /// Takes the lock, and puts in order what a dead process may have left half done.
    fn lock(&self) -> ShmMutexGuard<'_, [Bar; 30]> {
        self.bar.lock().unwrap_or_else(|poisoned| {
            println!("a worker repairs: {}", poisoned.cause());
            let mut bars = poisoned.into_inner();
            for bar in &mut *bars {
                bar.b = bar.a;
            }
            self.bar.clear_poison();
            bars
        })
    }

    fn work(&self, worker: usize) {
        for update in 0..UPDATES {
            let bar = &mut self.lock()[worker];
            bar.a = update + 1;
            bar.b = update + 1;
        }
    }

    /// Half an update, in the middle of which it waits to be killed.
    fn work_until_killed(&self, worker: usize, parent: u32) {
        let mut bars = self.lock();
        bars[worker].a = 2;
        self.is_half_done.store(1, Ordering::Release);
        // A parent that is gone will not kill it any more.
        while parent_id() == parent {
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let foo = create_shared::<Foo>()?;
    let parent = std::process::id();
    let victim = fork_child(|| foo.work_until_killed(WORKERS, parent))?;
    while foo.is_half_done.load(Ordering::Acquire) == 0 {
        if let Some(status) = victim.try_wait()? {
            return Err(format!("the victim has ended too early: {status}").into());
        }
        std::thread::yield_now();
    }
    // From here on all workers find the lock held.
    let workers =
        (0..WORKERS).map(|worker| fork_child(|| foo.work(worker))).collect::<Result<Vec<_>, _>>()?;
    println!("kill -9 the worker that holds the lock");
    victim.kill()?;
    victim.wait()?;
    for worker in &workers {
        let status = worker.wait()?;
        if !status.success() {
            return Err(format!("a worker failed: {status}").into());
        }
    }
    let bars = foo.lock();
    for (worker, bar) in bars.iter().take(WORKERS + 1).enumerate() {
        println!("{worker}: {}, {}", bar.a, bar.b);
    }
    Ok(())
}
