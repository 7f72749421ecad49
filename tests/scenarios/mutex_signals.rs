//! Mutexes and signals: handlers that try to lock, and signals that come while somebody waits.
#![allow(unsafe_code, reason = "installs handlers of signals")]

use std::mem::MaybeUninit;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use shmcore::process::fork_child;
use shmcore::sync::{LockTimeoutError, TryLockError};
use shmcore::{Shared, ShmMutex, create_shared};

use crate::allocations;
use crate::holders::{holder, kill, kill_and_leave, must_succeed};

/// What the handler does, once there is a storm.
static HANDLER: OnceLock<fn()> = OnceLock::new();

extern "C" fn handle(_: libc::c_int) {
    if let Some(handler) = HANDLER.get() {
        handler();
    }
}

/// From here on this process gets a signal each `interval`, and calls `handler` for it.
pub(crate) fn storm(interval: Duration, handler: fn()) {
    HANDLER.set(handler).expect("one storm a process");
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: all bits zero are a `sigaction`: no handler, no flags, an empty set.
    let action = unsafe { action.assume_init_mut() };
    action.sa_sigaction = handle as *const () as usize;
    // SAFETY: `sigaction` requires an action to read, and room for the old one or null (sigaction(2)); each handler makes
    // async-signal-safe calls only, which is what these scenarios are about.
    let result = unsafe { libc::sigaction(libc::SIGALRM, action, std::ptr::null_mut()) };
    assert_eq!(result, 0);
    let every = libc::timeval { tv_sec: 0, tv_usec: interval.subsec_micros().into() };
    set_timer(every);
}

/// No more signals.
fn calm() {
    set_timer(libc::timeval { tv_sec: 0, tv_usec: 0 });
}

fn set_timer(every: libc::timeval) {
    let timer = libc::itimerval { it_interval: every, it_value: every };
    // SAFETY: `setitimer` requires a timer to read, and room for the old one or null (setitimer(2)).
    let result = unsafe { libc::setitimer(libc::ITIMER_REAL, &raw const timer, std::ptr::null_mut()) };
    assert_eq!(result, 0);
}

/// How often main program, peer and handler had the lock; the sum of these.
type Counts = ShmMutex<[u64; 4]>;

static COUNTS: OnceLock<Shared<Counts>> = OnceLock::new();
static TAKEN: AtomicU64 = AtomicU64::new(0);
static REFUSED: AtomicU64 = AtomicU64::new(0);

fn add(counts: &mut [u64; 4], whose: usize) {
    assert_eq!(counts[..3].iter().sum::<u64>(), counts[3]);
    counts[whose] += 1;
    counts[3] += 1;
}

fn try_to_add() {
    match COUNTS.get().expect("there is one").try_lock() {
        Ok(mut counts) => {
            counts[2] += 1;
            counts[3] += 1;
            TAKEN.fetch_add(1, Relaxed);
        }
        Err(TryLockError::WouldBlock) => _ = REFUSED.fetch_add(1, Relaxed),
        Err(TryLockError::Poisoned(_)) => std::process::abort(),
    }
}

pub(crate) fn handler_that_tries_to_lock_amidst_of_locking_neither_hangs_nor_errs() {
    const TIMES: u64 = 100_000;
    let counts = COUNTS.get_or_init(|| create_shared().expect("created"));
    drop(counts.lock().expect("free"));
    storm(Duration::from_micros(100), try_to_add);
    let deadline = Instant::now() + Duration::from_mins(1);
    let mut times = 0;
    while times < TIMES || TAKEN.load(Relaxed) < 100 || REFUSED.load(Relaxed) < 100 {
        let mut counts = counts.lock().expect("nobody dies");
        add(&mut counts, 0);
        times += 1;
        assert!(Instant::now() < deadline, "{TAKEN:?} {REFUSED:?}");
    }
    calm();
    let (taken, refused) = (TAKEN.load(Relaxed), REFUSED.load(Relaxed));
    println!("{times} locks, {taken} more in the handler, which was refused {refused} times");
    assert_eq!(*counts.lock().expect("nobody dies"), [times, 0, taken, times + taken]);
}

/// The same, and another process contends: the handler asks whether it lives, also amidst of other such questions.
pub(crate) fn handler_that_tries_to_lock_what_others_have_neither_hangs_nor_errs() {
    const TIMES: u64 = 100_000;
    let counts = COUNTS.get_or_init(|| create_shared().expect("created"));
    let child = fork_child(|| {
        for _ in 0..TIMES {
            add(&mut counts.lock().expect("nobody dies"), 1);
        }
    });
    let child = child.expect("forked");
    drop(counts.lock().expect("nobody dies"));
    storm(Duration::from_micros(100), try_to_add);
    for _ in 0..TIMES {
        add(&mut counts.lock().expect("nobody dies"), 0);
    }
    calm();
    must_succeed(&child);
    let taken = TAKEN.load(Relaxed);
    println!("{taken} locks in the handler, which was refused {} times", REFUSED.load(Relaxed));
    assert_eq!(*counts.lock().expect("nobody dies"), [TIMES, TIMES, taken, 2 * TIMES + taken]);
}

/// Memory is what a signal handler must not take: it may have interrupted the allocator.
pub(crate) fn trying_to_lock_takes_no_memory() {
    drop(ShmMutex::new(0_u8).lock().expect("the first lock on this thread"));
    let nothing = |what: &str, f: &dyn Fn()| {
        let before = allocations::count();
        f();
        assert_eq!(allocations::count() - before, 0, "{what}");
    };
    let mutex = create_shared::<ShmMutex<u64>>().expect("created");
    nothing("a free lock", &|| assert!(mutex.try_lock().is_ok()));
    let guard = mutex.lock().expect("free");
    nothing("one that this process has", &|| {
        assert!(matches!(mutex.try_lock(), Err(TryLockError::WouldBlock)));
    });
    drop(guard);
    let child = holder(&mutex);
    nothing("one that another process has", &|| {
        assert!(matches!(mutex.try_lock(), Err(TryLockError::WouldBlock)));
    });
    kill_and_leave(&child);
    nothing("one that a dead process has", &|| {
        assert!(matches!(mutex.try_lock(), Err(TryLockError::Poisoned(_))));
    });
    nothing("a poisoned one", &|| assert!(matches!(mutex.try_lock(), Err(TryLockError::Poisoned(_)))));
    child.wait().expect("waited for");
}

pub(crate) fn signals_do_not_change_how_long_a_lock_is_waited_for() {
    const PATIENCE: Duration = Duration::from_millis(300);
    static SIGNALS: AtomicU32 = AtomicU32::new(0);
    let mutex = create_shared::<ShmMutex<u64>>().expect("created");
    let child = holder(&mutex);
    storm(Duration::from_micros(200), || _ = SIGNALS.fetch_add(1, Relaxed));
    let times = [(); 5].map(|()| {
        let start = Instant::now();
        assert!(matches!(mutex.lock_timeout(PATIENCE), Err(LockTimeoutError::TimedOut)));
        start.elapsed()
    });
    calm();
    println!("{times:?} with {SIGNALS:?} signals");
    assert!(times.iter().all(|&time| time >= PATIENCE), "{times:?}");
    // The shortest: the machine may be busy with something else.
    assert!(times.iter().min() < Some(&(PATIENCE + Duration::from_millis(50))), "{times:?}");
    assert!(SIGNALS.load(Relaxed) > 500, "{SIGNALS:?}");
    kill(&child);
}
