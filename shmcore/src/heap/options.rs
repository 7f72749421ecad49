//! The doors to heaps: creating one and attaching to one, by [`ShmOptions`], as for values.

use super::ShmHeap;
use crate::region::{AttachError, CreateError, OpenOrCreateError};
use crate::shared::open_or_create;
use crate::{Opened, PlacementDefault, ShmOptions, ShmSafe};

impl ShmOptions {
    /// Creates a heap with the default value of `Root`, and with at least `bytes` bytes for what containers will own.
    ///
    /// A region is whole pages, so the heap may have more. What the heap needs for itself comes on top: some 5 KiB, and 1 of 32 bytes.
    ///
    /// # Process death
    ///
    /// As of [`create_shared`](Self::create_shared).
    ///
    /// # Errors
    ///
    /// As of [`create_shared`](Self::create_shared), and [`CreateError::TooLarge`] above 1 TiB; [`CreateError::Unsupported`] for
    /// [`read_only_peers`](Self::read_only_peers), which a heap cannot have.
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::{ShmOptions, unlink};
    /// use std::sync::atomic::{AtomicU32, Ordering};
    ///
    /// # let name = &format!("doc-heap-{}", std::process::id());
    /// let made = ShmOptions::new(name).create_heap::<AtomicU32>(64 << 10)?;
    /// made.root().store(7, Ordering::Relaxed);
    /// let same = ShmOptions::new(name).open_heap::<AtomicU32>()?;
    /// assert_eq!(same.root().load(Ordering::Relaxed), 7);
    /// unlink(name)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn create_heap<Root: PlacementDefault>(&self, bytes: usize) -> Result<ShmHeap<Root>, CreateError> {
        ShmHeap::create(&self.request, bytes)
    }

    /// Attaches to a heap whose root is laid out as `Root` is here.
    ///
    /// # Process death
    ///
    /// As of [`open_shared`](crate::open_shared).
    ///
    /// # Errors
    ///
    /// As of [`open_shared`](Self::open_shared); [`AttachError::NoHeap`] if there is a region of another shape.
    pub fn open_heap<Root: ShmSafe>(&self) -> Result<ShmHeap<Root>, AttachError> {
        ShmHeap::open(&self.request.place)
    }

    /// Attaches to the heap if it exists, with the capacity that it has, and creates it with at least `bytes` bytes if it does not.
    /// Of several processes that do this at once, one creates it and the others attach.
    ///
    /// # Process death
    ///
    /// As of [`open_or_create_shared`](Self::open_or_create_shared).
    ///
    /// # Errors
    ///
    /// [`OpenOrCreateError`], with the error of whichever failed. A region of another type or shape is never replaced.
    pub fn open_or_create_heap<Root: PlacementDefault>(
        &self,
        bytes: usize,
    ) -> Result<(ShmHeap<Root>, Opened), OpenOrCreateError> {
        open_or_create(|| self.open_heap(), || self.create_heap(bytes))
    }
}
