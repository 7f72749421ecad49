//! Why a region could not be attached to: one variant for each check, in the order of the checks.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::region::place::BadPlace;
use crate::sys::Failed;

/// A region could not be attached to. Nothing was changed, in the region or in this process.
///
/// The variants stand in the order in which a region is examined; the first check that fails is reported.
///
/// # Examples
///
/// ```
/// use shmcore::{AttachError, open_shared};
///
/// let error = open_shared::<u64>("no region has this name").unwrap_err();
/// assert!(matches!(error, AttachError::NotFound { .. }));
/// println!("{error}");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum AttachError {
    /// The name cannot be the name of a region.
    InvalidName {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The folder could be written by others, so the region in it could be anybody's.
    UntrustedFolder {
        /// What was to be opened.
        region: String,
        /// The folder.
        folder: PathBuf,
        /// Who it belongs to, with which permission bits, and what it must be.
        reason: String,
    },
    /// There is nothing under this name or path. Its creator has not made it yet, or somebody has unlinked it.
    NotFound {
        /// What was to be opened.
        region: String,
    },
    /// What is there is no regular file: a link, a folder, a pipe, a device or a socket.
    NotAFile {
        /// What was to be opened.
        region: String,
    },
    /// The region belongs to another user, who could put anything into it. Whoever trusts them opens it by
    /// `open_shared_unverified`.
    ForeignOwner {
        /// What was to be opened.
        region: String,
        /// The user id of its owner.
        owner: u32,
        /// The user id of this process.
        user: u32,
    },
    /// Other users may open the region.
    OpenMode {
        /// What was to be opened.
        region: String,
        /// Its permission bits.
        mode: u32,
    },
    /// The file has more than one name, so somebody may have put it here.
    SeveralLinks {
        /// What was to be opened.
        region: String,
        /// The number of its names.
        links: u64,
    },
    /// The descriptor is of a memfd that could still shrink, and end this process by `SIGBUS`.
    Unsealed {
        /// What was to be opened.
        region: String,
    },
    /// The file is too short for a region, or shorter than its header says.
    TooShort {
        /// What was to be opened.
        region: String,
        /// The length of the file in bytes.
        len: u64,
        /// The least length in bytes.
        needed: u64,
    },
    /// The file does not begin as a region does: it is something else.
    BadMagic {
        /// What was to be opened.
        region: String,
        /// Its first bytes.
        found: [u8; 8],
    },
    /// The region was made by a version of this crate that lays its header out in another way.
    Format {
        /// What was to be opened.
        region: String,
        /// The version of the region's format.
        found: u32,
        /// The version that is understood here.
        supported: u32,
    },
    /// The region was made on a machine of the other byte order.
    ByteOrder {
        /// What was to be opened.
        region: String,
        /// The number `0x01020304`, as it is read here.
        found: u32,
    },
    /// The region was made by a process with pointers of a width that is not known.
    PointerWidth {
        /// What was to be opened.
        region: String,
        /// The width in bits.
        found: u32,
        /// The width here.
        here: u32,
    },
    /// The region is not complete: its creator is still at it, or has died.
    NotReady {
        /// What was to be opened.
        region: String,
        /// The state that the header holds; 1 would be ready.
        state: u32,
    },
    /// The header contradicts itself, or the file: somebody has written over it.
    Corrupt {
        /// What was to be opened.
        region: String,
        /// The field of the header, or "encoded layout".
        field: &'static str,
        /// The value and what it must be.
        reason: String,
    },
    /// The file is a copy of a region. Its locks and its peers are those of the original.
    ForeignCopy {
        /// What was to be opened.
        region: String,
        /// The inode number of the original.
        original: u64,
        /// The inode number of the copy.
        found: u64,
    },
    /// The region holds a slice where a single value was asked for, or the other way round.
    Shape {
        /// What was to be opened.
        region: String,
        /// The number of elements in the region; `None` if it holds a single value.
        len: Option<u64>,
    },
    /// The region is a heap, and a single value or a slice was asked for. Open it by
    /// [`open_heap`](crate::ShmOptions::open_heap).
    Heap {
        /// What was to be opened.
        region: String,
        /// The length of its arena in bytes.
        arena_len: u64,
    },
    /// The region holds a single value or a slice, and a heap was asked for.
    NoHeap {
        /// What was to be opened.
        region: String,
        /// The number of elements in the region; `None` if it holds a single value.
        len: Option<u64>,
    },
    /// The type in the region is laid out otherwise than the type here.
    LayoutMismatch {
        /// What was to be opened.
        region: String,
        /// The differences, one a line, each with the path of the field.
        diff: String,
    },
    /// Some bytes of the value are no value of their type, such as a `bool` of 2.
    InvalidValue {
        /// What was to be opened.
        region: String,
        /// The path of the field, and what was found there.
        reason: String,
    },
    /// Another heap that this process has open is known by the same number, so that their containers could not be told apart.
    /// That happens to two heaps once in 2^31 times. Open it while the other one is closed, or in another process.
    SameHeapId {
        /// What was to be opened.
        region: String,
        /// The number.
        id: u64,
    },
    /// The processes that have the heap have forked, died with a lock of it, or opened it so often that a further time
    /// could not be told from an earlier one: some 2^31 times at least. Make a new heap.
    HeapAtEnd {
        /// What was to be opened.
        region: String,
    },
    /// The region can only be read: its creator wanted no other writer. Open it by [`ReadOnly`](crate::ReadOnly).
    ReadOnlyRegion {
        /// What was to be opened.
        region: String,
    },
    /// Nothing was received: the other side has closed the socket, or has sent something else than a region.
    NothingReceived {
        /// What was to be received.
        region: String,
    },
    /// A system call failed.
    Os {
        /// What was to be opened.
        region: String,
        /// The name of the system call.
        call: &'static str,
        /// The error of the kernel.
        source: io::Error,
    },
}

impl AttachError {
    pub(crate) fn os(region: &str, failed: Failed) -> Self {
        Self::Os { region: region.to_owned(), call: failed.call, source: failed.source }
    }

    /// The place is no place for a region.
    pub(in crate::region) fn place(region: &str, bad: BadPlace) -> Self {
        let region = region.to_owned();
        match bad {
            BadPlace::Name { name, reason } => Self::InvalidName { name, reason },
            BadPlace::Folder(folder) => {
                Self::UntrustedFolder { region, reason: folder.to_string(), folder: folder.path }
            }
            BadPlace::Failed(failed) if failed.source.kind() == io::ErrorKind::NotFound => {
                Self::NotFound { region }
            }
            BadPlace::Failed(failed) => Self::os(&region, failed),
        }
    }
}

impl fmt::Display for AttachError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidName { name, reason } => write!(f, "`{name}` cannot name a region: {reason}"),
            Self::UntrustedFolder { region, reason, .. } => write!(f, "{region}: {reason}"),
            Self::NotFound { region } => write!(f, "{region} does not exist"),
            Self::NotAFile { region } => write!(f, "{region} is no regular file"),
            Self::ForeignOwner { region, owner, user } => {
                write!(f, "{region} belongs to user {owner}, and this process to user {user}")
            }
            Self::OpenMode { region, mode } => {
                write!(f, "{region} has mode {mode:04o}: other users may open it, and 0600 is demanded")
            }
            Self::SeveralLinks { region, links } => write!(f, "{region} has {links} names instead of one"),
            Self::Unsealed { region } => {
                write!(f, "{region} is a memfd without seals: it could shrink while it is used")
            }
            Self::TooShort { region, len, needed } => {
                write!(f, "{region} has {len} bytes, and must have at least {needed}")
            }
            Self::BadMagic { region, found } => {
                write!(f, "{region} is none: it begins with {:?}", found.escape_ascii().to_string())
            }
            Self::Format { region, found, supported } => {
                write!(f, "{region} has format {found}, and {supported} is understood here")
            }
            Self::ByteOrder { region, found } => {
                write!(f, "{region} was made with the other byte order: 0x01020304 reads {found:#010x}")
            }
            Self::PointerWidth { region, found, here } => {
                write!(f, "{region} was made with pointers of {found} bits, and they have {here} here")
            }
            Self::NotReady { region, state } => write!(f, "{region} is not ready: its state is {state}"),
            Self::Corrupt { region, field, reason } => {
                write!(f, "{region} is corrupt: {field}: {reason}")
            }
            Self::ForeignCopy { region, original, found } => {
                write!(f, "{region} is a copy: its header is of inode {original}, the file is inode {found}")
            }
            Self::Shape { region, len: None } => {
                write!(f, "{region} holds a single value, and a slice was asked for")
            }
            Self::Shape { region, len: Some(len) } => {
                write!(f, "{region} holds a slice of {len}, and a single value was asked for")
            }
            Self::Heap { region, arena_len } => {
                write!(
                    f,
                    "{region} is a heap of {arena_len} bytes, and a single value or a slice was asked for"
                )
            }
            Self::NoHeap { region, len: None } => {
                write!(f, "{region} holds a single value, and a heap was asked for")
            }
            Self::NoHeap { region, len: Some(len) } => {
                write!(f, "{region} holds a slice of {len}, and a heap was asked for")
            }
            Self::LayoutMismatch { region, diff } => write!(f, "{region} has another layout:\n{diff}"),
            Self::InvalidValue { region, reason } => write!(f, "{region} holds an invalid value: {reason}"),
            Self::SameHeapId { region, id } => {
                write!(f, "{region} has the id {id:#x} of another heap that is open in this process")
            }
            Self::HeapAtEnd { region } => {
                write!(f, "{region} is a heap at its end: it was forked with and opened too often")
            }
            Self::ReadOnlyRegion { region } => write!(f, "{region} can only be opened for reading"),
            Self::NothingReceived { region } => write!(f, "{region}: no descriptor was received"),
            Self::Os { region, call, source } => write!(f, "{region}: {call} failed: {source}"),
        }
    }
}

impl std::error::Error for AttachError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Os { source, .. } => Some(source),
            _ => None,
        }
    }
}
