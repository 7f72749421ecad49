//! What attaching to a region by name costs above opening and mapping a file by hand, as a ratio in one run.
//!
//! `cargo bench --bench attach` prints one line and fails if the ratio is above the limit. By hand is `shm_open`, `fstat`,
//! `mmap`, `munmap` and `close`, without any check. Each sample is the whole life of an attachment, made and dropped.
#![allow(unsafe_code, reason = "the other side of the comparison calls libc")]

#[path = "pairs/mod.rs"]
mod pairs;

use std::ffi::CString;
use std::hint::black_box;
use std::process::ExitCode;

use shmcore::{ShmOptions, open_shared, unlink};

/// The greatest ratio that is accepted.
const LIMIT: f64 = 2.0;

/// 1 MiB, of which every pattern is valid.
type Value = [u64; 1 << 17];

fn main() -> ExitCode {
    let name = format!("bench-attach-{}", std::process::id());
    drop(ShmOptions::new(name.as_str()).create_shared::<Value>().expect("created"));
    let bare = CString::new(format!("/shmcore-{name}")).expect("no zero byte");
    create_bare(&bare);

    let ours = || drop(black_box(open_shared::<Value>(&name).expect("opened")));
    let by_hand = || by_hand(&bare);
    println!("attach to 1 MiB by name and drop it: shmcore / by hand");
    let ratio = pairs::compare("1 MiB", LIMIT, ours, by_hand);

    unlink(&name).expect("unlinked");
    // SAFETY: the name is a C string (shm_unlink(3)).
    assert_eq!(unsafe { libc::shm_unlink(bare.as_ptr()) }, 0);
    if ratio <= LIMIT { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn create_bare(name: &CString) {
    // SAFETY: the name is a C string (shm_open(3)).
    let file = unsafe { libc::shm_open(name.as_ptr(), libc::O_RDWR | libc::O_CREAT | libc::O_EXCL, 0o600) };
    assert!(file >= 0);
    let size = libc::off_t::try_from(size_of::<Value>()).expect("a small number");
    // SAFETY: `posix_fallocate` takes any descriptor and any length (posix_fallocate(3)).
    assert_eq!(unsafe { libc::posix_fallocate(file, 0, size) }, 0);
    // SAFETY: nobody else has the descriptor (close(2)).
    assert_eq!(unsafe { libc::close(file) }, 0);
}

fn by_hand(name: &CString) {
    // SAFETY: the name is a C string (shm_open(3)).
    let file = unsafe { libc::shm_open(name.as_ptr(), libc::O_RDWR, 0) };
    assert!(file >= 0);
    let mut stat = std::mem::MaybeUninit::<libc::stat>::uninit();
    // SAFETY: there is room for the answer (fstat(2)).
    assert_eq!(unsafe { libc::fstat(file, stat.as_mut_ptr()) }, 0);
    // SAFETY: the kernel has written it.
    let stat = unsafe { stat.assume_init() };
    let len = usize::try_from(stat.st_size).expect("a small number");
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
