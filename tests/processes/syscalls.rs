//! The exact cost of a region, and the clock of a lock that waits: their system calls, seen by ptrace.
#![allow(unsafe_code, reason = "traces a child process")]

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use rustix::process::Pid;
use shm_tests::trace::{Call, Resume, Stop, Tracee, trace_me};

/// Between the marks, no more calls than this are looked at: a child that loops is not followed for ever.
const MOST_STOPS: usize = 100_000;

/// The system calls between each pair of `getppid`, or why they cannot be seen here.
fn trace(command: &mut Command) -> io::Result<Vec<Vec<Call>>> {
    // SAFETY: `pre_exec` requires that the function is async-signal-safe: it makes one system call.
    unsafe { command.pre_exec(trace_me) };
    let child = command.stdin(Stdio::null()).spawn()?;
    let tracee = Tracee::follow(Pid::from_child(&child))?.map_err(|status| {
        io::Error::other(format!("the scenario has ended before it was traced: {status:?}"))
    })?;
    let mut lives = Vec::new();
    let mut between = None;
    for _ in 0..MOST_STOPS {
        tracee.resume(Resume::ToCall, 0)?;
        if let Stop::Ended(_) = tracee.wait()? {
            return Ok(lives);
        }
        let Some(call) = tracee.entered()? else { continue };
        // A debug build of std looks at each descriptor before it closes it; nobody pays for that in a release.
        let is_debug_check =
            call.number == number(libc::SYS_fcntl) && call.arguments[1] == number(libc::F_GETFD.into());
        if call.number == number(libc::SYS_getppid) {
            between = match between {
                None => Some(Vec::new()),
                Some(calls) => {
                    lives.push(calls);
                    None
                }
            };
        } else if let Some(calls) = &mut between
            && !is_debug_check
        {
            calls.push(call);
        }
    }
    tracee.kill()?;
    Ok(lives)
}

/// A constant of libc as the kernel reports it.
fn number(constant: libc::c_long) -> u64 {
    u64::try_from(constant).expect("numbers of calls are positive")
}

/// The lives that a scenario marks; `None`, with a loud word, where they cannot be seen.
fn lives(scenario: &str) -> Option<Vec<Vec<u64>>> {
    let lives = calls(scenario)?;
    Some(lives.into_iter().map(|calls| calls.into_iter().map(|call| call.number).collect()).collect())
}

/// The same with the arguments of the calls.
fn calls(scenario: &str) -> Option<Vec<Vec<Call>>> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scenarios"));
    trace(command.arg(scenario))
        .map_err(|error| {
            super::skipped(&format!("SKIPPED {scenario}: ptrace is not to be had here: {error}"));
        })
        .ok()
}

#[test]
fn anonymous_region_lives_on_six_system_calls() {
    let Some(lives) = lives("lifetimes::of_anonymous") else { return };
    let wanted = [
        libc::SYS_memfd_create,
        libc::SYS_ftruncate,
        libc::SYS_fcntl,
        libc::SYS_mmap,
        libc::SYS_munmap,
        libc::SYS_close,
    ];
    let wanted = wanted.map(number).to_vec();
    // The first life of a process costs no more than the second: nothing is fetched once and kept.
    assert_eq!(lives, [wanted.clone(), wanted]);
}

/// Liveness included: `fcntl` is the lock by which the others see that this process lives. The first time in a process
/// that has no region yet, two more find the user's folder.
#[test]
fn attached_region_lives_on_seven_system_calls() {
    #[cfg(target_arch = "x86_64")]
    const OPEN: libc::c_long = libc::SYS_open;
    #[cfg(not(target_arch = "x86_64"))]
    const OPEN: libc::c_long = libc::SYS_openat;

    let Some(lives) = lives("lifetimes::of_attached") else { return };
    let wanted = [
        OPEN,
        libc::SYS_fstat,
        libc::SYS_pread64,
        libc::SYS_mmap,
        libc::SYS_fcntl,
        libc::SYS_munmap,
        libc::SYS_close,
    ];
    let wanted = wanted.map(number).to_vec();
    assert_eq!(lives, [wanted.clone(), wanted.clone(), wanted]);
}

/// So the wall clock may jump. A sleep without a bound, or until a moment of some clock, would be another operation.
#[test]
fn waiting_for_a_lock_sleeps_for_times_of_the_monotonic_clock() {
    let Some(lives) = calls("mutex::lock_that_times_out") else { return };
    let [waiting] = lives.as_slice() else { panic!("{lives:?}") };
    let sleeps: Vec<_> = waiting.iter().filter(|call| call.number == number(libc::SYS_futex)).collect();
    // 30 ms of sleeps of at most 4.
    assert!(sleeps.len() >= 7, "{sleeps:?}");
    for sleep in sleeps {
        let [_, operation, _, timeout, ..] = sleep.arguments;
        assert_eq!(operation, number(libc::FUTEX_WAIT.into()), "{sleep:?}");
        assert_ne!(timeout, 0, "{sleep:?}");
    }
}
