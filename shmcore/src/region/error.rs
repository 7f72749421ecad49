//! Why a region could not be made.

use std::fmt;
use std::io;

use crate::sys;

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
        /// The size of one element, or of the value, in bytes.
        element_size: usize,
        /// The number of elements; 1 for a single value.
        len: usize,
    },
    /// A system call failed. `source` tells why: no descriptor is free (`EMFILE`), the address space or the memory
    /// does not suffice (`ENOMEM`), the length is more than a file may have (`EFBIG`), or the kernel
    /// forbids the call (`EPERM`).
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
    pub(super) fn os(region: impl fmt::Display, region_len: usize, failed: sys::Failed) -> Self {
        Self::Os { region: region.to_string(), call: failed.call, region_len, source: failed.source }
    }
}

impl fmt::Display for CreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { region, element_size, len } => {
                write!(
                    f,
                    "{region}: {len} × {element_size} bytes are more than the {} that a process can address",
                    isize::MAX
                )
            }
            Self::Os { region, call, region_len, source } => {
                write!(f, "{region}: {call} failed for {region_len} bytes: {source}")
            }
        }
    }
}

impl std::error::Error for CreateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::TooLarge { .. } => None,
            Self::Os { source, .. } => Some(source),
        }
    }
}
