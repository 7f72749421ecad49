//! Boost.Interprocess, in a program of its own: compiles `boost.cpp`, runs it, and reads the numbers that it prints.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The program, compiled.
pub(crate) struct Boost {
    program: PathBuf,
}

impl Boost {
    /// Compiles the program of this source, `boost.cpp`, into a folder; `None`, and a loud line, where there is no compiler or no
    /// Boost.
    ///
    /// # Panics
    ///
    /// If there are both, and the program cannot be compiled.
    pub(crate) fn new(source: &Path, folder: &Path) -> Option<Self> {
        let look = ["-fsyntax-only", "-x", "c++", "-include", "boost/version.hpp", "/dev/null"];
        if !Command::new("g++").args(look).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
        {
            println!(
                "\n!!! SKIPPED: Boost.Interprocess: g++ or Boost's headers are missing (Debian: g++, libboost-dev)\n"
            );
            return None;
        }
        let program = folder.join("boost-interprocess");
        let mut compile = Command::new("g++");
        compile.args(["-O3", "-DNDEBUG", "-std=c++17"]).arg(source).arg("-o").arg(&program);
        let status = compile.args(["-lrt", "-pthread"]).status().expect("g++ was there a moment ago");
        assert!(status.success(), "g++ does not compile {}: {status}", source.display());
        let boost = Self { program };
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

    fn output(&self, workload: &str, numbers: &[u32]) -> String {
        let numbers = numbers.iter().map(u32::to_string);
        let output = Command::new(&self.program).arg(workload).args(numbers).output();
        let output = output.expect("it was compiled");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "Boost's {workload}: {}: {errors}", output.status);
        String::from_utf8(output.stdout).expect("text")
    }
}

fn number<'a>(output: &'a str, name: &str) -> &'a str {
    let number = output.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    number.unwrap_or_else(|| panic!("no line `{name}` in: {output}"))
}
