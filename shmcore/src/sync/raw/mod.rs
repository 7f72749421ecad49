//! The state machines: atomics and nothing else, no `T`, no system call of their own. Models and the crash lab run these very
//! files.
//!
//! What they need of the world comes through [`world`].

pub(super) mod barrier;
pub(super) mod condvar;
pub(crate) mod mutex;
pub(super) mod once;
pub(super) mod rwlock;
pub(super) mod semaphore;
pub(super) mod seqlock;
pub(crate) mod world;
