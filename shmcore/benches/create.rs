//! What `create_shared` costs above the same system calls written by hand, as a ratio in one run.
//!
//! `cargo bench --bench create` prints one line a size and fails if a ratio is above the limit. Each sample is the whole
//! life of a region, made and dropped.
#![allow(unsafe_code, reason = "the other side of the comparison calls libc")]

#[path = "pairs/mod.rs"]
mod pairs;

use std::hint::black_box;
use std::process::ExitCode;

use shmcore::{PlacementDefault, create_shared};

/// The greatest ratio that is accepted.
const LIMIT: f64 = 1.15;

fn main() -> ExitCode {
    println!("create and drop one region: shmcore / by hand");
    let small = compare::<[u8; 4096]>("4 KiB");
    let large = compare::<[u8; 64 << 20]>("64 MiB");
    if small <= LIMIT && large <= LIMIT { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn compare<T: PlacementDefault>(size: &str) -> f64 {
    let ours = || drop(black_box(create_shared::<T>().expect("created")));
    let by_hand = || by_hand(size_of::<T>() + 4096);
    pairs::compare(size, LIMIT, ours, by_hand)
}

/// The life of `len` bytes: created, sized, sealed, mapped, unmapped, closed.
fn by_hand(len: usize) {
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
    let access = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: without an address asked for, the kernel picks one that nobody uses (mmap(2)).
    let base = unsafe { libc::mmap(std::ptr::null_mut(), len, access, libc::MAP_SHARED, file, 0) };
    assert_ne!(base, libc::MAP_FAILED);
    black_box(base);
    // SAFETY: nobody else has the address (munmap(2)).
    assert_eq!(unsafe { libc::munmap(base, len) }, 0);
    // SAFETY: nobody else has the descriptor (close(2)).
    assert_eq!(unsafe { libc::close(file) }, 0);
}
