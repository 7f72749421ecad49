//! `Shared<T>`: a counted reference to a value in a region.
//!
//! # Safety
//!
//! 1. `pointer` points into the mapping of `region`, or to a value that lives as long as the program, and is valid
//!    for reads as a `T` as long as the region is mapped.
//! 2. After publication no `&mut` to the value is ever made outside a lock's guard, by any process: the handle gives
//!    `&T` only. So a `T` without interior mutability never changes, and one with it changes by atomics.
//! 3. Other processes are further threads on the same memory: what `T: Sync` allows them is sound.
#![allow(unsafe_code, reason = "dereferences into the mapping")]

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::io;
use std::ops::Deref;
use std::os::fd::OwnedFd;
use std::ptr::NonNull;
use std::sync::Arc;

use super::elements::Elements;
use crate::ShmSafe;
use crate::region::Region;

/// A value in memory that processes share: `Arc<T>`, across processes.
///
/// Made by [`create_shared`](crate::create_shared) and its siblings. It derefs to `T`, and `T` is all that there
/// is to it: a process that is forked afterwards sees the same value at the same address.
///
/// There is no way to a `&mut T`. What is to change after the creation is an atomic, or lies behind a lock of this
/// crate. The value is never dropped; the memory is freed by the kernel when the last process that has it drops its
/// last handle or ends.
///
/// A clone costs one atomic addition. Reading through the handle costs what reading through `&T` costs.
///
/// # Process death
///
/// A process that dies leaves the value as it is: nothing is freed, and nothing waits for the dead.
///
/// # Examples
///
/// ```
/// use shmcore::{ShmSafe, create_shared};
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// #[derive(ShmSafe)]
/// #[repr(C)]
/// struct Counters {
///     hits: AtomicU64,
///     misses: AtomicU64,
/// }
///
/// let counters = create_shared::<Counters>()?;
/// counters.hits.fetch_add(1, Ordering::Relaxed);
/// assert_eq!(counters.hits.load(Ordering::Relaxed), 1);
/// # Ok::<(), shmcore::CreateError>(())
/// ```
// The pointer comes first in memory, so that reading a field has the instructions of reading through a `&T`.
#[repr(C)]
pub struct Shared<T: ?Sized> {
    pointer: NonNull<T>,
    region: Arc<Region>,
}

// SAFETY: `Send` requires that the handle may be used on another thread. It gives `&T`, which may if `T: Sync`
// (std, `impl Send for &T`); the region is unmapped on whichever thread is last, which munmap allows; and `T` is never
// dropped, so `T: Send` is not needed.
unsafe impl<T: ?Sized + Sync> Send for Shared<T> {}

// SAFETY: `Sync` requires that `&Shared<T>` may be used by several threads at once. It gives `&T`, and clones.
unsafe impl<T: ?Sized + Sync> Sync for Shared<T> {}

impl<T: ?Sized> Shared<T> {
    /// Makes the first handle.
    ///
    /// # Safety
    ///
    /// `pointer` points into the mapping of `region` and is valid for reads as a `T` until the region is unmapped;
    /// no process ever makes a `&mut` to it.
    pub(super) unsafe fn new(region: Arc<Region>, pointer: NonNull<T>) -> Self {
        Self { pointer, region }
    }

    /// A handle to a part of the value; the region stays mapped as long as one of the two lives.
    ///
    /// # Panics
    ///
    /// If `part` returns a reference to something outside the region, which other processes would not see.
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::{Shared, ShmSafe, create_shared};
    /// use std::sync::atomic::{AtomicU32, Ordering};
    ///
    /// #[derive(ShmSafe)]
    /// #[repr(C)]
    /// struct Jobs { done: AtomicU32, failed: AtomicU32 }
    ///
    /// let jobs = create_shared::<Jobs>()?;
    /// let failed: Shared<AtomicU32> = jobs.project(|jobs| &jobs.failed);
    /// drop(jobs);
    /// failed.store(3, Ordering::Relaxed);
    /// # Ok::<(), shmcore::CreateError>(())
    /// ```
    pub fn project<U, F>(&self, part: F) -> Shared<U>
    where
        U: ?Sized + 'static,
        F: for<'a> FnOnce(&'a T) -> &'a U,
    {
        let part = part(self);
        let (address, size) = (std::ptr::from_ref(part).addr(), size_of_val(part));
        assert!(
            size == 0 || self.region.contains(address, size),
            "`project` returned {size} bytes at {address:#x}, which lie outside the region: other processes do not see \
             them"
        );
        // Invariant 1: `part` is a reference that the closure made for any lifetime of `T`, and `T` is borrowed for as
        // long as the region is mapped (invariants 1 and 2).
        Shared { pointer: NonNull::from(part), region: Arc::clone(&self.region) }
    }

    /// A descriptor of the region's memory, to be passed to another process.
    ///
    /// It is close-on-exec, and of mode 0600: other users cannot open it. Whoever maps it finds a header
    /// with the layout of the type. The memory lives as long as a descriptor or a mapping of it.
    ///
    /// # Process death
    ///
    /// A process that dies inside leaves the region as it was, for itself and for others.
    ///
    /// # Errors
    ///
    /// Of the system calls; `/proc` must be mounted.
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::create_shared;
    /// use std::{fs::File, io::Read};
    ///
    /// let value = create_shared::<u64>()?;
    /// let mut magic = [0; 8];
    /// File::from(value.try_clone_fd()?).read_exact(&mut magic)?;
    /// assert_eq!(magic, *b"\x89shmcore");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn try_clone_fd(&self) -> io::Result<OwnedFd> {
        self.region.try_clone_fd()
    }

    /// Whether both handles are to the same address. A method would hide one of `T`'s, hence a function.
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::{Shared, create_shared};
    ///
    /// let one = create_shared::<u64>()?;
    /// assert!(Shared::ptr_eq(&one, &one.clone()));
    /// assert!(!Shared::ptr_eq(&one, &create_shared()?));
    /// # Ok::<(), shmcore::CreateError>(())
    /// ```
    #[must_use]
    pub fn ptr_eq(this: &Self, other: &Self) -> bool {
        std::ptr::addr_eq(this.pointer.as_ptr(), other.pointer.as_ptr())
    }
}

impl<T: ShmSafe> Shared<[T]> {
    /// One handle for each element, in order. A process puts them into a container of its own, whose nodes lie on its
    /// heap, while the elements stay shared.
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::{Shared, create_shared_slice};
    /// use std::collections::HashMap;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    ///
    /// let balances = create_shared_slice::<AtomicU64>(3)?;
    /// let by_name: HashMap<&str, Shared<AtomicU64>> =
    ///     ["ada", "bob", "eve"].into_iter().zip(balances.elements()).collect();
    /// by_name["bob"].store(7, Ordering::Relaxed);
    /// assert_eq!(balances[1].load(Ordering::Relaxed), 7);
    /// # Ok::<(), shmcore::CreateError>(())
    /// ```
    #[must_use]
    pub fn elements(&self) -> Elements<T> {
        Elements::new(self.clone())
    }
}

impl<T: ?Sized> Deref for Shared<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: a reference requires
        // 1. an aligned, valid `T` for as long as it lives: invariant 1, and the borrow of `self` keeps the region;
        // 2. no `&mut` meanwhile: invariant 2.
        unsafe { self.pointer.as_ref() }
    }
}

impl<T: ?Sized> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self { pointer: self.pointer, region: Arc::clone(&self.region) }
    }
}

impl<T: ?Sized> AsRef<T> for Shared<T> {
    fn as_ref(&self) -> &T {
        self
    }
}

impl<T: ?Sized> Borrow<T> for Shared<T> {
    fn borrow(&self) -> &T {
        self
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized> fmt::Pointer for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Pointer::fmt(&self.pointer, f)
    }
}

impl<T: ?Sized + PartialEq> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: ?Sized + Eq> Eq for Shared<T> {}

impl<T: ?Sized + PartialOrd> PartialOrd for Shared<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (**self).partial_cmp(&**other)
    }
}

impl<T: ?Sized + Ord> Ord for Shared<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl<T: ?Sized + Hash> Hash for Shared<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}
