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
    run_as(name, Command::new(env!("CARGO_BIN_EXE_scenarios")).arg(name), DEADLINE)
}

#[track_caller]
fn run_as(name: &str, command: &mut Command, deadline: Duration) -> String {
    let output = shm_tests::run::output(command, deadline).expect("the scenario ends");
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

/// The long run of it: `cargo test --release -p shm-tests --test processes ten_thousand -- --ignored --nocapture`.
#[test]
#[ignore = "takes some minutes"]
fn ten_thousand_killed_users_of_a_heap_lose_nothing() {
    let name = "heap_kills::killed_users_of_a_heap_lose_nothing_and_leave_nothing";
    let mut command = Command::new(env!("CARGO_BIN_EXE_scenarios"));
    let said = run_as(name, command.arg(name).env("SHM_TRIALS", "10000"), Duration::from_hours(1));
    print!("{said}");
    assert!(said.contains("10000 killed"));
}
