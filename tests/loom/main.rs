//! Models of the state machines: loom tries every order in which their steps can happen, and what each load may then see.
//!
//! These are the very files of the library; only the world around them is another one. Each model says how many threads it
//! has, and what else bounds it.

#![allow(unsafe_code, reason = "the models are of what makes unsafe code sound")]

mod barrier;
mod condvar;
mod heaps;
mod mutex;
mod once;
mod raw;
mod rwlock;
mod semaphore;
mod seqlock;

/// Tries all orders with at most this many preemptions.
fn model(preemptions: usize, f: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(f);
}
