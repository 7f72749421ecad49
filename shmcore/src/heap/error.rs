//! What containers of a heap cannot do, and the value that could not be put in.

use std::error::Error;
use std::fmt;

use super::raw::Corrupt;

/// Why an operation on a container of a heap changed nothing.
///
/// # Examples
///
/// ```
/// use shmcore::heap::{HeapError, Vec};
/// use shmcore::{ShmMutex, ShmOptions};
///
/// let create = || ShmOptions::anonymous().create_heap::<ShmMutex<Vec<u32>>>(4096);
/// let (heap, other) = (create()?, create()?);
/// let mut vec = heap.root().lock().expect("nobody has died");
/// vec.push(&heap, 1)?;
/// assert_eq!(vec.as_slice(&other), Err(HeapError::OtherHeap));
/// let full = vec.reserve(&heap, 1 << 20).unwrap_err();
/// assert!(matches!(full, HeapError::OutOfMemory { needed, .. } if needed > 4 << 20));
/// assert_eq!(vec.as_slice(&heap)?, [1]);
/// # Ok::<(), std::boxed::Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeapError {
    /// No free piece of the heap is large enough. Free something, or make the heap larger when it is created.
    OutOfMemory {
        /// The bytes that were asked for, in one piece.
        needed: usize,
        /// The bytes of all blocks.
        used: usize,
        /// The bytes that blocks can have all told.
        capacity: usize,
    },
    /// The container owns memory in another heap. Use it with the heap that it was filled with.
    OtherHeap,
    /// The container does not own its memory: it is a copy that a process left behind when it was killed in the middle of moving it,
    /// or that a fork made, and the other copy was used first. Put a new one in its place.
    NotTheOwner {
        /// Where in the heap's region the memory lies, in bytes.
        offset: usize,
    },
    /// The heap is not as its own code leaves it: something else has written there.
    Corrupt {
        /// What is wrong.
        what: &'static str,
        /// The number that is wrong, or where.
        number: u64,
    },
}

impl fmt::Display for HeapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfMemory { needed, used, capacity } => {
                write!(f, "the heap has no {needed} bytes in one piece: {used} of {capacity} bytes are used")
            }
            Self::OtherHeap => write!(f, "the container owns memory in another heap"),
            Self::NotTheOwner { offset } => write!(
                f,
                "the container does not own the memory at offset {offset} of the heap: it is a copy, left behind by a fork \
                 or by a process that died while it moved the container"
            ),
            Self::Corrupt { what, number } => write!(f, "the heap is corrupt: {what} ({number})"),
        }
    }
}

impl Error for HeapError {}

impl From<Corrupt> for HeapError {
    fn from(Corrupt { what, number }: Corrupt) -> Self {
        Self::Corrupt { what, number }
    }
}

/// A value could not be put into a container; it is inside.
///
/// `?` makes a [`HeapError`] of it where that is returned, and drops the value. Where a `Box<dyn Error>` is returned and the value is
/// borrowed, such as a `&str`, that takes a word more: `.map_err(HeapError::from)?`.
///
/// # Examples
///
/// ```
/// use shmcore::heap::{HeapError, Vec};
/// use shmcore::{ShmMutex, ShmOptions};
///
/// let heap = ShmOptions::anonymous().create_heap::<ShmMutex<Vec<[u8; 1000]>>>(4096)?;
/// let mut vec = heap.root().lock().expect("nobody has died");
/// let full = loop {
///     if let Err(full) = vec.push(&heap, [7; 1000]) {
///         break full;
///     }
/// };
/// assert!(matches!(full.error(), HeapError::OutOfMemory { .. }));
/// assert_eq!(full.into_inner(), [7; 1000]);
/// # Ok::<(), shmcore::CreateError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct InsertError<T> {
    rejected: T,
    error: HeapError,
}

impl<T> InsertError<T> {
    pub(super) const fn new(rejected: T, error: HeapError) -> Self {
        Self { rejected, error }
    }

    /// What was to be put in.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.rejected
    }

    /// Why it was not.
    #[must_use]
    pub const fn error(&self) -> HeapError {
        self.error
    }
}

impl<T> fmt::Debug for InsertError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InsertError").field("error", &self.error).finish_non_exhaustive()
    }
}

impl<T> fmt::Display for InsertError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<T> Error for InsertError<T> {}

impl<T> From<InsertError<T>> for HeapError {
    fn from(error: InsertError<T>) -> Self {
        error.error
    }
}
