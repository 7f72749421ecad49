//! The crates whose compile times `derive_cost` compares, and how they are compiled. Apart from the bench, which knows the limit.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Structs in each crate.
pub(crate) const STRUCTS: usize = 500;

const PRIMITIVES: [&str; 14] =
    ["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "f32", "f64", "bool", "char", "usize", "u128"];
const ATOMICS: [&str; 6] = ["AtomicU8", "AtomicU16", "AtomicU32", "AtomicU64", "AtomicI32", "AtomicBool"];

/// A crate to check: its name, its dependency, and what stands above each struct.
struct Subject {
    name: &'static str,
    dependency: String,
    derive: &'static str,
}

/// How long `cargo check` takes in each round: without a derive, with `Serialize`, with `ShmSafe`. The crates are in the folder `root`;
/// `shmcore` is the folder of that crate.
pub(crate) fn compile_times(root: &Path, shmcore: &Path, rounds: usize) -> [Vec<Duration>; 3] {
    let path = shmcore.display().to_string();
    let subjects = [
        Subject { name: "without", dependency: String::new(), derive: "" },
        Subject {
            name: "serialize",
            dependency: "serde = { version = \"1\", features = [\"derive\"] }".to_owned(),
            derive: "#[derive(serde::Serialize)]\n",
        },
        Subject {
            name: "shm_safe",
            dependency: format!("shmcore = {{ path = {path:?}, default-features = false }}"),
            derive: "#[derive(shmcore::ShmSafe)]\n",
        },
    ];
    write_workspace(root, shmcore, &subjects);
    for subject in &subjects {
        check(root, subject, 0);
    }
    let mut times = [const { Vec::new() }; 3];
    for round in 1..=rounds {
        for (subject, times) in subjects.iter().zip(&mut times) {
            times.push(check(root, subject, round));
        }
    }
    times
}

fn write_workspace(root: &Path, shmcore: &Path, subjects: &[Subject]) {
    let members: Vec<_> = subjects.iter().map(|subject| format!("{:?}", subject.name)).collect();
    let manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [{}]\n[profile.dev]\nincremental = false\n",
        members.join(", ")
    );
    write(&root.join("Cargo.toml"), &manifest);
    // The versions of the outer workspace, so that nothing has to be fetched.
    let lock = shmcore.join("../Cargo.lock");
    fs::copy(lock, root.join("Cargo.lock")).expect("the lock file of the workspace");
    for subject in subjects {
        let manifest = format!(
            "[package]\nname = {:?}\nversion = \"0.0.0\"\nedition = \"2024\"\n[dependencies]\n{}\n",
            subject.name, subject.dependency
        );
        write(&root.join(subject.name).join("Cargo.toml"), &manifest);
        write(&source_path(root, subject), "");
    }
}

/// Changes the source of one crate and checks it; returns how long that took.
fn check(root: &Path, subject: &Subject, round: usize) -> Duration {
    write(&source_path(root, subject), &source(subject.derive, round));
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["check", "--quiet", "--offline", "--package", subject.name]);
    command.arg("--target-dir").arg(root.join("target")).current_dir(root);
    let start = Instant::now();
    let output = command.output().expect("cargo runs");
    let time = start.elapsed();
    assert!(output.status.success(), "{}: {}", subject.name, String::from_utf8_lossy(&output.stderr));
    time
}

fn source_path(root: &Path, subject: &Subject) -> PathBuf {
    root.join(subject.name).join("src/lib.rs")
}

fn source(derive: &str, round: usize) -> String {
    let mut text = format!("#![allow(dead_code)]\n// Round {round}.\nuse std::sync::atomic::*;\n");
    for number in 0..STRUCTS {
        write!(text, "{derive}#[repr(C)]\npub struct S{number} {{\n").expect("a string takes all");
        for index in 0..10 {
            let pick = number * 7 + index * 3;
            let ty = match index {
                3 => format!("[{}; {}]", PRIMITIVES[pick % PRIMITIVES.len()], 1 + pick % 32),
                6 => ATOMICS[pick % ATOMICS.len()].to_owned(),
                // One of the same ten, so that nesting is at most nine deep.
                9 if number % 10 > 0 => format!("S{}", number - 1 - pick % (number % 10)),
                _ => PRIMITIVES[pick % PRIMITIVES.len()].to_owned(),
            };
            writeln!(text, "    pub field_{index}: {ty},").expect("a string takes all");
        }
        text += "}\n";
    }
    text
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
    fs::write(path, text).expect("the file can be written");
}
