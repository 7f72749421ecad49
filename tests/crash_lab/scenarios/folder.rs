//! The folder in which a scenario's names are, and what else lies there: nothing.

use std::fs;
use std::path::PathBuf;

#[path = "../../scenarios/place.rs"]
mod place;

use place::Place;

/// A folder for the names of one scenario, removed with it.
pub(crate) struct Folder(Place);

impl Folder {
    /// Makes it. Call it before anything looks for a name.
    pub(crate) fn new() -> Self {
        Self(Place::new())
    }

    /// Removes all that is in it, also the folder that shmcore has made.
    pub(crate) fn clear(&self) {
        let folder = self.0.names_folder();
        if folder.exists() {
            fs::remove_dir_all(folder).expect("removed");
        }
    }

    /// The names of regions. Panics if there is anything else.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.root()).expect("the folder is there");
        let entries: Vec<_> = entries.map(|entry| entry.expect("readable").file_name()).collect();
        assert!(entries.is_empty() || entries == ["shmcore"], "{entries:?}");
        self.0.names()
    }

    /// Where the region with this name lies.
    pub(crate) fn of(&self, name: &str) -> PathBuf {
        self.0.of(name)
    }
}
