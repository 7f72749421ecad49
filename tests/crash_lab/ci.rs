//! The crash lab's sample of every scenario, and the lab's own test: that it catches what is broken on purpose.

#[macro_use]
mod list;

use std::io::{self, Write};
use std::process::Command;
use std::time::Duration;

/// More than any scenario needs, on a machine that is busy with something else.
const DEADLINE: Duration = Duration::from_mins(3);

/// Of each method, in seconds, in a scenario of a heap: there are many of them.
const HEAP_SECONDS: &str = "1";

/// Runs the sample of a scenario and returns what the lab has said.
#[track_caller]
fn run(name: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crash_lab"));
    command.args(["--scenario", name]);
    if name.starts_with("heap_") {
        command.args(["--seconds", HEAP_SECONDS]);
    }
    let output = shm_tests::run::output(&mut command, DEADLINE).expect("the lab ends");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{name}: {}\n{stdout}{stderr}", output.status);
    // Shown by `--nocapture`.
    println!("{stdout}");
    for skipped in stdout.lines().filter(|line| line.starts_with("SKIPPED")) {
        // Past the harness, which would keep it to itself.
        writeln!(io::stderr(), "{skipped}").expect("told");
    }
    stdout.into_owned()
}

/// One test for each scenario, under its name.
macro_rules! scenarios {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            super::run(stringify!($name));
        })*
    };
}

mod survives {
    with_scenarios!(scenarios);
}

/// The lines of the methods that have caught something as `verdict`, and those that were skipped.
fn caught(name: &str, verdict: &str) -> usize {
    let said = run(name);
    let is_caught = |line: &&str| line.contains(verdict) && line.ends_with(", CAUGHT");
    said.lines().filter(|line| is_caught(line) || line.starts_with("SKIPPED")).count()
}

/// Of one second each: all there is takes an hour.
#[test]
fn every_boundary_is_begun() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crash_lab"));
    command.args(["--every-boundary", "--seconds", "1", "--scenario", "heap_string"]);
    let output = shm_tests::run::output(&mut command, DEADLINE).expect("the lab ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{stderr}", output.status);
}

#[test]
fn torn_update_is_caught_by_deaths_and_by_snapshots() {
    assert_eq!(caught("torn_update", "Broken"), 2);
}

#[test]
fn lock_that_does_not_look_for_death_is_found_to_hang() {
    assert_eq!(caught("deaf_lock", "Hung"), 2);
}
