//! Two processes that open or create a region, and unlink it, again and again: whoever dies, the other one goes on, and no
//! half-made region has the name.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use shmcore::{AttachError, ShmOptions, unlink};

use super::folder::Folder;
use crate::scenario::Scenario;

const NAME: &str = "value";
const ROUNDS: usize = 20;

pub(crate) struct Race {
    folder: Folder,
}

pub(crate) fn new() -> Race {
    Race { folder: Folder::new() }
}

fn round() {
    let (value, _) =
        ShmOptions::new(NAME).open_or_create_shared::<[AtomicU64; 16]>().expect("opened or created");
    value[0].fetch_add(1, Relaxed);
    match unlink(NAME) {
        Ok(()) | Err(AttachError::NotFound { .. }) => {}
        Err(error) => panic!("{error}"),
    }
}

impl Scenario for Race {
    fn setup(&mut self) {
        self.folder.clear();
    }

    fn stretch(&self) {
        for _ in 0..ROUNDS {
            round();
        }
    }

    fn recover_and_check(&self) {
        let names = self.folder.names();
        assert!(names.is_empty() || names == [NAME], "{names:?}");
        round();
        assert!(self.folder.names().is_empty());
    }

    fn actors(&self) -> usize {
        2
    }
}
