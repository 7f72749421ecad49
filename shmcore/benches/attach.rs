//! What attaching to a region by name costs above opening and mapping a file by hand, as a ratio in one run.
//!
//! `cargo bench --bench attach` prints one line and fails if the ratio is above the limit. By hand is `shm_open`, `fstat`,
//! `mmap`, `munmap` and `close`, without any check. Each sample is the whole life of an attachment, made and dropped.
#![allow(unsafe_code, reason = "the other side of the comparison calls libc")]

#[path = "by_hand/mod.rs"]
#[expect(dead_code, reason = "another bench uses the rest of it")]
mod by_hand;
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
    by_hand::create_named(&bare, size_of::<Value>());

    let ours = || drop(black_box(open_shared::<Value>(&name).expect("opened")));
    let by_hand = || by_hand::open_and_drop(&bare);
    println!("attach to 1 MiB by name and drop it: shmcore / by hand");
    let ratio = pairs::compare("1 MiB", LIMIT, ours, by_hand);

    unlink(&name).expect("unlinked");
    by_hand::unlink(&bare);
    if ratio <= LIMIT { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
