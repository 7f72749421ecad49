//! Whom shmcore is measured against, and what each of them guarantees: a figure says little without that.

#[cfg_attr(not(feature = "iceoryx2"), path = "without_iceoryx2.rs")]
pub(crate) mod iceoryx2;
pub(crate) mod memory;
pub(crate) mod mmap_sync;
pub(crate) mod process;
pub(crate) mod raw_sync;
pub(crate) mod talc;

/// A value at the start of a cache line: elsewhere it would be luck how fast a copy of it is.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(crate) struct Words<const N: usize>(pub(crate) [u64; N]);

/// What a peer does about one danger.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Answer {
    Yes,
    No,
}

/// A library, or a part of one.
#[derive(Clone, Copy)]
pub(crate) struct Peer {
    /// Its column.
    pub(crate) name: &'static str,
    /// The crate whose version is told.
    package: Option<&'static str>,
    /// Whether several processes can have it.
    pub(crate) shared: Answer,
    /// Whether the others can go on after a process was killed anywhere in it, and know what they have.
    pub(crate) survives: Answer,
    /// Whether a process that takes the memory for another type is refused.
    pub(crate) checks: Answer,
    /// What else there is to say.
    pub(crate) remark: &'static str,
}

impl PartialEq for Peer {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

use Answer::{No, Yes};

pub(crate) const SHMCORE: Peer =
    Peer { name: "shmcore", package: Some("shmcore"), shared: Yes, survives: Yes, checks: Yes, remark: "" };
/// The same, where its region is looked at byte by byte.
pub(crate) const SHMCORE_CHECKED: Peer = Peer { name: "shmcore, bool", ..SHMCORE };
/// The same, in a heap.
pub(crate) const SHMCORE_HEAP: Peer = Peer { name: "shmcore, heap", ..SHMCORE };
pub(crate) const LIBC: Peer = Peer {
    name: "libc by hand",
    package: None,
    shared: Yes,
    survives: No,
    checks: No,
    remark: "the system calls and nothing else: the floor",
};
pub(crate) const SHARED_MEMORY: Peer = Peer {
    name: "shared_memory",
    package: Some("shared_memory"),
    shared: Yes,
    survives: No,
    checks: No,
    remark: "an address; the name stays when its maker is killed",
};
pub(crate) const RAW_SYNC: Peer = Peer {
    name: "raw_sync",
    package: Some("raw_sync"),
    shared: Yes,
    survives: No,
    checks: No,
    remark: "a process-shared pthread mutex that is not robust",
};
pub(crate) const ICEORYX2: Peer = Peer {
    name: "iceoryx2",
    package: Some("iceoryx2"),
    shared: Yes,
    survives: Yes,
    checks: Yes,
    remark: "messages and blackboards; compares names and sizes of types; has no lock and no container that grows",
};
pub(crate) const IPC_CHANNEL: Peer = Peer {
    name: "ipc-channel",
    package: Some("ipc-channel"),
    shared: Yes,
    survives: Yes,
    checks: No,
    remark: "bytes that nobody may write after they were sent",
};
pub(crate) const MMAP_SYNC: Peer = Peer {
    name: "mmap-sync",
    package: Some("mmap-sync"),
    shared: Yes,
    survives: Yes,
    checks: No,
    remark: "one writer and two copies; what is read may be torn: while a reader is late, or holds its guard for long; so reading is unsafe",
};
pub(crate) const ROBUST: Peer = Peer {
    name: "pthread robust",
    package: None,
    shared: Yes,
    survives: Yes,
    checks: No,
    remark: "tells of a dead owner (EOWNERDEAD)",
};
pub(crate) const PLAIN: Peer = Peer {
    name: "pthread plain",
    package: None,
    shared: Yes,
    survives: No,
    checks: No,
    remark: "Boost's interprocess_mutex is this one",
};
pub(crate) const FUTEX: Peer = Peer {
    name: "bare futex",
    package: None,
    shared: Yes,
    survives: No,
    checks: No,
    remark: "the textbook lock, which does not know its owner: the floor",
};
pub(crate) const STD: Peer = Peer {
    name: "std",
    package: None,
    shared: No,
    survives: No,
    checks: No,
    remark: "in one process; contended by two threads",
};
pub(crate) const PARKING_LOT: Peer = Peer {
    name: "parking_lot",
    package: Some("parking_lot"),
    shared: No,
    survives: No,
    checks: No,
    remark: "in one process; contended by two threads",
};
pub(crate) const SEQLOCK: Peer = Peer {
    name: "seqlock",
    package: Some("seqlock"),
    shared: No,
    survives: No,
    checks: No,
    remark: "for one process; here its bytes were put into shared memory by hand; readers hang when a writer is killed",
};
pub(crate) const HEAPLESS: Peer = Peer {
    name: "heapless",
    package: Some("heapless"),
    shared: No,
    survives: No,
    checks: No,
    remark: "in one process; of fixed capacity",
};
pub(crate) const HASHBROWN: Peer = Peer {
    name: "hashbrown",
    package: Some("hashbrown"),
    shared: No,
    survives: No,
    checks: No,
    remark: "in one process; foldhash with a fixed seed, as in shmcore's maps",
};
pub(crate) const GLIBC: Peer = Peer {
    name: "glibc malloc",
    package: None,
    shared: No,
    survives: No,
    checks: No,
    remark: "in one process; two processes have a heap each",
};
pub(crate) const TALC: Peer = Peer {
    name: "talc",
    package: Some("talc"),
    shared: No,
    survives: No,
    checks: No,
    remark: "in one process, without any lock",
};
pub(crate) const BOOST: Peer = Peer {
    name: "Boost",
    package: None,
    shared: Yes,
    survives: No,
    checks: No,
    remark: "Boost.Interprocess: a process that is killed in its allocator blocks all others for good",
};
pub(crate) const SERDE: Peer = Peer {
    name: "serde Serialize",
    package: None,
    shared: No,
    survives: No,
    checks: No,
    remark: "a derive that people accept",
};

pub(crate) const NO_DERIVE: Peer = Peer {
    name: "no derive",
    package: None,
    shared: No,
    survives: No,
    checks: No,
    remark: "the same structs, which promise nothing",
};

/// All, in the order in which they are told of.
pub(crate) const ALL: [Peer; 20] = [
    SHMCORE,
    LIBC,
    SHARED_MEMORY,
    RAW_SYNC,
    ICEORYX2,
    IPC_CHANNEL,
    MMAP_SYNC,
    ROBUST,
    PLAIN,
    FUTEX,
    STD,
    PARKING_LOT,
    SEQLOCK,
    HEAPLESS,
    HASHBROWN,
    GLIBC,
    TALC,
    BOOST,
    SERDE,
    NO_DERIVE,
];

impl Peer {
    /// The version that is compiled in, for a crate. Of several in the lock file it is the newest, which stands last: the older ones are
    /// dependencies of other peers.
    pub(crate) fn version(&self) -> Option<&'static str> {
        let heading = format!("name = \"{}\"", self.package?);
        let packages = include_str!("../../Cargo.lock").split("[[package]]");
        let package = packages.filter(|package| package.lines().any(|line| line == heading)).last()?;
        package.lines().find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
    }
}

#[cfg(test)]
mod tests {
    use super::{ALL, LIBC};

    #[test]
    fn version_of_every_crate_is_that_of_the_manifest() {
        let manifest = include_str!("../../Cargo.toml");
        for peer in ALL {
            assert_eq!(peer.version().is_some(), peer.package.is_some(), "{}", peer.name);
            let (Some(version), Some(package)) = (peer.version(), peer.package) else { continue };
            let line = manifest
                .lines()
                .find(|line| line.starts_with(&format!("{package} = ")))
                .expect("a dependency");
            assert!(
                line.contains(&format!("\"{version}\"")) || line.contains("path"),
                "{package} {version}: {line}"
            );
        }
        assert_eq!(LIBC.version(), None);
    }
}
