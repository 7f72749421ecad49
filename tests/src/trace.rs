//! A child under ptrace: run to its next system call, to a breakpoint or by one instruction, and told what stopped it. What
//! differs between machines is two instructions, and one register of `x86_64`; on others breakpoints are not to be had.
#![allow(unsafe_code, reason = "calls ptrace")]

use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::os::unix::fs::FileExt;

use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, kill_process, waitpid};

/// How a stopped child goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resume {
    /// To the start or the end of a system call, whichever is next.
    ToCall,
    /// By one instruction; a system call is one.
    Step,
}

/// Why a child has stopped.
#[derive(Debug, Clone, Copy)]
pub enum Stop {
    /// It has come to the start or the end of a system call.
    Call,
    /// It has made a step, come to a breakpoint, or become another program.
    Step,
    /// It is about to get this signal, and does so only if it is [resumed](Tracee::resume) with it.
    Signal(i32),
    /// It has ended, and was waited for.
    Ended(WaitStatus),
}

/// A system call that a child is about to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// As in `libc::SYS_…`.
    pub number: u64,
    /// As the kernel sees them.
    pub arguments: [u64; 6],
}

/// Lets the parent of this process trace it. Makes one system call, so it may run between fork and exec.
///
/// # Errors
///
/// Of ptrace(2): where it is not permitted.
pub fn trace_me() -> io::Result<()> {
    // SAFETY: this request takes no pointers (ptrace(2)).
    match unsafe { libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// The instruction for a system call: `syscall`, `svc #0`.
const SYSTEM_CALL: Option<&[u8]> = match () {
    () if cfg!(target_arch = "x86_64") => Some(&[0x0f, 0x05]),
    () if cfg!(target_arch = "aarch64") => Some(&0xd400_0001_u32.to_le_bytes()),
    () => None,
};

/// The instruction that traps: `int3`, `brk #0`.
const BREAKPOINT: Option<&[u8]> = match () {
    () if cfg!(target_arch = "x86_64") => Some(&[0xcc]),
    () if cfg!(target_arch = "aarch64") => Some(&0xd420_0000_u32.to_le_bytes()),
    () => None,
};

/// An instruction of a child that was replaced.
#[derive(Debug)]
pub struct Breakpoint {
    memory: File,
    address: u64,
    instruction: &'static [u8],
    original: Vec<u8>,
}

impl Breakpoint {
    /// Puts it in place again, after it was [lifted](Tracee::lift) and the child has gone on.
    ///
    /// # Errors
    ///
    /// Of writing to the child's memory.
    pub fn set(&self) -> io::Result<()> {
        self.memory.write_all_at(self.instruction, self.address)
    }
}

/// A child that is traced by this thread. It is killed by the kernel if this process ends first.
#[derive(Debug)]
pub struct Tracee {
    pid: Pid,
}

impl Tracee {
    /// Follows a child that has called [`trace_me`], from its first stop on, which this waits for. `Err` with the status
    /// of a child that has ended instead.
    ///
    /// # Errors
    ///
    /// Of the system calls.
    pub fn follow(pid: Pid) -> io::Result<Result<Self, WaitStatus>> {
        let tracee = Self { pid };
        if let Stop::Ended(status) = tracee.wait()? {
            return Ok(Err(status));
        }
        tracee.ptrace(libc::PTRACE_SETOPTIONS, libc::PTRACE_O_TRACESYSGOOD | libc::PTRACE_O_EXITKILL)?;
        Ok(Ok(tracee))
    }

    /// Lets the child go on, with the signal that it was about to get, or with none (0).
    ///
    /// # Errors
    ///
    /// Of ptrace(2).
    pub fn resume(&self, how: Resume, signal: i32) -> io::Result<()> {
        let request = match how {
            Resume::ToCall => libc::PTRACE_SYSCALL,
            Resume::Step => libc::PTRACE_SINGLESTEP,
        };
        self.ptrace(request, signal)
    }

    /// Waits until the child stops.
    ///
    /// # Errors
    ///
    /// Of waitpid(2).
    pub fn wait(&self) -> io::Result<Stop> {
        const AT_CALL: i32 = libc::SIGTRAP | 0x80;

        let status = wait(self.pid)?;
        Ok(match status.stopping_signal() {
            Some(AT_CALL) => Stop::Call,
            Some(libc::SIGTRAP) => Stop::Step,
            Some(signal) => Stop::Signal(signal),
            None => Stop::Ended(status),
        })
    }

    /// Kills the child where it is, and waits until it is gone.
    ///
    /// # Errors
    ///
    /// Of the system calls.
    pub fn kill(self) -> io::Result<WaitStatus> {
        // Not waited for as ended yet, so the id is still its own.
        kill_process(self.pid, Signal::KILL)?;
        loop {
            if let Stop::Ended(status) = self.wait()? {
                return Ok(status);
            }
        }
    }

    /// The system call that the child is about to make, if that is why it has stopped.
    ///
    /// # Errors
    ///
    /// Of ptrace(2).
    pub fn entered(&self) -> io::Result<Option<Call>> {
        let info = self.info()?;
        if info.op != libc::PTRACE_SYSCALL_INFO_ENTRY {
            return Ok(None);
        }
        // SAFETY: `op` says that the kernel has filled this variant of the union.
        let entry = unsafe { info.u.entry };
        Ok(Some(Call { number: entry.nr, arguments: entry.args }))
    }

    /// The address of the child's next instruction.
    ///
    /// # Errors
    ///
    /// Of ptrace(2).
    pub fn next_instruction(&self) -> io::Result<u64> {
        Ok(self.info()?.instruction_pointer)
    }

    /// Whether the instruction at this address is a system call. Where the instruction is not known, `false`.
    ///
    /// # Errors
    ///
    /// Of reading the child's memory.
    pub fn is_call(&self, address: u64) -> io::Result<bool> {
        let mut bytes = [0; 4];
        // Two bytes are enough for the shortest one; the page may end behind them.
        let len = self.memory()?.read_at(&mut bytes, address)?;
        Ok(SYSTEM_CALL.is_some_and(|call| bytes[..len].starts_with(call)))
    }

    /// Puts a breakpoint in place of the instruction at this address, in this child only. `None` where that is not known.
    ///
    /// # Errors
    ///
    /// Of writing to the child's memory.
    pub fn set_breakpoint(&self, address: u64) -> io::Result<Option<Breakpoint>> {
        let Some(instruction) = BREAKPOINT else { return Ok(None) };
        let memory = self.memory()?;
        let mut original = vec![0; instruction.len()];
        memory.read_exact_at(&mut original, address)?;
        let breakpoint = Breakpoint { memory, address, instruction, original };
        breakpoint.set()?;
        Ok(Some(breakpoint))
    }

    /// Lets the child, which has stopped at the breakpoint, stand before the instruction that was there.
    ///
    /// # Errors
    ///
    /// Of ptrace(2), and of writing to the child's memory.
    pub fn lift(&self, breakpoint: &Breakpoint) -> io::Result<()> {
        breakpoint.memory.write_all_at(&breakpoint.original, breakpoint.address)?;
        self.go_to(breakpoint.address)
    }

    /// On `x86_64` a child that has stopped at a breakpoint stands behind it.
    #[cfg(target_arch = "x86_64")]
    fn go_to(&self, address: u64) -> io::Result<()> {
        let register =
            std::mem::offset_of!(libc::user, regs) + std::mem::offset_of!(libc::user_regs_struct, rip);
        // SAFETY: this request takes numbers: the place of a register among those of the child, and its value (ptrace(2)).
        match unsafe { libc::ptrace(libc::PTRACE_POKEUSER, self.pid.as_raw_pid(), register, address) } {
            -1 => Err(io::Error::last_os_error()),
            _ => Ok(()),
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "the same as above")]
    fn go_to(&self, _address: u64) -> io::Result<()> {
        Ok(())
    }

    fn memory(&self) -> io::Result<File> {
        File::options().read(true).write(true).open(format!("/proc/{}/mem", self.pid.as_raw_pid()))
    }

    fn info(&self) -> io::Result<libc::ptrace_syscall_info> {
        let mut info = MaybeUninit::<libc::ptrace_syscall_info>::zeroed();
        let size = size_of::<libc::ptrace_syscall_info>();
        let pid = self.pid.as_raw_pid();
        // SAFETY: `PTRACE_GET_SYSCALL_INFO` requires `size` bytes of room (ptrace(2)).
        let result = unsafe { libc::ptrace(libc::PTRACE_GET_SYSCALL_INFO, pid, size, info.as_mut_ptr()) };
        if result < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: every byte was zero or written by the kernel, and all bit patterns of the struct are valid.
        Ok(unsafe { info.assume_init() })
    }

    fn ptrace(&self, request: libc::c_uint, data: libc::c_int) -> io::Result<()> {
        // SAFETY: these requests take no pointers (ptrace(2)).
        match unsafe { libc::ptrace(request, self.pid.as_raw_pid(), 0, data) } {
            -1 => Err(io::Error::last_os_error()),
            _ => Ok(()),
        }
    }
}

/// Waits for the next stop or the end of a child.
///
/// # Errors
///
/// Of waitpid(2).
pub fn wait(pid: Pid) -> io::Result<WaitStatus> {
    let waited = rustix::io::retry_on_intr(|| waitpid(Some(pid), WaitOptions::empty()))?;
    waited.map(|(_, status)| status).ok_or_else(|| io::Error::other("waitpid returned nothing"))
}
