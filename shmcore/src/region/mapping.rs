//! A file's bytes in this process's address space, shared with every process that maps the file.
//!
//! memmap2 makes the mapping and takes it away; nothing here reads or writes through it.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use memmap2::{MmapOptions, MmapRaw};

/// A `MAP_SHARED` mapping, readable and writable; unmapped when dropped.
#[derive(Debug)]
pub(super) struct Mapping {
    raw: MmapRaw,
}

impl Mapping {
    /// Maps the first `len` bytes of the file, which must have as many. `len` is not 0.
    pub(super) fn new(file: BorrowedFd<'_>, len: usize) -> io::Result<Self> {
        Ok(Self { raw: MmapOptions::new().len(len).map_raw(file.as_raw_fd())? })
    }

    /// The first byte; aligned to a page.
    pub(super) fn base(&self) -> *mut u8 {
        self.raw.as_mut_ptr()
    }

    /// Its length in bytes.
    pub(super) fn len(&self) -> usize {
        self.raw.len()
    }
}
