//! The state machines, the very files of the library, with another [`world`] as their neighbour.

#[allow(dead_code, reason = "the models use a part of it")]
#[path = "../../../shmcore/src/sync/raw/barrier.rs"]
pub(crate) mod barrier;
#[allow(dead_code, reason = "the models use a part of it")]
#[path = "../../../shmcore/src/sync/raw/condvar.rs"]
pub(crate) mod condvar;
#[allow(dead_code, reason = "the models use a part of it")]
#[path = "../../../shmcore/src/sync/raw/mutex.rs"]
pub(crate) mod mutex;
#[allow(dead_code, reason = "the models use a part of it")]
#[path = "../../../shmcore/src/sync/raw/once.rs"]
pub(crate) mod once;
#[allow(dead_code, reason = "the models use a part of it")]
#[path = "../../../shmcore/src/sync/raw/rwlock.rs"]
pub(crate) mod rwlock;
#[allow(dead_code, reason = "the models use a part of it")]
#[path = "../../../shmcore/src/sync/raw/semaphore.rs"]
pub(crate) mod semaphore;
#[allow(dead_code, reason = "the models use a part of it")]
#[path = "../../../shmcore/src/sync/raw/seqlock.rs"]
pub(crate) mod seqlock;
#[allow(dead_code, reason = "the models use a part of it")]
#[path = "../../../shmcore/src/region/heaps/slot.rs"]
pub(crate) mod slot;
#[allow(dead_code, reason = "has what the library's has")]
pub(crate) mod world;
