//! The generated crates: one workspace below the target directory, so that the dependencies are built once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

pub(crate) struct Workspace {
    root: PathBuf,
}

/// An error of rustc.
#[derive(Clone, Debug)]
pub(crate) struct CompileError {
    /// Name of the crate.
    pub(crate) krate: String,
    /// The lines that the error is shown on, in the only file of the crate with mistakes.
    pub(crate) lines: Vec<usize>,
    /// Code and message.
    pub(crate) text: String,
    /// As a terminal shows it.
    pub(crate) rendered: String,
}

impl Workspace {
    /// Writes the workspace's own files. Versions are those of the outer lock file, so that no network is needed.
    pub(crate) fn create(root: &Path, members: &[String]) -> Self {
        let list: Vec<_> = members.iter().map(|member| format!("{member:?}")).collect();
        let manifest = format!(
            "[workspace]\nresolver = \"3\"\nmembers = [{}]\n\
             [profile.dev]\ndebug = false\nincremental = false\n",
            list.join(", ")
        );
        let workspace = Self { root: root.to_owned() };
        workspace.write("Cargo.toml", &manifest);
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
        fs::copy(lock, root.join("Cargo.lock")).expect("the lock file of the workspace");
        workspace
    }

    /// Writes a member that depends on shmcore, and perhaps on another member.
    pub(crate) fn member(&self, name: &str, dependency: Option<&str>, files: &[(&str, String)]) {
        let shmcore = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shmcore");
        let mut manifest = format!(
            "[package]\nname = {name:?}\nversion = \"0.0.0\"\nedition = \"2024\"\n\
             [dependencies]\nshmcore = {{ path = {:?}, default-features = false }}\n",
            shmcore.display().to_string()
        );
        if let Some(dependency) = dependency {
            manifest += &format!("{dependency} = {{ path = \"../{dependency}\" }}\n");
        }
        self.write(&format!("{name}/Cargo.toml"), &manifest);
        for (path, text) in files {
            self.write(&format!("{name}/src/{path}"), text);
        }
    }

    /// Builds the members; without names, all. Returns the errors, in the order of rustc.
    pub(crate) fn build(&self, members: &[String]) -> Vec<CompileError> {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(["build", "--offline", "--keep-going", "--message-format=json"]);
        for member in members {
            command.args(["--package", member]);
        }
        command.arg("--target-dir").arg(self.root.join("target"));
        // The program is looked for where it lies without a target.
        command.env_remove("CARGO_BUILD_TARGET").current_dir(&self.root);
        let output = command.output().expect("cargo runs");
        let errors = errors(&output);
        assert!(
            output.status.success() || !errors.is_empty(),
            "cargo failed without an error of rustc:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        errors
    }

    /// Runs the program of a member that was built.
    pub(crate) fn run(&self, member: &str) -> String {
        let program = self.root.join("target/debug").join(member);
        let output = Command::new(&program).output().expect("the program runs");
        assert!(output.status.success(), "{member}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
        fs::write(&path, text).expect("the file can be written");
    }
}

fn errors(output: &Output) -> Vec<CompileError> {
    let stdout = String::from_utf8_lossy(&output.stdout);
    let messages = stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    messages
        .filter(|message| message["reason"] == "compiler-message")
        .filter_map(|message| error(&message))
        .collect()
}

fn error(message: &Value) -> Option<CompileError> {
    let krate = message["target"]["name"].as_str()?.to_owned();
    let message = &message["message"];
    let level = message["level"].as_str()?;
    let spans = message["spans"].as_array()?;
    let text = message["message"].as_str()?;
    // The sum at the end has no place.
    if !level.starts_with("error") || (spans.is_empty() && text.starts_with("aborting due to")) {
        return None;
    }
    let lines = spans
        .iter()
        .filter(|span| span["is_primary"] == true)
        .filter_map(|span| line(span, &krate))
        .collect();
    let code = message["code"]["code"].as_str().unwrap_or_default();
    let rendered = message["rendered"].as_str().unwrap_or_default().to_owned();
    Some(CompileError { krate, lines, text: format!("{code} {text}"), rendered })
}

/// The line of a span, or of the call of the macro of another crate that it lies in.
fn line(span: &Value, krate: &str) -> Option<usize> {
    let file = span["file_name"].as_str()?;
    if file.ends_with(&format!("{krate}/src/lib.rs")) {
        return span["line_start"].as_u64().and_then(|line| usize::try_from(line).ok());
    }
    line(&span["expansion"]["span"], krate)
}
