//! A file's bytes in this process's address space, shared with every process that maps the file.
//!
//! memmap2 makes the mapping and takes it away.
//!
//! # Safety
//!
//! 1. The mapping is valid until it is dropped, and has the length it was made with: nobody can shrink the file (it is sealed,
//!    or the user's alone), and nobody else unmaps it.
//! 2. The first bytes, up to the value, are read and written by the atomics of [`words`](Mapping::words) only.
#![allow(unsafe_code, reason = "looks at the mapping as atomics")]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::sync::atomic::AtomicU32;

use memmap2::{MmapOptions, MmapRaw};

/// A `MAP_SHARED` mapping; unmapped when dropped.
#[derive(Debug)]
pub(super) struct Mapping {
    raw: MmapRaw,
}

impl Mapping {
    /// Maps the first `len` bytes of the file for reading and writing. The file has as many, and `len` is not 0. With
    /// `populate` every page is touched.
    pub(super) fn writable(file: BorrowedFd<'_>, len: usize, populate: bool) -> io::Result<Self> {
        let mut options = MmapOptions::new();
        options.len(len);
        if populate {
            options.populate();
        }
        Ok(Self { raw: options.map_raw(file.as_raw_fd())? })
    }

    /// Maps the first `len` bytes of the file for reading.
    pub(super) fn read_only(file: BorrowedFd<'_>, len: usize) -> io::Result<Self> {
        Ok(Self { raw: MmapOptions::new().len(len).map_raw_read_only(file.as_raw_fd())? })
    }

    /// The first byte; aligned to a page.
    pub(super) fn base(&self) -> *mut u8 {
        self.raw.as_mut_ptr()
    }

    /// Its length in bytes.
    pub(super) fn len(&self) -> usize {
        self.raw.len()
    }

    /// The first `count` words.
    ///
    /// # Panics
    ///
    /// If there are fewer.
    pub(super) fn words(&self, count: usize) -> &[AtomicU32] {
        assert!(count <= self.len() / size_of::<AtomicU32>(), "{count} words in {} bytes", self.len());
        // SAFETY: `from_raw_parts` requires
        // 1. `count` words inside one allocation: just asserted; 2. aligned: a mapping starts at a page;
        // 3. valid while borrowed: invariant 1, and the borrow of `self`;
        // 4. initialised: a file is bytes; 5. no other access but by atomics: invariant 2.
        unsafe { std::slice::from_raw_parts(self.raw.as_ptr().cast(), count) }
    }
}
