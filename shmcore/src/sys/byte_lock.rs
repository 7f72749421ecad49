//! Locks on single bytes of a file, owned by an open file description: gone with the last descriptor of it, and so with
//! the process, however that ends.
#![allow(unsafe_code, reason = "calls libc: rustix has locks on whole files only")]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use super::Failed;
use super::file::Access;

/// Locks a byte for this description; `false` if another one has it. A description that only reads shares the byte
/// with others of its kind.
pub(crate) fn try_lock(file: BorrowedFd<'_>, access: Access, byte: i64) -> Result<bool, Failed> {
    let kind = match access {
        Access::ReadWrite => libc::F_WRLCK,
        Access::ReadOnly => libc::F_RDLCK,
    };
    let mut lock = request(kind, byte);
    // SAFETY: `F_OFD_SETLK` requires a `struct flock` (fcntl(2)); the kernel only reads it.
    let result = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_SETLK, &raw mut lock) };
    if result == 0 {
        return Ok(true);
    }
    let source = io::Error::last_os_error();
    match source.raw_os_error() {
        Some(libc::EAGAIN | libc::EACCES) => Ok(false),
        _ => Err(Failed { call: "fcntl(F_OFD_SETLK)", source }),
    }
}

/// Shares the byte with other descriptions that do. One that had it alone has it all the time, and so has one that begins
/// before the other ends.
pub(crate) fn share(file: BorrowedFd<'_>, byte: i64) -> Result<(), Failed> {
    if try_lock(file, Access::ReadOnly, byte)? {
        Ok(())
    } else {
        Err(Failed { call: "fcntl(F_OFD_SETLK)", source: io::ErrorKind::WouldBlock.into() })
    }
}

/// Gives up the byte, which this description has alone or shares.
pub(crate) fn unlock(file: BorrowedFd<'_>, byte: i64) -> Result<(), Failed> {
    let mut lock = request(libc::F_UNLCK, byte);
    // SAFETY: `F_OFD_SETLK` requires a `struct flock` (fcntl(2)); the kernel only reads it.
    match unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_SETLK, &raw mut lock) } {
        0 => Ok(()),
        _ => Err(Failed { call: "fcntl(F_OFD_SETLK)", source: io::Error::last_os_error() }),
    }
}

/// Whether another description has locked the byte, alone or shared.
pub(crate) fn is_locked_by_another(file: BorrowedFd<'_>, byte: i64) -> Result<bool, Failed> {
    let mut lock = request(libc::F_WRLCK, byte);
    // SAFETY: `F_OFD_GETLK` requires a `struct flock`, which the kernel reads and writes (fcntl(2)).
    let result = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_GETLK, &raw mut lock) };
    if result == 0 {
        Ok(lock.l_type != UNLOCKED)
    } else {
        Err(Failed { call: "fcntl(F_OFD_GETLK)", source: io::Error::last_os_error() })
    }
}

/// What the kernel answers when nobody has the lock.
#[expect(clippy::cast_possible_truncation, reason = "the constant is 2")]
const UNLOCKED: libc::c_short = libc::F_UNLCK as libc::c_short;

#[expect(clippy::cast_possible_truncation, reason = "the constants are 0, 1 and 2")]
fn request(kind: libc::c_int, byte: i64) -> libc::flock64 {
    // `l_pid` must be 0 (fcntl(2)).
    libc::flock64 {
        l_type: kind as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: byte,
        l_len: 1,
        l_pid: 0,
    }
}
