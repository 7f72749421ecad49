//! Jobs in a queue that grows, and workers that sleep while there are none; one of them is killed in the middle of its work and
//! replaced, and every job is done.
//!
//! Run it with `cargo run --example jobs`. Queue, results and all texts lie in a heap. A worker notes what it has taken, so that whoever
//! finds it dead can put that back. A job may be done twice then, so its result is kept by its name.

use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};

use shmcore::heap::{HashMap, HeapError, String, VecDeque};
use shmcore::process::{Child, fork_child};
use shmcore::sync::{PoisonError, ShmMutexGuard};
use shmcore::{ShmCondvar, ShmHeap, ShmMutex, ShmOptions, ShmSafe};

const WORKERS: usize = 3;
const JOBS: u64 = 1000;

#[derive(ShmSafe)]
#[repr(C)]
struct Office {
    work: ShmMutex<Work>,
    /// There is something new to do, or there never will be.
    news: ShmCondvar,
    /// So many jobs were done, counting those that were done twice.
    done: AtomicU64,
}

#[derive(ShmSafe)]
#[repr(C)]
struct Work {
    waiting: VecDeque<String>,
    /// By each worker, and not done yet.
    taken: [VecDeque<String>; WORKERS],
    results: HashMap<String, u64>,
    is_closed: bool,
}

impl Office {
    /// Each container is whole, also if the last one to have the lock has died with it.
    fn work(&self) -> ShmMutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn add(heap: &ShmHeap<Office>, job: &str) -> Result<(), HeapError> {
    heap.root().work().waiting.push_back(heap, job)?;
    heap.root().news.notify_one();
    Ok(())
}

/// Takes the next job, and sleeps until there is one. `None` if there will be no more.
fn take(heap: &ShmHeap<Office>, worker: usize) -> Result<Option<std::string::String>, HeapError> {
    let office = heap.root();
    let mut work = office.work();
    while work.waiting.is_empty(heap)? && !work.is_closed {
        work = office.news.wait(work).unwrap_or_else(PoisonError::into_inner);
    }
    let Some(first) = work.waiting.front(heap)? else { return Ok(None) };
    let job = first.as_str(heap)?.to_owned();
    // In this order: who dies in between leaves a job that is done twice, not one that is not done.
    work.taken[worker].push_back(heap, job.as_str())?;
    if let Some(mut first) = work.waiting.pop_front(heap)? {
        first.free(heap)?;
    }
    Ok(Some(job))
}

/// The number of primes below the number that a job ends with.
fn result_of(job: &str) -> u64 {
    let end: u64 = job.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0);
    let is_prime = |number: &u64| {
        (2..*number)
            .take_while(|factor| factor * factor <= *number)
            .all(|factor| !number.is_multiple_of(factor))
    };
    (2..end).filter(is_prime).count() as u64
}

fn work(heap: &ShmHeap<Office>, worker: usize) -> Result<(), HeapError> {
    while let Some(job) = take(heap, worker)? {
        let result = result_of(&job);
        let mut work = heap.root().work();
        work.results.insert(heap, job.as_str(), result)?;
        work.taken[worker].clear(heap)?;
        heap.root().done.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// Puts back what a dead worker had taken, and frees what it had in its own memory.
fn clear_desk(heap: &ShmHeap<Office>, worker: usize) -> Result<(), HeapError> {
    let mut work = heap.root().work();
    while let Some(job) = work.taken[worker].pop_front(heap)? {
        work.waiting.push_front(heap, job)?;
    }
    heap.root().work.clear_poison();
    heap.root().news.notify_all();
    heap.reclaim().map(drop)
}

fn start(heap: &ShmHeap<Office>, worker: usize) -> Result<Child, Box<dyn Error>> {
    Ok(fork_child(|| work(heap, worker))?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let heap: ShmHeap<Office> = ShmOptions::anonymous().create_heap(16 << 20)?;
    let office = heap.root();
    let workers = (0..WORKERS).map(|worker| start(&heap, worker)).collect::<Result<Vec<_>, _>>()?;
    for number in 0..JOBS {
        add(&heap, &format!("primes below {number}"))?;
    }
    let victim = &workers[0];
    while office.done.load(Ordering::Relaxed) < JOBS / 4 && victim.try_wait()?.is_none() {
        std::thread::yield_now();
    }
    victim.kill()?;
    println!("the first worker ended by itself: {}", victim.wait()?.success());
    clear_desk(&heap, 0)?;
    let replacement = start(&heap, 0)?;
    office.work().is_closed = true;
    office.news.notify_all();
    for worker in workers[1..].iter().chain([&replacement]) {
        let status = worker.wait()?;
        if !status.success() {
            return Err(format!("a worker failed: {status}").into());
        }
    }
    let mut work = office.work();
    for (job, result) in work.results.iter(&heap)? {
        let job = job.as_str(&heap)?;
        assert_eq!(*result, result_of(job), "of {job}");
    }
    println!("{} of {JOBS} jobs have a result", work.results.len(&heap)?);
    work.waiting.free(&heap)?;
    work.results.free(&heap)?;
    for desk in &mut work.taken {
        desk.free(&heap)?;
    }
    println!("{} bytes are used when all is freed", heap.check()?.used);
    Ok(())
}
