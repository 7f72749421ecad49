//! What is in a heap: the numbers, and the walk that proves it to be in order.

use super::Heap;
use super::access::Access;
use super::error::HeapError;

/// What a walk over a heap has found, in bytes unless it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeapStatistics {
    /// What blocks can have together.
    pub capacity: usize,
    /// What they have.
    pub used: usize,
    /// The number of blocks.
    pub blocks: usize,
    /// What belongs to no block, in whole pages. What is left over in pages of small blocks is in neither number.
    pub free: usize,
    /// The longest piece of it: no block can be larger.
    pub largest_free: usize,
}

impl Heap {
    /// Walks over the whole heap, and proves that its blocks, what is free, the lists and the counts fit together.
    ///
    /// Takes time in proportion to the capacity, in which nobody allocates or frees; it ends however corrupt the heap is.
    ///
    /// # Process death
    ///
    /// What a process that died had begun is ended first.
    ///
    /// # Errors
    ///
    /// [`HeapError::Corrupt`], with the first thing that is wrong.
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::{ShmMutex, ShmOptions, heap::Vec};
    ///
    /// let heap = ShmOptions::anonymous().create_heap::<ShmMutex<Vec<u8>>>(64 << 10)?;
    /// heap.root().lock().expect("nobody has died").push(&heap, 1)?;
    /// let statistics = heap.check()?;
    /// assert_eq!((statistics.blocks, statistics.used), (1, heap.used()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check(&self) -> Result<HeapStatistics, HeapError> {
        let census = Access::new(self)?.check()?;
        Ok(HeapStatistics {
            capacity: self.capacity(),
            used: census.used,
            blocks: census.blocks,
            free: census.free,
            largest_free: census.longest,
        })
    }

    /// Gives back the pages that are kept for small blocks although none is in them. An allocation that would fail does the same.
    ///
    /// # Errors
    ///
    /// [`HeapError::Corrupt`].
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::{ShmMutex, ShmOptions, heap::Vec};
    ///
    /// let heap = ShmOptions::anonymous().create_heap::<ShmMutex<Vec<u8>>>(64 << 10)?;
    /// let mut vec = heap.root().lock().expect("nobody has died");
    /// vec.push(&heap, 1)?;
    /// vec.free(&heap)?;
    /// heap.trim()?;
    /// assert_eq!(heap.check()?.largest_free, heap.capacity());
    /// # Ok::<(), std::boxed::Box<dyn std::error::Error>>(())
    /// ```
    pub fn trim(&self) -> Result<(), HeapError> {
        Access::new(self)?.trim()
    }
}
