//! Giving away the descriptor of an anonymous region, whose header is written only then: whoever does so next, after one
//! has died in it, completes the same header.

use std::fs::{self, File};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use shmcore::process::Token;
use shmcore::{ReadOnly, Shared, ShmSafe, create_shared_init};

use crate::scenario::Scenario;

const CONSTANT: u64 = 0x5eed_5eed;
/// More bytes than the header has; the layout is longer than the rest.
const BEGINNING: usize = 192;

#[derive(ShmSafe)]
#[repr(C)]
#[shm(name = "OfDescriptor")]
struct Value {
    constant: u64,
    /// The last one that has given the descriptor away.
    giver: AtomicU64,
}

pub(crate) struct Descriptor {
    region: Option<Shared<Value>>,
}

pub(crate) fn new() -> Descriptor {
    Descriptor { region: None }
}

impl Descriptor {
    fn region(&self) -> &Shared<Value> {
        self.region.as_ref().expect("set up")
    }
}

/// The words of the header and of the layout's start, as somebody would find them who were given the file now.
fn words(file: &File) -> Vec<u32> {
    let mut bytes = [0; BEGINNING];
    file.read_exact_at(&mut bytes, 0).expect("a page");
    bytes.as_chunks::<4>().0.iter().copied().map(u32::from_ne_bytes).collect()
}

/// The region's file, by no means of shmcore.
fn file() -> File {
    let entries = fs::read_dir("/proc/self/fd").expect("/proc is mounted");
    let mut paths = entries.map(|entry| entry.expect("readable").path());
    let is_region = |path: &std::path::PathBuf| {
        fs::read_link(path).is_ok_and(|target| target.to_string_lossy().contains("OfDescriptor"))
    };
    File::open(paths.find(is_region).expect("the region is open")).expect("opened")
}

impl Scenario for Descriptor {
    fn setup(&mut self) {
        // The old one first: there is one region of this name at a time.
        self.region = None;
        let region = create_shared_init::<Value>(|value| value.constant = CONSTANT);
        self.region = Some(region.expect("created"));
    }

    fn stretch(&self) {
        let region = self.region();
        region.giver.store(Token::current().expect("drawn").to_bits(), Relaxed);
        drop(region.try_clone_fd().expect("a descriptor"));
    }

    fn recover_and_check(&self) {
        let region = self.region();
        if let Some(giver) = Token::from_bits(region.giver.load(Relaxed)) {
            assert!(!region.is_alive(giver).expect("asked"), "who has died is dead");
        }
        let left = words(&file());
        let given = File::from(region.try_clone_fd().expect("a descriptor"));
        let complete = words(&given);
        for (index, (left, complete)) in left.into_iter().zip(&complete).enumerate() {
            assert!(left == 0 || left == *complete, "word {index} was {left:#x} and became {complete:#x}");
        }
        let again = File::from(region.try_clone_fd().expect("a descriptor"));
        assert_eq!(complete, words(&again));
        let mode = given.metadata().expect("asked").permissions().mode();
        assert_eq!(mode & 0o7777, 0o600);
        // A mapping of another kind, so the region is examined as if it came from elsewhere.
        let examined = ReadOnly::<Value>::from_fd(again.into()).expect("a complete header");
        drop(examined);
        assert_eq!(region.constant, CONSTANT);
    }
}
