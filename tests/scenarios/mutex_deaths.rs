//! Mutexes whose holders die, in every way in which a process can end, and those who seem to have died and have not.

use std::mem;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Signal, WaitId, WaitIdOptions, kill_process, waitid};
use shmcore::process::{Child, Token, fork_child};
use shmcore::sync::{LockTimeoutError, PoisonCause, PoisonError, TryLockError};
use shmcore::{Shared, ShmMutex, ShmOptions, create_shared, open_shared};

use crate::facts::wait_until;
use crate::holders::{holder, kill, kill_and_leave, must_succeed, pid, wait_to_be_killed, wait_until_asleep};
use crate::place::Place;

/// In which a death must be noticed.
const NOTICED: Duration = Duration::from_millis(20);

fn died(child: &Child) -> PoisonCause {
    PoisonCause::OwnerDied { pid: child.id() }
}

/// That the holder of the mutex has died, as whoever locks it is told.
#[track_caller]
fn assert_died<G>(locked: Result<G, PoisonError<G>>, child: &Child) {
    let Err(poisoned) = locked else { panic!("the holder has died, and nobody says so") };
    assert_eq!((poisoned.cause(), poisoned.is_torn()), (died(child), false));
}

pub(crate) fn killed_holder_is_told_of_at_the_first_try_while_it_is_a_zombie() {
    let mutex = create_shared::<ShmMutex<u64>>().expect("created");
    let first = holder(&mutex);
    assert!(matches!(mutex.try_lock(), Err(TryLockError::WouldBlock)));
    kill_and_leave(&first);
    assert!(!mutex.is_poisoned(), "nobody has noticed yet");
    assert!(matches!(mutex.try_lock(), Err(TryLockError::Poisoned(error)) if error.cause() == died(&first)));
    assert!(mutex.is_poisoned());
    assert_died(mutex.lock(), &first);
    mutex.clear_poison();

    let second = holder(&mutex);
    kill_and_leave(&second);
    assert_died(mutex.lock(), &second);
    mutex.clear_poison();

    let third = holder(&mutex);
    kill_and_leave(&third);
    let poisoned = mutex.lock_timeout(Duration::ZERO);
    assert!(matches!(poisoned, Err(LockTimeoutError::Poisoned(error)) if error.cause() == died(&third)));
    mutex.clear_poison();
    drop(mutex.lock().expect("cleared, and free"));
    for child in [first, second, third] {
        child.wait().expect("waited for");
    }
}

/// Has a fresh child sleep for the mutex while another one has it, kills that one some time later, and returns how long after
/// the kill the sleeper has the lock, and how long after the end of the dead.
fn sleep_through_a_death(
    mutex: &Shared<ShmMutex<u64>>,
    some_time: Duration,
    prepare: impl FnOnce(),
) -> [Duration; 2] {
    let epoch = Instant::now();
    let noticed = create_shared::<AtomicU64>().expect("created");
    let since_epoch = || u64::try_from(epoch.elapsed().as_nanos()).expect("no hundred years");
    let holder = holder(mutex);
    let sleeper = fork_child(|| {
        prepare();
        let locked = mutex.lock();
        noticed.store(since_epoch(), Relaxed);
        assert_died(locked, &holder);
    });
    let sleeper = sleeper.expect("forked");
    wait_until_asleep(sleeper.id());
    let asleep = Instant::now();
    wait_until(|| asleep.elapsed() >= some_time);
    holder.kill().expect("killed");
    let killed = since_epoch();
    waitid(WaitId::Pid(pid(&holder)), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT).expect("it ends");
    let ended = since_epoch();
    must_succeed(&sleeper);
    holder.wait().expect("waited for");
    mutex.clear_poison();
    [killed, ended].map(|moment| Duration::from_nanos(noticed.load(Relaxed).saturating_sub(moment)))
}

/// Prints median and maximum; the median is bounded, since the machine may be busy with something else once.
#[track_caller]
fn assert_noticed(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let (median, most) = (times[times.len() / 2], times[times.len() - 1]);
    println!("{what}: median {median:.1?}, maximum {most:.1?} of {}", times.len());
    assert!(median <= NOTICED, "{times:?}");
}

pub(crate) fn sleeper_notices_a_death_within_20_ms() {
    let mutex = create_shared::<ShmMutex<u64>>().expect("created");
    let times: Vec<_> = (0..50)
        // Through all the naps, of which the later ones are longer.
        .map(|death| sleep_through_a_death(&mutex, Duration::from_micros(700 * death), || ()))
        .collect();
    assert_noticed("after the kill", times.iter().map(|time| time[0]).collect());
    assert_noticed("after its end was seen", times.iter().map(|time| time[1]).collect());
}

/// Each signal ends a sleep early.
pub(crate) fn sleeper_that_gets_many_signals_notices_a_death_too() {
    let mutex = create_shared::<ShmMutex<u64>>().expect("created");
    let storm = || crate::mutex_signals::storm(Duration::from_micros(200), || ());
    let times: Vec<_> = (0..15)
        .map(|death| sleep_through_a_death(&mutex, Duration::from_micros(700 * death), storm))
        .collect();
    assert_noticed("after the kill", times.iter().map(|time| time[0]).collect());
}

/// The kernel closes the files of a process, and with them the lock that tells of its life, when it has freed its memory. A sleeper does
/// not wait for that.
pub(crate) fn sleeper_does_not_wait_until_the_memory_of_the_dead_is_free() {
    const LARGE: usize = 256 << 20;
    /// It may be free when the sleeper looks, on a fast machine or one that is busy with something else.
    const TRIES: u32 = 20;
    let mutex = create_shared::<ShmMutex<u64>>().expect("created");
    let is_early = |_| {
        let token = create_shared::<AtomicU64>().expect("created");
        let holder = fork_child(|| {
            use_small_pages();
            let memory = vec![1_u8; LARGE];
            let _guard = mutex.lock().expect("not poisoned");
            token.store(Token::current().expect("known").to_bits(), Relaxed);
            std::hint::black_box(&memory);
            // The first thread, or another one, is the last to give up the memory.
            thread::spawn(wait_to_be_killed);
            wait_to_be_killed();
        });
        let holder = holder.expect("forked");
        wait_until(|| token.load(Relaxed) != 0);
        let was_open = create_shared::<AtomicU32>().expect("created");
        let sleeper = fork_child(|| {
            assert_died(mutex.lock(), &holder);
            let token = Token::from_bits(token.load(Relaxed)).expect("stored");
            was_open.store(mutex.is_alive(token).expect("asked").into(), Relaxed);
        });
        let sleeper = sleeper.expect("forked");
        wait_until_asleep(sleeper.id());
        kill(&holder);
        must_succeed(&sleeper);
        mutex.clear_poison();
        was_open.load(Relaxed) == 1
    };
    assert!((0..TRIES).any(is_early), "each of {TRIES} deaths was noticed when the memory was free");
}

/// Has the kernel give this process no huge pages, which are free at once.
#[allow(unsafe_code, reason = "a system call that std does not have")]
fn use_small_pages() {
    const ON: libc::c_ulong = 1;
    const UNUSED: libc::c_ulong = 0;
    // SAFETY: `prctl` with this option changes what memory is made of, and nothing that a program can tell.
    let result = unsafe { libc::prctl(libc::PR_SET_THP_DISABLE, ON, UNUSED, UNUSED, UNUSED) };
    assert_eq!(result, 0, "small pages were refused");
}

/// It has no memory any more, as if the process had none.
pub(crate) fn process_whose_first_thread_has_ended_is_not_robbed() {
    const PATIENCE: Duration = Duration::from_millis(100);
    let mutex = create_shared::<ShmMutex<u64>>().expect("created");
    let turn = create_shared::<AtomicU32>().expect("created");
    let child = fork_child(|| {
        thread::scope(|scope| {
            scope.spawn(|| {
                let _guard = mutex.lock().expect("free");
                turn.store(1, Relaxed);
                wait_until(|| turn.load(Relaxed) == 2);
                std::process::exit(0);
            });
            end_this_thread();
        });
    });
    let child = child.expect("forked");
    wait_until(|| turn.load(Relaxed) == 1);
    let statm = format!("/proc/{}/statm", child.id());
    wait_until(|| std::fs::read_to_string(&statm).is_ok_and(|sizes| sizes.starts_with("0 ")));
    assert!(matches!(mutex.lock_timeout(PATIENCE), Err(LockTimeoutError::TimedOut)));
    turn.store(2, Relaxed);
    assert_died(mutex.lock(), &child);
    must_succeed(&child);
}

/// Ends the thread and not the process, also if it is its first one.
#[allow(unsafe_code, reason = "a system call that std does not have")]
fn end_this_thread() -> ! {
    // SAFETY: `exit(2)` ends this thread, whose stack stays mapped for those that borrow from it.
    unsafe { libc::syscall(libc::SYS_exit, 0) };
    unreachable!("the thread has ended")
}

pub(crate) fn stopped_holder_is_not_robbed() {
    const PATIENCE: Duration = Duration::from_millis(400);
    let mutex = create_shared::<ShmMutex<u64>>().expect("created");
    let turn = create_shared::<AtomicU32>().expect("created");
    let child = fork_child(|| {
        let mut value = mutex.lock().expect("free");
        *value = 1;
        turn.store(1, Relaxed);
        wait_until(|| turn.load(Relaxed) == 2);
        assert_eq!(*value, 1);
        *value = 2;
    });
    let child = child.expect("forked");
    wait_until(|| turn.load(Relaxed) == 1);
    kill_process(pid(&child), Signal::STOP).expect("stopped");
    waitid(WaitId::Pid(pid(&child)), WaitIdOptions::STOPPED | WaitIdOptions::NOWAIT).expect("it stops");
    let start = Instant::now();
    assert!(matches!(mutex.lock_timeout(PATIENCE), Err(LockTimeoutError::TimedOut)));
    assert!(start.elapsed() >= PATIENCE);
    assert!(matches!(mutex.try_lock(), Err(TryLockError::WouldBlock)));
    turn.store(2, Relaxed);
    kill_process(pid(&child), Signal::CONT).expect("goes on");
    assert_eq!(*mutex.lock().expect("nobody has died"), 2);
    must_succeed(&child);
}

/// Killed while it is stopped, it is dead.
pub(crate) fn stopped_holder_that_is_killed_is_dead() {
    let mutex = create_shared::<ShmMutex<u64>>().expect("created");
    let child = holder(&mutex);
    kill_process(pid(&child), Signal::STOP).expect("stopped");
    waitid(WaitId::Pid(pid(&child)), WaitIdOptions::STOPPED | WaitIdOptions::NOWAIT).expect("it stops");
    child.kill().expect("killed");
    assert_died(mutex.lock(), &child);
    child.wait().expect("waited for");
}

pub(crate) fn holder_that_becomes_another_program_is_dead() {
    let mutex = create_shared::<ShmMutex<u64>>().expect("created");
    let holds = create_shared::<AtomicU32>().expect("created");
    let child = fork_child(|| {
        let _guard = mutex.lock().expect("free");
        holds.store(1, Relaxed);
        // It returns only if it fails.
        let error = Command::new("sleep").arg("60").exec();
        panic!("{error}");
    });
    let child = child.expect("forked");
    wait_until(|| holds.load(Relaxed) == 1);
    assert_died(mutex.lock(), &child);
    assert_eq!(child.try_wait().expect("asked"), None, "the program runs");
    kill(&child);
}

/// A program that the holder has started has none of its files.
pub(crate) fn program_started_by_a_holder_does_not_keep_the_lock() {
    let mutex = create_shared::<ShmMutex<u64>>().expect("created");
    let program = create_shared::<AtomicU32>().expect("created");
    let child = fork_child(|| {
        let _guard = mutex.lock().expect("free");
        let mut sleep = Command::new("sleep").arg("60").spawn().expect("started");
        program.store(sleep.id(), Relaxed);
        sleep.wait().expect("waited for");
    });
    let child = child.expect("forked");
    wait_until(|| program.load(Relaxed) != 0);
    kill_and_leave(&child);
    assert_died(mutex.lock(), &child);
    let sleep = rustix::process::Pid::from_raw(program.load(Relaxed).cast_signed()).expect("a pid");
    kill_process(sleep, Signal::KILL).expect("it was alive all the time");
    child.wait().expect("waited for");
}

pub(crate) fn holder_that_ends_as_if_all_were_well_is_dead() {
    let mutex = create_shared::<ShmMutex<u64>>().expect("created");
    let ways: [fn(&ShmMutex<u64>); 3] = [
        |mutex| mem::forget(mutex.lock().expect("not poisoned")),
        |mutex| {
            let _guard = mutex.lock().expect("not poisoned");
            std::process::exit(0);
        },
        // A thread that ends takes nothing along, its process does.
        |mutex| {
            thread::scope(|scope| {
                scope.spawn(|| mem::forget(mutex.lock().expect("not poisoned")));
            });
        },
    ];
    for way in ways {
        let child = fork_child(|| way(&mutex)).expect("forked");
        must_succeed(&child);
        assert_died(mutex.lock(), &child);
        mutex.clear_poison();
    }
}

/// A panic is no death; what ends the process at once, as every panic does in a program with `panic = "abort"`, is one.
pub(crate) fn panic_poisons_as_a_panic_and_an_abort_as_a_death() {
    let mutex = create_shared::<ShmMutex<u64>>().expect("created");
    let panicking = |hook: fn(&std::panic::PanicHookInfo<'_>)| {
        let child = fork_child(|| {
            std::panic::set_hook(Box::new(hook));
            let _guard = mutex.lock().expect("not poisoned");
            panic!("on purpose");
        });
        let child = child.expect("forked");
        assert!(!child.wait().expect("waited for").success());
        child
    };
    panicking(|_| ());
    assert_eq!(mutex.lock().expect_err("poisoned").cause(), PoisonCause::Panicked);
    mutex.clear_poison();
    let child = panicking(|_| std::process::abort());
    assert_died(mutex.lock(), &child);
}

/// The thread that held the lock has ended, and its process lives: the lock stays held, as std's would. It is given up with
/// the mapping, and the process goes on.
pub(crate) fn lock_of_a_forgotten_guard_is_given_up_with_the_mapping() {
    let _place = Place::new();
    let mutex = ShmOptions::new("mutex").create_shared::<ShmMutex<u64>>().expect("created");
    let turn = create_shared::<AtomicU32>().expect("created");
    let other = create_shared::<ShmMutex<u64>>().expect("created");
    let (mine, its) = (other.clone(), turn.clone());
    let child = fork_child(move || {
        thread::scope(|scope| {
            scope.spawn(|| mem::forget(mutex.lock().expect("free")));
        });
        its.store(1, Relaxed);
        wait_until(|| its.load(Relaxed) == 2);
        drop(mutex);
        its.store(3, Relaxed);
        wait_until(|| its.load(Relaxed) == 4);
        // It can lock what it has, and what it gets anew, also where it had lost the lock.
        *mine.lock().expect("free") += 1;
        let mutex = open_shared::<ShmMutex<u64>>("mutex").expect("opened");
        assert!(mutex.lock().expect_err("poisoned").into_inner().eq(&7));
        its.store(5, Relaxed);
        wait_until(|| its.load(Relaxed) == 6);
    });
    // The closure, and with it this process's handle, is gone here.
    let child = child.expect("forked");
    let mutex = open_shared::<ShmMutex<u64>>("mutex").expect("opened");
    wait_until(|| turn.load(Relaxed) == 1);
    assert!(matches!(mutex.lock_timeout(Duration::from_millis(100)), Err(LockTimeoutError::TimedOut)));
    turn.store(2, Relaxed);
    wait_until(|| turn.load(Relaxed) == 3);
    let poisoned = mutex.lock().expect_err("poisoned");
    assert_eq!(poisoned.cause(), died(&child));
    *poisoned.into_inner() = 7;
    turn.store(4, Relaxed);
    wait_until(|| turn.load(Relaxed) == 5);
    assert_eq!(*other.lock().expect("nobody has died"), 1);
    assert_eq!(child.try_wait().expect("asked"), None);
    turn.store(6, Relaxed);
    must_succeed(&child);
}
