//! A folder of its own for the names of a scenario, so that scenarios do not meet, and are seen to leave nothing behind.
#![allow(unsafe_code, reason = "sets an environment variable")]

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// A folder that is removed at the end of the scenario; `XDG_RUNTIME_DIR` leads to it.
pub(crate) struct Place {
    root: PathBuf,
}

impl Place {
    /// Makes the folder. Call it before anything looks for a name.
    pub(crate) fn new() -> Self {
        let root = PathBuf::from(format!("/dev/shm/shmcore-scenario-{}", std::process::id()));
        fs::DirBuilder::new().mode(0o700).create(&root).expect("the folder can be made");
        // SAFETY: `set_var` requires that no other thread reads the environment: this is the only one.
        unsafe { std::env::set_var("XDG_RUNTIME_DIR", &root) };
        Self { root }
    }

    /// The folder itself, for files with a path.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where the region with this name lies.
    pub(crate) fn of(&self, name: &str) -> PathBuf {
        self.names_folder().join(name)
    }

    /// The folder that the names lie in.
    pub(crate) fn names_folder(&self) -> PathBuf {
        self.root.join("shmcore")
    }

    /// The names that there are now, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.names_folder()) else { return Vec::new() };
        let names = entries.map(|entry| entry.expect("the folder is readable").file_name());
        let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // A forked child that ends by a panic does not get here.
        let _ = fs::remove_dir_all(&self.root);
    }
}
