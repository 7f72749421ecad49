//! Anonymous files in memory: created, sized and sealed.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{MemfdFlags, Mode, OFlags, SealFlags};
use rustix::io::Errno;

use super::Failed;

/// Creates an empty memfd that is close-on-exec and may be sealed. `name` shows in `/proc/self/maps`.
pub(crate) fn create(name: &str) -> Result<OwnedFd, Failed> {
    /// Whether the kernel is older than 6.3 and refuses `MFD_NOEXEC_SEAL`. A lost update costs one more failed call.
    static NO_NOEXEC_SEAL: AtomicBool = AtomicBool::new(false);

    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    if !NO_NOEXEC_SEAL.load(Ordering::Relaxed) {
        match rustix::fs::memfd_create(name, flags | MemfdFlags::NOEXEC_SEAL) {
            Err(Errno::INVAL) => NO_NOEXEC_SEAL.store(true, Ordering::Relaxed),
            result => return result.map_err(Failed::at("memfd_create")),
        }
    }
    rustix::fs::memfd_create(name, flags).map_err(Failed::at("memfd_create"))
}

/// Sets the size in bytes; what is new is zero, and takes no memory until it is touched.
pub(crate) fn set_len(file: impl AsFd, len: u64) -> Result<(), Failed> {
    rustix::fs::ftruncate(file, len).map_err(Failed::at("ftruncate"))
}

/// Fixes the size for good: neither this process nor another can change it, or take the seals off.
pub(crate) fn seal_len(file: impl AsFd) -> Result<(), Failed> {
    rustix::fs::fcntl_add_seals(file, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)
        .map_err(Failed::at("fcntl(F_ADD_SEALS)"))
}

/// Opens the file once more, as a description of its own, after taking it from everybody but its owner: a memfd is
/// made with mode 0777 or 0666.
pub(crate) fn reopen(file: impl AsFd) -> Result<OwnedFd, Failed> {
    let file = file.as_fd();
    rustix::fs::fchmod(file, Mode::RUSR | Mode::WUSR).map_err(Failed::at("fchmod"))?;
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    rustix::fs::open(path, OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())
        .map_err(Failed::at("open(/proc/self/fd)"))
}
