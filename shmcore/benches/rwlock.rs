//! What an uncontended lock and unlock cost, for reading and for writing, against the process-shared `rwlock` of pthread, which
//! nobody can open again after a death.
//!
//! `cargo bench --bench rwlock` prints a line for each and fails above the limits.
#![allow(unsafe_code, reason = "the other side of the comparison calls libc")]

#[path = "pairs/mod.rs"]
mod pairs;

use std::cell::UnsafeCell;
use std::hint::black_box;
use std::mem::MaybeUninit;
use std::process::ExitCode;

use shmcore::{ShmRwLock, create_shared};

/// Pairs of lock and unlock in one repetition.
const LOCKS: u32 = 200;
/// The greatest ratio of times, ours by that of pthread.
const LIMIT: f64 = 1.0;

fn main() -> ExitCode {
    let ours = create_shared::<ShmRwLock<u64>>().expect("created");
    let pthread = Pthread::new();
    println!("{LOCKS} uncontended locks and unlocks: shmcore / pthread");
    let read = || {
        for _ in 0..LOCKS {
            black_box(*black_box(&*ours).read().expect("nobody dies"));
        }
    };
    let read = pairs::compare("read", LIMIT, read, || {
        for _ in 0..LOCKS {
            black_box(black_box(&pthread).with(Pthread::read, |value| *value));
        }
    });
    let write = || {
        for _ in 0..LOCKS {
            *black_box(&*ours).write().expect("nobody dies") += 1;
        }
    };
    let write = pairs::compare("write", LIMIT, write, || {
        for _ in 0..LOCKS {
            black_box(&pthread).with(Pthread::write, |value| *value += 1);
        }
    });
    if read <= LIMIT && write <= LIMIT { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

struct Pthread {
    lock: Box<UnsafeCell<libc::pthread_rwlock_t>>,
    value: UnsafeCell<u64>,
}

impl Pthread {
    fn new() -> Self {
        let mut attributes = MaybeUninit::uninit();
        let lock = Box::new(UnsafeCell::new(libc::PTHREAD_RWLOCK_INITIALIZER));
        // SAFETY: the functions initialise, change and read attributes, and initialise a lock (pthread_rwlock_init(3p)).
        #[expect(clippy::multiple_unsafe_ops_per_block, reason = "one construction")]
        unsafe {
            assert_eq!(libc::pthread_rwlockattr_init(attributes.as_mut_ptr()), 0);
            let mut attributes = attributes.assume_init();
            assert_eq!(
                libc::pthread_rwlockattr_setpshared(&raw mut attributes, libc::PTHREAD_PROCESS_SHARED),
                0
            );
            assert_eq!(libc::pthread_rwlock_init(lock.get(), &raw const attributes), 0);
        }
        Self { lock, value: UnsafeCell::new(0) }
    }

    #[inline]
    fn with<R>(&self, lock: impl FnOnce(&Self), f: impl FnOnce(&mut u64) -> R) -> R {
        lock(self);
        // SAFETY: the lock is held, and this is the only thread.
        let result = f(unsafe { &mut *self.value.get() });
        // SAFETY: the lock is held by this thread (pthread_rwlock_unlock(3p)).
        assert_eq!(unsafe { libc::pthread_rwlock_unlock(self.lock.get()) }, 0);
        result
    }

    #[inline]
    fn read(&self) {
        // SAFETY: the lock was initialised (pthread_rwlock_rdlock(3p)).
        assert_eq!(unsafe { libc::pthread_rwlock_rdlock(self.lock.get()) }, 0);
    }

    #[inline]
    fn write(&self) {
        // SAFETY: the lock was initialised (pthread_rwlock_wrlock(3p)).
        assert_eq!(unsafe { libc::pthread_rwlock_wrlock(self.lock.get()) }, 0);
    }
}
