//! The size of a page of memory.
#![allow(unsafe_code, reason = "calls libc")]

/// Bytes in a page: 4096 on `x86_64`, up to 65536 elsewhere. No system call: libc knows it from the start.
pub(crate) fn size() -> usize {
    // SAFETY: `sysconf` takes any number and has no conditions (sysconf(3)).
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    // It never fails for `_SC_PAGESIZE` (sysconf(3)); 64 KiB is a multiple of every size that Linux has.
    usize::try_from(size).unwrap_or(65536)
}
