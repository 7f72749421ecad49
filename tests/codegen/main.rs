//! Reading through `Shared<T>` is free: the machine code of each function in `probe` that reads through a handle equals
//! that of its twin that reads through a reference.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const PROBE: &str = include_str!("probe/lib.rs");

/// The assembly of the probe, optimised as in a release.
fn assembly() -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("codegen");
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = tests.parent().expect("the package lies in the workspace");
    fs::create_dir_all(&folder).expect("the folder can be made");
    let manifest = format!(
        "[package]\nname = \"probe\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[lib]\npath = \"{}\"\n\n\
         [dependencies]\nshmcore = {{ path = \"{}\" }}\n\n[workspace]\n",
        tests.join("codegen/probe/lib.rs").display(),
        root.join("shmcore").display(),
    );
    fs::write(folder.join("Cargo.toml"), manifest).expect("the manifest can be written");
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).expect("the lock can be copied");
    let output = folder.join("probe.s");
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(&folder).env_remove("RUSTFLAGS").env("CARGO_TARGET_DIR", folder.join("target"));
    command.args(["rustc", "--offline", "--quiet", "--release", "--lib", "--", "-Ccodegen-units=1"]);
    command.arg(format!("--emit=asm={}", output.display()));
    let built = shm_tests::run::output(&mut command, Duration::from_mins(10)).expect("cargo ends");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    fs::read_to_string(output).expect("the assembly was written")
}

/// The instructions of a function, with the numbers that the compiler gives to functions taken out of the labels.
fn body(assembly: &str, name: &str) -> Vec<String> {
    // The compiler may have noticed by itself that two functions are the same, and have kept one.
    let alias = format!(".set {name}, ");
    let name = assembly.lines().find_map(|line| line.trim().strip_prefix(&alias)).unwrap_or(name);
    let start = format!("{name}:");
    let lines = assembly.lines().skip_while(|line| *line != start).skip(1);
    let lines = lines.take_while(|line| !line.starts_with(".Lfunc_end")).map(str::trim);
    let instructions: Vec<String> = lines
        .filter(|line| !line.starts_with(".cfi") && !line.starts_with(".p2align"))
        .map(anonymous)
        .collect();
    assert!(!instructions.is_empty(), "there is no `{name}` in the assembly");
    instructions
}

/// `.LBB7_2` as `.LBB_2`.
fn anonymous(line: &str) -> String {
    let mut parts = line.split(".LBB");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str(".LBB");
        text.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    text
}

#[test]
fn reading_through_shared_is_reading_through_a_reference() {
    let assembly = assembly();
    let names = PROBE.lines().filter_map(|line| line.strip_prefix("pub fn ")?.split('(').next());
    let handles: Vec<&str> = names.filter_map(|name| name.strip_suffix("_shared")).collect();
    assert_eq!(handles.len(), 4);
    for name in handles {
        let shared = body(&assembly, &format!("{name}_shared"));
        let reference = body(&assembly, &format!("{name}_reference"));
        assert_eq!(shared, reference, "{name}");
    }
}
