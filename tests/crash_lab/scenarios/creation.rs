//! The creation of a region with a name, from the first call in a process that knows no region yet, the making of the
//! user's folder included: whenever the creator dies there is no region or a complete one.

use shmcore::process::Token;
use shmcore::{CreateError, Shared, ShmOptions, ShmSafe, open_shared, unlink};

use super::folder::Folder;
use crate::scenario::Scenario;

const NAME: &str = "value";

#[derive(ShmSafe)]
#[repr(C)]
struct Value {
    creator: u64,
    rows: [u64; 8],
}

const ROWS: [u64; 8] = [1, 2, 3, 5, 8, 13, 21, 34];

pub(crate) struct Creation {
    folder: Folder,
}

pub(crate) fn new() -> Creation {
    Creation { folder: Folder::new() }
}

fn create() -> Result<Shared<Value>, CreateError> {
    ShmOptions::new(NAME).create_shared_init::<Value>(|value| {
        value.rows = ROWS;
        value.creator = Token::current().expect("drawn").to_bits();
    })
}

impl Scenario for Creation {
    fn setup(&mut self) {
        self.folder.clear();
    }

    fn stretch(&self) {
        create().expect("created");
    }

    fn recover_and_check(&self) {
        let names = self.folder.names();
        if !names.is_empty() {
            assert_eq!(names, [NAME]);
            let value = open_shared::<Value>(NAME).expect("a region with a name is complete");
            assert_eq!(value.rows, ROWS);
            let creator = Token::from_bits(value.creator).expect("a token");
            assert!(!value.is_alive(creator).expect("asked"), "the creator is dead");
            unlink(NAME).expect("unlinked");
        }
        let value = create().expect("the next creator succeeds");
        let creator = Token::from_bits(value.creator).expect("a token");
        assert!(value.is_alive(creator).expect("asked"));
        assert_eq!(self.folder.names(), [NAME]);
        unlink(NAME).expect("unlinked");
        assert!(self.folder.names().is_empty());
    }
}
