//! What `#[derive(ShmSafe)]` costs at compile time, beside serde's `Serialize`, which people accept.
//!
//! Three crates of the same 500 `#[repr(C)]` structs with ten fields each: without a derive, with `Serialize`, with
//! `ShmSafe`. Of the ten fields seven are primitives, one is an array, one an atomic and one an earlier struct (in
//! every tenth struct a primitive); both derives take all of them. `cargo check` looks at one crate after the other, several
//! rounds, each time after a change of the source; the dependencies are built once. The goal is a ratio of at most 1; fails
//! above [`LIMIT`], which leaves room for a busy machine.
//!
//! It is apart from the benchmarks of running code because its subject is the compiler.

#[path = "derives/mod.rs"]
mod derives;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use derives::{STRUCTS, compile_times};

/// The greatest ratio of the medians that is accepted.
const LIMIT: f64 = 1.2;

/// How often each crate is checked.
const ROUNDS: usize = 9;

fn main() -> ExitCode {
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("skipped: compile times are taken by `cargo bench --bench derive_cost` only");
        return ExitCode::SUCCESS;
    }
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("derive_cost");
    let times = compile_times(&root, Path::new(env!("CARGO_MANIFEST_DIR")), ROUNDS);
    let [without, serialize, shm_safe] = times.map(median);
    let ratio = shm_safe.as_secs_f64() / serialize.as_secs_f64();
    let above = |time: Duration| time.saturating_sub(without).as_secs_f64();
    println!("cargo check of {STRUCTS} structs with 10 fields, median of {ROUNDS} rounds:");
    println!("  without a derive  {without:8.3?}");
    println!("  serde::Serialize  {serialize:8.3?}");
    println!("  ShmSafe           {shm_safe:8.3?}");
    println!("  ShmSafe / Serialize: {ratio:.2}");
    println!("  the same above the time without a derive: {:.2}", above(shm_safe) / above(serialize));
    if ratio > LIMIT {
        println!("failed: the derive costs more than serde's");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
