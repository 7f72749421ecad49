//! Compiles cases without trybuild: on a compiler whose messages differ from the recorded ones, and in other editions.
//!
//! The crates that a case needs are those that cargo has built for the test itself; cargo says where they are.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, thread};

use serde_json::Value;

use super::case::Case;

/// The compiler that the `.stderr` files were written with.
pub const RECORDED_RELEASE: &str = "1.95.0";

/// A compiler, with the crates that it has compiled.
#[derive(Debug)]
pub struct Compiler {
    /// The arguments that name the crates.
    externs: Vec<String>,
    /// Where the output goes.
    out: PathBuf,
}

/// What became of a case.
#[derive(Debug)]
pub struct Verdict {
    /// Whether it compiled and, if it was to be run, ran.
    pub success: bool,
    /// What the compiler, or the program, printed.
    pub output: String,
}

/// What to do with a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Only check it.
    Check,
    /// Compile and run it.
    Run,
}

/// The release of the compiler that cargo uses, such as `1.95.0`.
///
/// # Panics
///
/// If there is no compiler.
#[must_use]
pub fn release() -> String {
    let output = Command::new(rustc()).arg("-vV").output().expect("rustc runs");
    let output = String::from_utf8_lossy(&output.stdout).into_owned();
    let release = output.lines().find_map(|line| line.strip_prefix("release: "));
    release.expect("rustc says its release").to_owned()
}

fn rustc() -> String {
    env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned())
}

impl Compiler {
    /// The compiler that cargo uses, and the named crates as the test `ui` is linked with.
    ///
    /// # Panics
    ///
    /// If cargo fails, or does not build one of the crates.
    #[must_use]
    pub fn with_crates(crates: &[&str]) -> Self {
        let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let built = Command::new(cargo)
            .args(["test", "--no-run", "--package=shm-tests", "--test=ui", "--message-format=json"])
            .output()
            .expect("cargo runs");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        let lines = String::from_utf8_lossy(&built.stdout);
        let artifacts: Vec<Value> =
            lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let mut externs = Vec::new();
        for name in crates {
            let artifact = artifacts.iter().rfind(|artifact| artifact["target"]["name"] == *name);
            let files = artifact.and_then(|artifact| artifact["filenames"].as_array());
            let file =
                files.and_then(|files| files.iter().filter_map(Value::as_str).find(|file| is_library(file)));
            let file = file.unwrap_or_else(|| panic!("cargo built no library of `{name}`"));
            externs.push(format!("--extern={}={file}", name.replace('-', "_")));
        }
        let deps = env::current_exe().expect("the test knows its file");
        let deps = deps.parent().expect("the test lies in a folder");
        externs.push(format!("-Ldependency={}", deps.display()));
        let out = deps.with_file_name(format!("ui-cases-{}-{}", std::process::id(), number()));
        fs::create_dir_all(&out).expect("the output folder can be made");
        Self { externs, out }
    }

    /// Compiles the case, and runs it if asked.
    ///
    /// # Panics
    ///
    /// If the compiler cannot be started.
    #[must_use]
    pub fn compile(&self, case: &Case, edition: &str, effort: Effort) -> Verdict {
        let program = self.out.join(format!("case{}", number()));
        let emit = if effort == Effort::Run { "link" } else { "metadata" };
        let compiled = Command::new(rustc())
            .args(["--crate-name=case", "--cap-lints=warn", &format!("--edition={edition}")])
            .args([format!("--emit={emit}"), format!("-o{}", program.display())])
            .args(&self.externs)
            .arg(&case.path)
            .output()
            .expect("rustc runs");
        let mut verdict = Verdict::of(&compiled);
        if verdict.success && effort == Effort::Run {
            verdict = Verdict::of(&Command::new(&program).output().expect("the case runs"));
        }
        _ = fs::remove_file(program);
        verdict
    }

    /// Compiles all cases, two at a time, and returns what `judge` says of each.
    ///
    /// # Panics
    ///
    /// If `judge` does.
    pub fn judge_all(
        &self,
        cases: &[Case],
        effort: Effort,
        judge: impl Fn(&Case, &Verdict) -> Vec<String> + Sync,
    ) -> Vec<String> {
        let judge_each = |cases: &[Case]| {
            let judged = cases.iter().flat_map(|case| {
                let violations = judge(case, &self.compile(case, "2024", effort));
                violations.into_iter().map(|violation| format!("{}: {violation}", case.path.display()))
            });
            judged.collect::<Vec<_>>()
        };
        let (first, second) = cases.split_at(cases.len() / 2);
        thread::scope(|scope| {
            let second = scope.spawn(|| judge_each(second));
            let mut violations = judge_each(first);
            violations.extend(second.join().expect("the other half was judged"));
            violations
        })
    }
}

impl Drop for Compiler {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.out);
    }
}

impl Verdict {
    fn of(output: &Output) -> Self {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        Self { success: output.status.success(), output: text }
    }
}

/// Another number at each call: it keeps the files apart of what runs at the same time.
fn number() -> usize {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    // It orders nothing.
    NUMBER.fetch_add(1, Ordering::Relaxed)
}

/// Whether the file can be linked, or loaded as a macro.
fn is_library(file: &str) -> bool {
    Path::new(file)
        .extension()
        .is_some_and(|extension| extension == "rlib" || extension == env::consts::DLL_EXTENSION)
}
