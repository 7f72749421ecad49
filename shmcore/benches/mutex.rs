//! What an uncontended lock and unlock cost, against the plain futex lock that every owner-less mutex is, and against the
//! robust mutex of pthread; and what two processes get done that contend, against the process-shared mutex of pthread.
//!
//! `cargo bench --bench mutex` prints a line for each and fails above the limits.
#![allow(unsafe_code, reason = "the other sides of the comparisons call libc")]

#[path = "pairs/mod.rs"]
mod pairs;

use std::cell::UnsafeCell;
use std::hint::black_box;
use std::mem::MaybeUninit;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};

use shmcore::{ShmMutex, create_shared};

/// Pairs of lock and unlock in one repetition.
const LOCKS: u32 = 200;

fn main() -> ExitCode {
    let ours = create_shared::<ShmMutex<u64>>().expect("created");
    let futex = create_shared::<Futex>().expect("created");
    let robust = Pthread::new(Sharing::Robust);
    let plain = Pthread::new(Sharing::Plain);
    println!("{LOCKS} uncontended locks and unlocks: shmcore / other");
    let lock_ours = || {
        for _ in 0..LOCKS {
            *black_box(&*ours).lock().expect("nobody dies") += 1;
        }
    };
    let with_futex = pairs::compare("futex", 1.15, lock_ours, || {
        for _ in 0..LOCKS {
            black_box(&*futex).with(|value| *value += 1);
        }
    });
    let with_robust = pairs::compare("robust", 0.6, lock_ours, || {
        for _ in 0..LOCKS {
            black_box(&robust).with(|value| *value += 1);
        }
    });
    pairs::compare("pthread", 1.15, lock_ours, || {
        for _ in 0..LOCKS {
            black_box(&plain).with(|value| *value += 1);
        }
    });
    if with_futex <= 1.15 && with_robust <= 0.6 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The textbook lock: 0 free, 1 held, 2 held and slept on. Nobody knows who holds it.
#[derive(shmcore::ShmSafe)]
#[repr(C)]
struct Futex {
    word: AtomicU32,
    value: std::sync::atomic::AtomicU64,
}

impl Futex {
    #[inline]
    fn with(&self, f: impl FnOnce(&mut u64)) {
        if self.word.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_err() {
            self.lock_slow();
        }
        let mut value = self.value.load(Ordering::Relaxed);
        f(&mut value);
        self.value.store(value, Ordering::Relaxed);
        if self.word.swap(0, Ordering::Release) == 2 {
            futex(&self.word, libc::FUTEX_WAKE, 1);
        }
    }

    #[cold]
    fn lock_slow(&self) {
        while self.word.swap(2, Ordering::Acquire) != 0 {
            futex(&self.word, libc::FUTEX_WAIT, 2);
        }
    }
}

fn futex(word: &AtomicU32, operation: libc::c_int, value: u32) {
    let no_timeout = std::ptr::null::<libc::timespec>();
    // SAFETY: `futex` requires the address of an aligned word, and a timeout or null (futex(2)).
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), operation, value, no_timeout) };
}

/// What a mutex of pthread is asked for.
#[derive(Clone, Copy, PartialEq)]
enum Sharing {
    /// `PTHREAD_PROCESS_SHARED`.
    Plain,
    /// And `PTHREAD_MUTEX_ROBUST`.
    Robust,
}

struct Pthread {
    mutex: Box<UnsafeCell<libc::pthread_mutex_t>>,
    value: UnsafeCell<u64>,
}

impl Pthread {
    fn new(sharing: Sharing) -> Self {
        let mut attributes = MaybeUninit::uninit();
        let mutex = Box::new(UnsafeCell::new(libc::PTHREAD_MUTEX_INITIALIZER));
        // SAFETY: the functions initialise, change and read attributes, and initialise a mutex (pthread_mutex_init(3)).
        #[expect(clippy::multiple_unsafe_ops_per_block, reason = "one construction")]
        unsafe {
            assert_eq!(libc::pthread_mutexattr_init(attributes.as_mut_ptr()), 0);
            let mut attributes = attributes.assume_init();
            assert_eq!(
                libc::pthread_mutexattr_setpshared(&raw mut attributes, libc::PTHREAD_PROCESS_SHARED),
                0
            );
            if sharing == Sharing::Robust {
                assert_eq!(
                    libc::pthread_mutexattr_setrobust(&raw mut attributes, libc::PTHREAD_MUTEX_ROBUST),
                    0
                );
            }
            assert_eq!(libc::pthread_mutex_init(mutex.get(), &raw const attributes), 0);
        }
        Self { mutex, value: UnsafeCell::new(0) }
    }

    #[inline]
    fn with(&self, f: impl FnOnce(&mut u64)) {
        // SAFETY: the mutex was initialised (pthread_mutex_lock(3)).
        assert_eq!(unsafe { libc::pthread_mutex_lock(self.mutex.get()) }, 0);
        // SAFETY: the lock is held.
        f(unsafe { &mut *self.value.get() });
        // SAFETY: the lock is held by this thread (pthread_mutex_unlock(3)).
        assert_eq!(unsafe { libc::pthread_mutex_unlock(self.mutex.get()) }, 0);
    }
}
