//! Peers that were built for other targets: with another libc, and with pointers of 32 bits. Where the toolchain has no such
//! target, which is said loudly, nothing is tried.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{DEADLINE, skipped};

/// Builds the program `other_build` for a target; `None` if the toolchain does not have it.
fn other_build(target: &str) -> Option<PathBuf> {
    let libraries = Command::new("rustc").args(["--print", "target-libdir", "--target", target]).output();
    let libraries = libraries.ok().map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    if !libraries.is_some_and(|folder| Path::new(&folder).is_dir()) {
        skipped(&format!("SKIPPED a peer for {target}: the toolchain does not have this target"));
        return None;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("targets");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the workspace");
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(root).args([
        "build",
        "--offline",
        "--quiet",
        "-p",
        "shm-tests",
        "--bin",
        "other_build",
    ]);
    command.arg("--target").arg(target).arg("--target-dir").arg(&folder);
    let built = shm_tests::run::output(&mut command, DEADLINE * 5).expect("cargo ends");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    Some(folder.join(target).join("debug/other_build"))
}

/// Lets the peer open the regions of the scenario, and demands what it is to be told of each.
fn peer(target: &str, of_order: &str) {
    let Some(program) = other_build(target) else { return };
    let mut command = Command::new(env!("CARGO_BIN_EXE_scenarios"));
    command.arg("attach::peer_for_another_target").env("OTHER_BUILD", program).env("TOLD_OF_ORDER", of_order);
    let output = shm_tests::run::output(&mut command, DEADLINE).expect("the scenario ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{target}: {}\n{stderr}", output.status);
}

#[test]
fn peer_with_musl_shares_what_is_laid_out_alike() {
    peer("x86_64-unknown-linux-musl", "attached\n");
}

#[test]
fn peer_of_32_bits_shares_what_is_laid_out_alike_and_is_told_of_the_rest() {
    // A `u64` is aligned to 4 bytes there, and so is the leg of an order, with its `f64`.
    peer("i686-unknown-linux-gnu", "region `order` has another layout:\n");
    peer("i686-unknown-linux-musl", "region `order` has another layout:\n");
}
