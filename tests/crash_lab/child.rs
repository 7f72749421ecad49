//! The processes of the lab: forked, with a deadline of their own, and what their ends mean.
//!
//! # Safety
//!
//! 1. The lab has one thread, and so has each of its children.
#![allow(unsafe_code, reason = "forks, and sets timers")]

use std::io;
use std::mem::MaybeUninit;
use std::panic::{self, AssertUnwindSafe};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitStatus, getpid, kill_process, set_parent_process_death_signal};
use rustix::thread::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity};
use shm_tests::trace::{self, Tracee};

use crate::scenario::Scenario;

/// How long a child may take to be led to where it dies, on a machine that is busy with something else.
const STRETCH_DEADLINE: Duration = Duration::from_mins(2);

/// Exit codes of children.
const PANICKED: i32 = 101;
const NOT_PERMITTED: i32 = 77;

/// What became of the shared state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// All is as promised.
    Sound,
    /// A peer has found something that must not be.
    Broken,
    /// A peer has not come back.
    Hung,
}

/// The processors on which this process may run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Processors(CpuSet);

impl Processors {
    /// Stays on one from here on: a step is three times as fast if tracer and child take turns on the same one.
    pub(crate) fn keep_one() -> io::Result<Self> {
        let all = sched_getaffinity(None)?;
        let mut one = CpuSet::new();
        one.set(sched_getcpu());
        sched_setaffinity(None, &one)?;
        Ok(Self(all))
    }
}

/// Forks. The child runs `f`, and ends: by itself, at its deadline, with the lab, or when it is killed.
pub(crate) fn fork(deadline: Duration, f: impl FnOnce()) -> io::Result<Pid> {
    // SAFETY: `fork` requires, of a child that does more than async-signal-safe calls, that this is the only thread:
    // invariant 1.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => {
            let ended = panic::catch_unwind(AssertUnwindSafe(|| {
                // If the lab is gone by now, the timer ends this process.
                set_parent_process_death_signal(Some(Signal::KILL)).expect("dies with the lab");
                end_after(deadline);
                f();
            }));
            exit(if ended.is_ok() { 0 } else { PANICKED })
        }
        pid => Pid::from_raw(pid).ok_or_else(|| io::Error::other("fork returned no pid")),
    }
}

/// Lets the kernel end this process by SIGALRM.
fn end_after(deadline: Duration) {
    let value = libc::timeval {
        tv_sec: deadline.as_secs().try_into().unwrap_or(libc::time_t::MAX),
        tv_usec: deadline.subsec_micros().into(),
    };
    let timer = libc::itimerval { it_interval: libc::timeval { tv_sec: 0, tv_usec: 0 }, it_value: value };
    // SAFETY: `setitimer` requires a timer to read, and room for the old one or null (setitimer(2)).
    let result = unsafe { libc::setitimer(libc::ITIMER_REAL, &raw const timer, std::ptr::null_mut()) };
    assert_eq!(result, 0, "setitimer: {}", io::Error::last_os_error());
}

fn exit(code: i32) -> ! {
    // SAFETY: `_exit` requires nothing (_exit(2)).
    unsafe { libc::_exit(code) }
}

/// A child that is stopped at the start of what `f` does. `None` where ptrace is not permitted.
pub(crate) fn traced(f: impl FnOnce()) -> io::Result<Option<Tracee>> {
    let child = fork(STRETCH_DEADLINE, || {
        if trace::trace_me().is_err() {
            exit(NOT_PERMITTED);
        }
        mark();
        f();
        mark();
    })?;
    match Tracee::follow(child)? {
        Ok(tracee) => Ok(Some(tracee)),
        Err(status) if status.exit_status() == Some(NOT_PERMITTED) => Ok(None),
        Err(status) => Err(io::Error::other(format!("a child has ended before the stretch: {status:?}"))),
    }
}

/// The same, where it was permitted before.
pub(crate) fn traced_again(f: impl FnOnce()) -> io::Result<Tracee> {
    traced(f)?.ok_or_else(|| io::Error::other("ptrace is not permitted any more"))
}

/// The start and the end of a stretch: a system call that the tracer sees as [`MARK`].
fn mark() {
    kill_process(getpid(), Signal::STOP).expect("a process may stop itself");
}

/// The signal that a marking child is about to get.
pub(crate) const MARK: i32 = libc::SIGSTOP;

/// A process that runs `f`, untraced, on any processor.
pub(crate) fn actor(processors: &Processors, f: impl FnOnce()) -> io::Result<Pid> {
    fork(STRETCH_DEADLINE, || {
        sched_setaffinity(None, &processors.0).expect("allowed before");
        f();
    })
}

/// Lets the kernel kill this process after some time, wherever it is then. By a timer of its own, so that nobody has to be in
/// time for it: a stretch takes less than another process needs to wake up.
pub(crate) fn die_after(time: Duration) {
    let mut event = MaybeUninit::<libc::sigevent>::zeroed();
    // SAFETY: all bits zero are a `sigevent`: numbers, and a null pointer.
    let event = unsafe { event.assume_init_mut() };
    event.sigev_notify = libc::SIGEV_SIGNAL;
    event.sigev_signo = libc::SIGKILL;
    let mut timer = std::ptr::null_mut();
    // SAFETY: `timer_create` requires an event to read, and room for the timer's id (timer_create(2)).
    let result = unsafe { libc::timer_create(libc::CLOCK_MONOTONIC, event, &raw mut timer) };
    assert_eq!(result, 0, "timer_create: {}", io::Error::last_os_error());
    let none = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // Zero would be never.
    let value = libc::timespec {
        tv_sec: time.as_secs().try_into().unwrap_or(libc::time_t::MAX),
        tv_nsec: time.subsec_nanos().max(1).into(),
    };
    let once = libc::itimerspec { it_interval: none, it_value: value };
    // SAFETY: `timer_settime` requires a timer of this process, a time to read, and room for the old one or null
    // (timer_settime(2)).
    let result = unsafe { libc::timer_settime(timer, 0, &raw const once, std::ptr::null_mut()) };
    assert_eq!(result, 0, "timer_settime: {}", io::Error::last_os_error());
}

/// Lets a fresh process recover.
pub(crate) fn recover(scenario: &dyn Scenario) -> io::Result<Verdict> {
    let peer = fork(scenario.deadline(), || scenario.recover_and_check())?;
    Ok(verdict(trace::wait(peer)?))
}

/// What the end of a process says.
pub(crate) fn verdict(status: WaitStatus) -> Verdict {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(0), _) => Verdict::Sound,
        (_, Some(libc::SIGALRM)) => Verdict::Hung,
        _ => Verdict::Broken,
    }
}
