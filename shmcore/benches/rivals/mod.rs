//! The locks that shmcore's are compared with: the textbook futex lock, and the process-shared mutexes of pthread.

use std::cell::UnsafeCell;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use shmcore::ShmSafe;

/// The textbook lock: 0 free, 1 held, 2 held and slept on. Nobody knows who holds it.
#[derive(ShmSafe)]
#[repr(C)]
pub(crate) struct Futex {
    word: AtomicU32,
    value: AtomicU64,
}

impl Futex {
    #[inline]
    pub(crate) fn with(&self, f: impl FnOnce(&mut u64)) {
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
pub(crate) enum Sharing {
    /// `PTHREAD_PROCESS_SHARED`.
    Plain,
    /// And `PTHREAD_MUTEX_ROBUST`.
    Robust,
}

/// A mutex of pthread and its value, in memory that forked children share.
#[derive(Clone, Copy)]
pub(crate) struct Pthread(&'static Mutex);

struct Mutex {
    mutex: UnsafeCell<libc::pthread_mutex_t>,
    value: UnsafeCell<u64>,
}

impl Pthread {
    pub(crate) fn new(sharing: Sharing) -> Self {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let kind = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
        // SAFETY: without an address asked for, the kernel picks one that nobody uses (mmap(2)).
        let memory = unsafe { libc::mmap(std::ptr::null_mut(), size_of::<Mutex>(), access, kind, -1, 0) };
        assert_ne!(memory, libc::MAP_FAILED);
        // SAFETY: a new mapping, aligned to a page, all zeroes, and never unmapped.
        let mutex: &'static Mutex = unsafe { &*memory.cast() };
        let mut attributes = MaybeUninit::uninit();
        // SAFETY: the functions initialise, change and read attributes, and initialise a mutex (pthread_mutex_init(3)).
        #[expect(clippy::multiple_unsafe_ops_per_block, reason = "one construction")]
        unsafe {
            assert_eq!(libc::pthread_mutexattr_init(attributes.as_mut_ptr()), 0);
            let attributes = attributes.as_mut_ptr();
            assert_eq!(libc::pthread_mutexattr_setpshared(attributes, libc::PTHREAD_PROCESS_SHARED), 0);
            if sharing == Sharing::Robust {
                assert_eq!(libc::pthread_mutexattr_setrobust(attributes, libc::PTHREAD_MUTEX_ROBUST), 0);
            }
            assert_eq!(libc::pthread_mutex_init(mutex.mutex.get(), attributes), 0);
        }
        Self(mutex)
    }

    /// Takes the lock for good, and returns whether its owner has died.
    pub(crate) fn lock(self) -> bool {
        // SAFETY: the mutex was initialised (pthread_mutex_lock(3)).
        match unsafe { libc::pthread_mutex_lock(self.0.mutex.get()) } {
            0 => false,
            libc::EOWNERDEAD => true,
            error => panic!("pthread_mutex_lock: {error}"),
        }
    }

    #[inline]
    pub(crate) fn with(self, f: impl FnOnce(&mut u64)) {
        // SAFETY: the mutex was initialised (pthread_mutex_lock(3)).
        assert_eq!(unsafe { libc::pthread_mutex_lock(self.0.mutex.get()) }, 0);
        // SAFETY: the lock is held.
        f(unsafe { &mut *self.0.value.get() });
        // SAFETY: the lock is held by this thread (pthread_mutex_unlock(3)).
        assert_eq!(unsafe { libc::pthread_mutex_unlock(self.0.mutex.get()) }, 0);
    }
}
