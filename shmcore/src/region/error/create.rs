//! Why a region could not be made.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::region::place::BadPlace;
use crate::sys::Failed;

/// A region could not be created. Nothing is left of it.
///
/// # Examples
///
/// ```
/// use shmcore::{CreateError, create_shared_slice};
///
/// let error = create_shared_slice::<u64>(usize::MAX / 2).unwrap_err();
/// assert!(matches!(error, CreateError::TooLarge { element_size: 8, .. }));
/// println!("{error}");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum CreateError {
    /// The region would be longer than `isize::MAX` bytes, more than a process can address. Share fewer
    /// elements, or several regions.
    TooLarge {
        /// What was to be created, such as "anonymous region of `[u64]`".
        region: String,
        /// The size of one element, or of the value, in bytes; 1 for a heap.
        element_size: usize,
        /// The number of elements; 1 for a single value; for a heap, its bytes.
        len: usize,
    },
    /// The name or the path is taken: by a region that another process made, or by some other file. Attach to it, or
    /// use `open_or_create_shared`, which does whichever is possible.
    AlreadyExists {
        /// What was to be created.
        region: String,
    },
    /// The file system has not enough room, which would have shown as `SIGBUS` later. Free some, or ask for a
    /// sparse region.
    NoSpace {
        /// What was to be created.
        region: String,
        /// The length of the region in bytes.
        needed: u64,
        /// The bytes that are free for this user in the file system.
        free: u64,
    },
    /// The length is more than this process may give to a file (`RLIMIT_FSIZE`). Raise the limit.
    FileSizeLimit {
        /// What was to be created.
        region: String,
        /// The length of the region in bytes.
        needed: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// The name cannot be used: it is empty, `.` or `..`, longer than 200 bytes, or contains `/` or a zero byte.
    InvalidName {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The permission bits would let other users write, or keep the owner from reading and writing.
    InvalidMode {
        /// What was to be created.
        region: String,
        /// The permission bits.
        mode: u32,
    },
    /// The folder could be written by others, so a region in it could be replaced.
    UntrustedFolder {
        /// What was to be created.
        region: String,
        /// The folder.
        folder: PathBuf,
        /// Who it belongs to, with which permission bits, and what it must be.
        reason: String,
    },
    /// What was asked for is not to be had in this place, such as peers that only read a region with a name.
    Unsupported {
        /// What was to be created.
        region: String,
        /// What cannot be done, and what can.
        reason: &'static str,
    },
    /// A system call failed. `source` tells why: no descriptor is free (`EMFILE`), the address space or the memory
    /// does not suffice (`ENOMEM`), the length is more than a file may have (`EFBIG`), the folder does not exist
    /// (`ENOENT`), or the kernel forbids the call (`EPERM`, `EACCES`).
    Os {
        /// What was to be created.
        region: String,
        /// The name of the system call.
        call: &'static str,
        /// The length of the region in bytes, header included.
        region_len: usize,
        /// The error of the kernel.
        source: io::Error,
    },
}

impl CreateError {
    /// A system call failed while a region was made.
    pub(in crate::region) fn os(region: impl fmt::Display, region_len: usize, failed: Failed) -> Self {
        Self::Os { region: region.to_string(), call: failed.call, region_len, source: failed.source }
    }

    /// The place is no place for a region.
    pub(in crate::region) fn place(region: String, region_len: usize, bad: BadPlace) -> Self {
        match bad {
            BadPlace::Name { name, reason } => Self::InvalidName { name, reason },
            BadPlace::Folder(folder) => {
                Self::UntrustedFolder { region, reason: folder.to_string(), folder: folder.path }
            }
            BadPlace::Failed(failed) => Self::os(region, region_len, failed),
        }
    }
}

impl fmt::Display for CreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { region, element_size, len } => {
                let most = isize::MAX;
                write!(
                    f,
                    "{region}: {len} × {element_size} bytes are more than the {most} that a process can address"
                )
            }
            Self::AlreadyExists { region } => write!(f, "{region} exists already"),
            Self::NoSpace { region, needed, free } => {
                write!(f, "{region}: {needed} bytes are needed, {free} are free in the file system")
            }
            Self::FileSizeLimit { region, needed, limit } => {
                write!(f, "{region}: {needed} bytes are needed, a file may have {limit} (RLIMIT_FSIZE)")
            }
            Self::InvalidName { name, reason } => write!(f, "`{name}` cannot name a region: {reason}"),
            Self::InvalidMode { region, mode } => write!(
                f,
                "{region}: mode {mode:04o} is refused: the owner must read and write, and nobody else may write"
            ),
            Self::UntrustedFolder { region, reason, .. } => write!(f, "{region}: {reason}"),
            Self::Unsupported { region, reason } => write!(f, "{region}: {reason}"),
            Self::Os { region, call, region_len, source } => {
                write!(f, "{region}: {call} failed for {region_len} bytes: {source}")
            }
        }
    }
}

impl std::error::Error for CreateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Os { source, .. } => Some(source),
            _ => None,
        }
    }
}
