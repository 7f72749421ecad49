//! Anonymous files in memory: created, sized and sealed.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{MemfdFlags, SealFlags};
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

/// The seals that fix the size: neither this process nor another can change it, or take them off.
const SIZE: SealFlags = SealFlags::SHRINK.union(SealFlags::GROW).union(SealFlags::SEAL);

/// Fixes the size for good.
pub(crate) fn seal_len(file: impl AsFd) -> Result<(), Failed> {
    rustix::fs::fcntl_add_seals(file, SIZE).map_err(Failed::at("fcntl(F_ADD_SEALS)"))
}

/// Fixes the size for good, and forbids every writable mapping to come; those that exist stay writable.
pub(crate) fn seal_len_and_future_writes(file: impl AsFd) -> Result<(), Failed> {
    rustix::fs::fcntl_add_seals(file, SIZE.union(SealFlags::FUTURE_WRITE))
        .map_err(Failed::at("fcntl(F_ADD_SEALS)"))
}

/// Whether the size is fixed. `None` for a file that has no seals, because it is no memfd.
pub(crate) fn is_len_sealed(file: impl AsFd) -> Option<bool> {
    rustix::fs::fcntl_get_seals(file).ok().map(|seals| seals.contains(SIZE))
}
