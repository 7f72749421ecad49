//! What `create_shared` costs above the same system calls written by hand, as a ratio in one run.
//!
//! `cargo bench --bench create` prints one line a size and fails if a ratio is above the limit. Each sample is the whole
//! life of a region, made and dropped.
#![allow(unsafe_code, reason = "the other side of the comparison calls libc")]

#[path = "by_hand/mod.rs"]
#[expect(dead_code, reason = "another bench uses the rest of it")]
mod by_hand;
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
    let by_hand = || by_hand::create_and_drop(size_of::<T>() + 4096);
    pairs::compare(size, LIMIT, ours, by_hand)
}
