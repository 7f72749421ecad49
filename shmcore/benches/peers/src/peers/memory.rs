//! Memory that forked children share, mapped by hand: for peers that want an address and nothing else.
//!
//! # Safety
//!
//! 1. The memory of [`place`] is mapped for as long as the process runs: nothing unmaps it.

use std::ptr::{self, NonNull};

/// `len` zeroes, at the start of a page.
pub(crate) fn shared(len: usize) -> NonNull<u8> {
    let access = libc::PROT_READ | libc::PROT_WRITE;
    let kind = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
    // SAFETY: without an address asked for, the kernel picks one that nobody uses (mmap(2)).
    let memory = unsafe { libc::mmap(ptr::null_mut(), len, access, kind, -1, 0) };
    assert_ne!(memory, libc::MAP_FAILED);
    NonNull::new(memory.cast()).expect("the kernel maps nothing at 0")
}

/// A value in memory of its own, for good.
pub(crate) fn place<T>(value: T) -> &'static T {
    assert!(align_of::<T>() <= 4096);
    let address = shared(size_of::<T>()).cast::<T>();
    // SAFETY: `write` requires room and alignment: there are as many bytes, at the start of a page.
    unsafe { address.write(value) };
    // SAFETY: the value was written, nobody has a `&mut`, and the memory stays (invariant 1).
    unsafe { address.as_ref() }
}
