//! Boost.Interprocess, in a program of its own: compiles `boost.cpp`, runs it, and reads the numbers that it prints.

use std::process::{Command, Stdio};

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/rivals/boost.cpp");
const PROGRAM: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/boost-interprocess");

/// The program, compiled.
pub(crate) struct Boost(());

impl Boost {
    /// Compiles the program; `None`, and a loud line, where there is no compiler or no Boost.
    ///
    /// # Panics
    ///
    /// If there are both, and the program cannot be compiled.
    pub(crate) fn new() -> Option<Self> {
        let look = ["-fsyntax-only", "-x", "c++", "-include", "boost/version.hpp", "/dev/null"];
        if !Command::new("g++").args(look).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
        {
            println!(
                "\n!!! SKIPPED: Boost.Interprocess: g++ or Boost's headers are missing (Debian: g++, libboost-dev)\n"
            );
            return None;
        }
        let optimised = ["-O3", "-DNDEBUG", "-std=c++17", SOURCE, "-o", PROGRAM, "-lrt", "-pthread"];
        let status = Command::new("g++").args(optimised).status().expect("g++ was there a moment ago");
        assert!(status.success(), "g++ does not compile {SOURCE}: {status}");
        let boost = Self(());
        let [version] = boost.run("version", &[], ["version"]);
        println!("Boost is of version {version}");
        Some(boost)
    }

    /// Runs a workload, and returns the numbers of these names.
    ///
    /// # Panics
    ///
    /// If the program fails, or does not print them.
    pub(crate) fn run<const N: usize>(&self, workload: &str, numbers: &[u32], names: [&str; N]) -> [f64; N] {
        let output = self.output(workload, numbers);
        names.map(|name| number(&output, name).parse().expect("a number"))
    }

    /// The same of a workload whose sequence must be the one that has this digest.
    pub(crate) fn run_sequence<const N: usize>(
        &self,
        workload: &str,
        numbers: &[u32],
        digest: u64,
        names: [&str; N],
    ) -> [f64; N] {
        let output = self.output(workload, numbers);
        assert_eq!(
            number(&output, "digest").parse(),
            Ok(digest),
            "{workload}: not the sequence of sequence.rs"
        );
        names.map(|name| number(&output, name).parse().expect("a number"))
    }

    #[expect(clippy::unused_self, reason = "it was compiled")]
    fn output(&self, workload: &str, numbers: &[u32]) -> String {
        let numbers = numbers.iter().map(u32::to_string);
        let output = Command::new(PROGRAM).arg(workload).args(numbers).output().expect("it was compiled");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{PROGRAM} {workload}: {}: {errors}", output.status);
        String::from_utf8(output.stdout).expect("text")
    }
}

fn number<'a>(output: &'a str, name: &str) -> &'a str {
    let number = output.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    number.unwrap_or_else(|| panic!("no line `{name}` in: {output}"))
}
