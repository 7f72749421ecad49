//! Regions as one writes them by hand, in system calls and nothing else: the floor that shmcore's regions are compared with.

use std::ffi::CStr;
use std::hint::black_box;
use std::mem::MaybeUninit;
use std::ptr;

/// The life of `len` bytes without a name: created, sized, sealed, mapped, unmapped, closed.
pub(crate) fn create_and_drop(len: usize) {
    let size = libc::off_t::try_from(len).expect("a small number");
    // SAFETY: the name is a C string (memfd_create(2)).
    let file =
        unsafe { libc::memfd_create(c"by hand".as_ptr(), libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING) };
    assert!(file >= 0);
    // SAFETY: `ftruncate` takes any descriptor and any size (ftruncate(2)).
    assert_eq!(unsafe { libc::ftruncate(file, size) }, 0);
    let seals = libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_SEAL;
    // SAFETY: `F_ADD_SEALS` takes a number (fcntl(2)).
    assert_eq!(unsafe { libc::fcntl(file, libc::F_ADD_SEALS, seals) }, 0);
    map_and_close(file, len);
}

/// Makes a region with a name and its space reserved.
pub(crate) fn create_named(name: &CStr, len: usize) {
    // SAFETY: the name is a C string (shm_open(3)).
    let file = unsafe { libc::shm_open(name.as_ptr(), libc::O_RDWR | libc::O_CREAT | libc::O_EXCL, 0o600) };
    assert!(file >= 0);
    let size = libc::off_t::try_from(len).expect("a small number");
    // SAFETY: `posix_fallocate` takes any descriptor and any length (posix_fallocate(3)).
    assert_eq!(unsafe { libc::posix_fallocate(file, 0, size) }, 0);
    close(file);
}

/// The life of an attachment by name: opened, asked for its size, mapped, unmapped, closed.
pub(crate) fn open_and_drop(name: &CStr) {
    // SAFETY: the name is a C string (shm_open(3)).
    let file = unsafe { libc::shm_open(name.as_ptr(), libc::O_RDWR, 0) };
    assert!(file >= 0);
    let mut stat = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: there is room for the answer (fstat(2)).
    assert_eq!(unsafe { libc::fstat(file, stat.as_mut_ptr()) }, 0);
    // SAFETY: the kernel has written it.
    let stat = unsafe { stat.assume_init() };
    map_and_close(file, usize::try_from(stat.st_size).expect("a small number"));
}

/// Takes the name away.
pub(crate) fn unlink(name: &CStr) {
    // SAFETY: the name is a C string (shm_unlink(3)).
    assert_eq!(unsafe { libc::shm_unlink(name.as_ptr()) }, 0);
}

fn map_and_close(file: libc::c_int, len: usize) {
    let access = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: without an address asked for, the kernel picks one that nobody uses (mmap(2)).
    let base = unsafe { libc::mmap(ptr::null_mut(), len, access, libc::MAP_SHARED, file, 0) };
    assert_ne!(base, libc::MAP_FAILED);
    black_box(base);
    // SAFETY: nobody else has the address (munmap(2)).
    assert_eq!(unsafe { libc::munmap(base, len) }, 0);
    close(file);
}

fn close(file: libc::c_int) {
    // SAFETY: nobody else has the descriptor (close(2)).
    assert_eq!(unsafe { libc::close(file) }, 0);
}
