//! The exact cost of a region: its system calls, counted by ptrace.
#![allow(unsafe_code, reason = "traces a child process")]

use std::io;
use std::mem::MaybeUninit;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

/// Between the marks, no more calls than this are looked at: a child that loops is not followed for ever.
const MOST_STOPS: usize = 100_000;

/// The system calls between each pair of `getppid`, or why they cannot be seen here.
fn trace(command: &mut Command) -> io::Result<Vec<Vec<u64>>> {
    // SAFETY: `pre_exec` requires that the function is async-signal-safe: it makes one system call.
    unsafe { command.pre_exec(trace_me) };
    let mut child = command.stdin(Stdio::null()).spawn()?;
    let pid = child.id().cast_signed();
    let mut lives = Vec::new();
    let mut between = None;
    wait_for_stop(pid)?;
    ptrace(libc::PTRACE_SETOPTIONS, pid, libc::PTRACE_O_TRACESYSGOOD | libc::PTRACE_O_EXITKILL)?;
    for _ in 0..MOST_STOPS {
        ptrace(libc::PTRACE_SYSCALL, pid, 0)?;
        if !wait_for_stop(pid)? {
            break;
        }
        let Some(call) = entered(pid)? else { continue };
        if call == number(libc::SYS_getppid) {
            between = match between {
                None => Some(Vec::new()),
                Some(calls) => {
                    lives.push(calls);
                    None
                }
            };
        } else if let Some(calls) = &mut between {
            calls.push(call);
        }
    }
    // Ended already, unless the loop was left early.
    let _ = child.kill();
    let _ = child.wait();
    Ok(lives)
}

fn trace_me() -> io::Result<()> {
    // SAFETY: this request takes no pointers (ptrace(2)).
    match unsafe { libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

fn ptrace(request: libc::c_uint, pid: i32, data: libc::c_int) -> io::Result<()> {
    // SAFETY: these requests take no pointers (ptrace(2)).
    match unsafe { libc::ptrace(request, pid, 0, data) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// Waits for the next stop; `false` if the child ended instead.
fn wait_for_stop(pid: i32) -> io::Result<bool> {
    let mut status = 0;
    // SAFETY: `waitpid` requires a place for the status (waitpid(2)).
    match unsafe { libc::waitpid(pid, &raw mut status, 0) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(libc::WIFSTOPPED(status)),
    }
}

/// The number of the system call that the child is about to make, if that is why it stopped.
fn entered(pid: i32) -> io::Result<Option<u64>> {
    let mut info = MaybeUninit::<libc::ptrace_syscall_info>::zeroed();
    let size = size_of::<libc::ptrace_syscall_info>();
    // SAFETY: `PTRACE_GET_SYSCALL_INFO` requires `size` bytes of room (ptrace(2)).
    let result = unsafe { libc::ptrace(libc::PTRACE_GET_SYSCALL_INFO, pid, size, info.as_mut_ptr()) };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: every byte was zero or written by the kernel, and all bit patterns of the struct are valid.
    let info = unsafe { info.assume_init() };
    if info.op != libc::PTRACE_SYSCALL_INFO_ENTRY {
        return Ok(None);
    }
    // SAFETY: `op` says that the kernel has filled this variant of the union.
    let entry = unsafe { info.u.entry };
    // A debug build of std looks at each descriptor before it closes it; nobody pays for that in a release.
    let is_debug_check = entry.nr == number(libc::SYS_fcntl) && entry.args[1] == number(libc::F_GETFD.into());
    Ok((!is_debug_check).then_some(entry.nr))
}

/// A constant of libc as the kernel reports it.
fn number(constant: libc::c_long) -> u64 {
    u64::try_from(constant).expect("numbers of calls are positive")
}

/// The lives that a scenario marks; `None`, with a loud word, where they cannot be seen.
fn lives(scenario: &str) -> Option<Vec<Vec<u64>>> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scenarios"));
    trace(command.arg(scenario))
        .map_err(|error| eprintln!("SKIPPED {scenario}: ptrace is not to be had here: {error}"))
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
