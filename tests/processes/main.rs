//! Tests with real processes: each runs one scenario of the program `scenarios` and demands that it succeeds.
//!
//! A scenario has a process to itself because the threads of the test harness would forbid it to fork, and because
//! what it counts (mappings, descriptors, system calls) belongs to a process.

#[macro_use]
#[path = "../scenarios/list.rs"]
mod list;
mod syscalls;
mod targets;

use std::io::Write;
use std::process::Command;
use std::time::Duration;

/// More than any scenario needs, on a machine that is busy with something else.
const DEADLINE: Duration = Duration::from_mins(2);

/// Runs a scenario and returns what it printed.
#[track_caller]
fn run(name: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scenarios"));
    let output = shm_tests::run::output(command.arg(name), DEADLINE).expect("the scenario ends");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{name}: {}\n{stdout}{stderr}", output.status);
    stdout
        .lines()
        .filter(|line| line.starts_with("SKIPPED"))
        .for_each(|line| skipped(&format!("{name}: {line}")));
    stdout.into_owned()
}

/// Tells of what could not be tried here, past the harness, which would keep it to itself.
fn skipped(what: &str) {
    writeln!(std::io::stderr(), "{what}").expect("told");
}

/// One test for each scenario, under its name.
macro_rules! scenarios {
    ($($area:ident { $($name:ident)* })*) => {
        $(mod $area {
            $(#[test]
            fn $name() {
                super::run(concat!(stringify!($area), "::", stringify!($name)));
            })*
        })*
    };
}

with_scenarios!(scenarios);

#[test]
fn buffered_output_is_written_once() {
    assert_eq!(run("fork::buffered_output_is_written_once"), "before, child\nparent\n");
}
