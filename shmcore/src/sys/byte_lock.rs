//! Locks on single bytes of a file, owned by an open file description: gone with the last descriptor of it, and so with
//! the process, however that ends.
#![allow(unsafe_code, reason = "calls libc: rustix has locks on whole files only")]

use std::io;
use std::ops::Range;
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
    Ok(locked_by_another(file, byte..byte + 1)?.is_some())
}

/// All locks that other descriptions have among these bytes, alone or shared, each by the bytes that it is on, in no order. Those
/// of one description that are side by side are one lock.
pub(crate) fn locks_of_others(file: BorrowedFd<'_>, bytes: Range<i64>) -> Result<Vec<Range<i64>>, Failed> {
    let mut locks = Vec::new();
    // The kernel names one lock of many: what is before it and behind it is asked for again.
    let mut unseen = vec![bytes];
    while let Some(bytes) = unseen.pop() {
        if !bytes.is_empty()
            && let Some(lock) = locked_by_another(file, bytes.clone())?
        {
            unseen.push(bytes.start..lock.start);
            unseen.push(lock.end..bytes.end);
            locks.push(lock);
        }
    }
    Ok(locks)
}

/// The bytes of one of the locks that other descriptions have among these bytes; `None` if there is no such lock.
fn locked_by_another(file: BorrowedFd<'_>, bytes: Range<i64>) -> Result<Option<Range<i64>>, Failed> {
    let mut lock = libc::flock64 { l_len: bytes.end - bytes.start, ..request(libc::F_WRLCK, bytes.start) };
    // SAFETY: `F_OFD_GETLK` requires a `struct flock`, which the kernel reads and writes (fcntl(2)).
    match unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_GETLK, &raw mut lock) } {
        0 if lock.l_type == UNLOCKED => Ok(None),
        // A length of 0 is one without an end.
        0 if lock.l_len == 0 => Ok(Some(lock.l_start..i64::MAX)),
        0 => Ok(Some(lock.l_start..lock.l_start.saturating_add(lock.l_len))),
        _ => Err(Failed { call: "fcntl(F_OFD_GETLK)", source: io::Error::last_os_error() }),
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

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::fd::AsFd;

    use super::{Access, is_locked_by_another, locks_of_others, share, try_lock, unlock};

    /// Another description of the same file.
    fn another(file: &File) -> File {
        File::from(crate::sys::file::reopen(file.as_fd(), Access::ReadWrite).expect("opened"))
    }

    #[test]
    fn all_locks_of_others_are_found_and_none_twice() {
        let file = File::from(crate::sys::memfd::create("locks").expect("made"));
        let others: [File; 3] = std::array::from_fn(|_| another(&file));
        let all = || {
            let mut bytes: Vec<_> = locks_of_others(file.as_fd(), 100..200)
                .expect("asked")
                .iter()
                .map(|lock| (lock.start, lock.end))
                .collect();
            bytes.sort_unstable();
            bytes
        };
        assert_eq!(all(), []);
        assert!(try_lock(file.as_fd(), Access::ReadWrite, 150).expect("asked"));
        // At both ends, side by side, and far away.
        let locked = [100, 101, 102, 120, 121, 151, 199];
        for (byte, other) in locked.into_iter().zip(others.iter().cycle()) {
            assert!(try_lock(other.as_fd(), Access::ReadWrite, byte).expect("asked"));
        }
        for beyond in [99, 200] {
            assert!(try_lock(others[1].as_fd(), Access::ReadWrite, beyond).expect("asked"));
        }
        // Shared by two descriptions.
        for other in &others[..2] {
            share(other.as_fd(), 160).expect("shared");
        }
        let mut expected: Vec<_> = locked.into_iter().chain([160]).map(|byte| (byte, byte + 1)).collect();
        expected.sort_unstable();
        assert_eq!(all(), expected);
        assert!(is_locked_by_another(file.as_fd(), 151).expect("asked"));
        unlock(others[2].as_fd(), 151).expect("unlocked");
        drop(others);
        assert_eq!(all(), []);
        assert!(!is_locked_by_another(file.as_fd(), 150).expect("asked"), "that is its own");
    }
}
