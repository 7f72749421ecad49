//! Files with a place in a file system: made without a name, sized, named, opened, looked at.

use std::ffi::CStr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, FallocateFlags, FileType, Mode, OFlags, Stat};
use rustix::io::{Errno, FdFlags};

use super::Failed;

/// May a descriptor write?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    ReadWrite,
    ReadOnly,
}

impl Access {
    fn flags(self) -> OFlags {
        match self {
            Self::ReadWrite => OFlags::RDWR,
            Self::ReadOnly => OFlags::RDONLY,
        }
    }
}

/// What the kernel says of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FileFacts {
    pub(crate) is_regular: bool,
    /// Permission bits, and set-user-id, set-group-id and sticky.
    pub(crate) mode: u32,
    pub(crate) owner: u32,
    /// The number of names.
    pub(crate) links: u64,
    pub(crate) len: u64,
    pub(crate) device: u64,
    pub(crate) inode: u64,
}

impl From<Stat> for FileFacts {
    #[allow(clippy::useless_conversion, clippy::unnecessary_cast, reason = "widths differ between machines")]
    fn from(stat: Stat) -> Self {
        Self {
            is_regular: FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile,
            mode: stat.st_mode & 0o7777,
            owner: stat.st_uid,
            links: u64::from(stat.st_nlink),
            len: u64::try_from(stat.st_size).unwrap_or(0),
            device: stat.st_dev as u64,
            inode: u64::from(stat.st_ino),
        }
    }
}

/// What there is to know of an open file.
pub(crate) fn facts(file: impl AsFd) -> Result<FileFacts, Failed> {
    rustix::fs::fstat(file).map(FileFacts::from).map_err(Failed::at("fstat"))
}

/// The owner and the permission bits of a folder; `None` if something else is there, also a link to a folder.
pub(crate) fn folder(path: &Path) -> Result<Option<(u32, u32)>, Failed> {
    rustix::fs::lstat(path).map(owner_of_folder).map_err(Failed::at("lstat"))
}

/// The same of the folder that links lead to.
pub(crate) fn folder_behind_links(path: &Path) -> Result<Option<(u32, u32)>, Failed> {
    rustix::fs::stat(path).map(owner_of_folder).map_err(Failed::at("stat"))
}

fn owner_of_folder(stat: Stat) -> Option<(u32, u32)> {
    let is_folder = FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
    is_folder.then_some((stat.st_uid, stat.st_mode & 0o7777))
}

/// Makes a folder that only its owner may use; one that is there already stays as it is.
pub(crate) fn make_private_folder(path: &Path) -> Result<(), Failed> {
    match rustix::fs::mkdir(path, Mode::RWXU) {
        Ok(()) => open_to_owner(path),
        Err(Errno::EXIST) => Ok(()),
        Err(error) => Err(Failed::at("mkdir")(error)),
    }
}

/// Lets the owner of a folder, and nobody else, use it, whatever the umask.
pub(crate) fn open_to_owner(path: &Path) -> Result<(), Failed> {
    rustix::fs::chmod(path, Mode::RWXU).map_err(Failed::at("chmod"))
}

/// A new file without a name, in the file system of `folder`, for its owner only.
pub(crate) fn create_unnamed(folder: &Path) -> Result<OwnedFd, Failed> {
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    rustix::fs::open(folder, flags, Mode::RUSR | Mode::WUSR).map_err(Failed::at("open(O_TMPFILE)"))
}

/// Sets the permission bits, whatever the umask.
pub(crate) fn set_mode(file: impl AsFd, mode: u32) -> Result<(), Failed> {
    rustix::fs::fchmod(file, Mode::from_raw_mode(mode)).map_err(Failed::at("fchmod"))
}

/// Lengthens the file and reserves the space, so that writing to it later cannot fail for want of any.
pub(crate) fn allocate(file: impl AsFd, len: u64) -> Result<(), Failed> {
    rustix::io::retry_on_intr(|| rustix::fs::fallocate(file.as_fd(), FallocateFlags::empty(), 0, len))
        .map_err(Failed::at("fallocate"))
}

/// The bytes that are free for this user in the file system of the file.
pub(crate) fn free_space(file: impl AsFd) -> u64 {
    rustix::fs::fstatvfs(file).map_or(0, |space| space.f_bavail.saturating_mul(space.f_frsize))
}

/// The greatest length that this process may give to a file, if there is a limit. Beyond it the kernel sends SIGXFSZ.
pub(crate) fn greatest_len() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Fsize).current
}

/// Reads from `offset` on until `bytes` are full or the file ends; returns how many it were.
pub(crate) fn read_at(file: BorrowedFd<'_>, bytes: &mut [u8], offset: u64) -> Result<usize, Failed> {
    let mut filled = 0;
    while filled < bytes.len() {
        let read = rustix::io::retry_on_intr(|| {
            rustix::io::pread(file, &mut bytes[filled..], offset + filled as u64)
        })
        .map_err(Failed::at("pread"))?;
        if read == 0 {
            break;
        }
        filled += read;
    }
    Ok(filled)
}

/// Gives a name to a file that was made without one; fails with `AlreadyExists` if the name is taken.
pub(crate) fn name(file: BorrowedFd<'_>, path: &Path) -> Result<(), Failed> {
    rustix::fs::linkat(CWD, OwnPath::of(file).as_c_str(), CWD, path, AtFlags::SYMLINK_FOLLOW)
        .map_err(Failed::at("linkat"))
}

/// Opens a file by name; not through a link, and without waiting for a peer if it is a pipe.
pub(crate) fn open(path: &Path, access: Access) -> Result<OwnedFd, Failed> {
    let flags = access.flags() | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    rustix::fs::open(path, flags, Mode::empty()).map_err(Failed::at("open"))
}

/// Opens an open file once more: the same file, by a description that nobody else has.
pub(crate) fn reopen(file: BorrowedFd<'_>, access: Access) -> Result<OwnedFd, Failed> {
    let flags = access.flags() | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    rustix::fs::open(OwnPath::of(file).as_c_str(), flags, Mode::empty())
        .map_err(Failed::at("open(/proc/self/fd)"))
}

/// Lets a program that this process becomes inherit the descriptor. Allocates nothing.
pub(crate) fn keep_on_exec(file: impl AsFd) -> Result<(), Failed> {
    rustix::io::fcntl_setfd(file, FdFlags::empty()).map_err(Failed::at("fcntl(F_SETFD)"))
}

/// Keeps the descriptor from programs that this process becomes or starts.
pub(crate) fn close_on_exec(file: impl AsFd) -> Result<(), Failed> {
    rustix::io::fcntl_setfd(file, FdFlags::CLOEXEC).map_err(Failed::at("fcntl(F_SETFD)"))
}

/// Removes a name.
pub(crate) fn remove(path: &Path) -> Result<(), Failed> {
    rustix::fs::unlink(path).map_err(Failed::at("unlink"))
}

/// `/proc/self/fd/N`, without allocating: it is needed between a fork and an exec too.
struct OwnPath([u8; 32]);

impl OwnPath {
    fn of(file: BorrowedFd<'_>) -> Self {
        const PREFIX: &[u8] = b"/proc/self/fd/";
        let mut path = [0; 32];
        path[..PREFIX.len()].copy_from_slice(PREFIX);
        // A descriptor has at most ten digits.
        let mut number = file.as_raw_fd().unsigned_abs();
        let digits = number.checked_ilog10().unwrap_or(0) as usize + 1;
        for place in path[PREFIX.len()..PREFIX.len() + digits].iter_mut().rev() {
            *place = b"0123456789"[number as usize % 10];
            number /= 10;
        }
        Self(path)
    }

    fn as_c_str(&self) -> &CStr {
        CStr::from_bytes_until_nul(&self.0).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::BorrowedFd;

    use super::OwnPath;

    #[test]
    #[allow(unsafe_code, reason = "descriptors that are only spelled")]
    fn own_path_spells_the_number() {
        for number in [0, 7, 10, 1999, i32::MAX] {
            // SAFETY: `borrow_raw` requires an open descriptor for as long as it is used; it is not used as one.
            let file = unsafe { BorrowedFd::borrow_raw(number) };
            let path = format!("/proc/self/fd/{number}");
            assert_eq!(OwnPath::of(file).as_c_str().to_str(), Ok(path.as_str()));
        }
    }
}
