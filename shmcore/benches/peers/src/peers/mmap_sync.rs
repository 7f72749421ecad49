//! `mmap-sync`: a value that one process writes and others read, in two files, of which readers map the newer one.
//!
//! # Safety
//!
//! 1. A guard of a reader is dropped before its function returns, long before [`GRACE`] is over. All the same the writer may write to what
//!    it reads, if the kernel runs something else between its look at the number of the copy and the moment at which it counts as a
//!    reader. What is read are numbers, which any bytes are; the bench counts those that do not belong together.

use std::ffi::OsString;
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use mmap_sync::synchronizer::Synchronizer;

use super::Words;

/// How long the writer waits for readers.
const GRACE: Duration = Duration::from_secs(10);
/// Bytes of scratch space, and nanoseconds of a nap of the writer while readers are in its way. One second is the library's own
/// choice, which would be no comparison.
type Files = Synchronizer<wyhash::WyHash, mmap_sync::locks::LockDisabled, 1024, 1000>;

static NAMES: AtomicU64 = AtomicU64::new(0);

/// The name of the files, which are removed in the end.
pub(crate) struct Name(OsString);

impl Name {
    pub(crate) fn new() -> Self {
        let number = NAMES.fetch_add(1, Ordering::Relaxed);
        Self(format!("/dev/shm/shmcore-peers-{}-{number}", std::process::id()).into())
    }

    pub(crate) fn open(&self) -> Value {
        Value(Files::with_params(&self.0))
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        for file in ["_state", "_data_0", "_data_1"] {
            let mut path = self.0.clone();
            path.push(file);
            // Of the two data files the second is there after the second write.
            _ = fs::remove_file(path);
        }
    }
}

/// A writer or a reader.
pub(crate) struct Value(Files);

impl Value {
    #[inline]
    pub(crate) fn write<const N: usize>(&mut self, value: &[u64; N]) {
        self.0.write(value, GRACE).expect("written");
    }

    /// A copy.
    #[inline]
    pub(crate) fn read<const N: usize>(&mut self) -> Words<N> {
        // SAFETY: `read` requires that the guard goes before the grace period ends (invariant 1), and that the bytes are a value of
        // this type: nobody writes another one.
        Words(*unsafe { self.0.read::<[u64; N]>(false) }.expect("written before"))
    }

    pub(crate) fn write_bytes(&mut self, bytes: &Vec<u8>) {
        self.0.write(bytes, GRACE).expect("written");
    }

    /// How many bytes there are.
    pub(crate) fn len_of_bytes(&mut self) -> usize {
        // SAFETY: as in `read`, for bytes.
        unsafe { self.0.read::<Vec<u8>>(false) }.expect("written before").len()
    }
}
