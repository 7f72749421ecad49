//! `ReadOnly<T>`: a handle whose mapping the kernel keeps from writing.
//!
//! # Safety
//!
//! 1. `pointer` points into the mapping of `region`, which is readable and not writable, and is valid for reads as a `T` as
//!    long as the region is mapped.
//! 2. A `T` that is `Immutable` has no interior mutability, so after publication nobody writes to it.
#![allow(unsafe_code, reason = "dereferences into the mapping")]

use std::fmt;
use std::ops::Deref;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::ptr::NonNull;
use std::sync::Arc;

use super::attach;
use super::contents::Contents;
use crate::Immutable;
use crate::region::{AttachError, Region};

/// A value in shared memory that this process can only read: its mapping is `PROT_READ`.
///
/// It derefs to `T` where `T` is [`Immutable`]: then nothing in it ever changes. What changes under its readers' eyes needs a
/// type that is read without writing: [`ShmSeqLock`](crate::ShmSeqLock).
///
/// Made by [`ShmOptions::open_read_only`](crate::ShmOptions::open_read_only), [`from_fd`](Self::from_fd) and
/// [`recv_from`](Self::recv_from).
///
/// # Process death
///
/// A reader that dies leaves no trace: it cannot write.
///
/// # Examples
///
/// ```
/// use shmcore::{ReadOnly, ShmOptions};
///
/// // The kernel refuses every later writable mapping, whoever asks.
/// let table = ShmOptions::anonymous().read_only_peers(true).create_shared_with([1_u32, 2, 3])?;
/// let reader = ReadOnly::<[u32; 3]>::from_fd(table.try_clone_fd()?)?;
/// assert_eq!(reader[2], 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ReadOnly<T: ?Sized> {
    pointer: NonNull<T>,
    region: Arc<Region>,
}

// SAFETY: `Send` requires that the handle may be used on another thread. It gives `&T`, which may if `T: Sync`.
unsafe impl<T: ?Sized + Sync> Send for ReadOnly<T> {}

// SAFETY: `Sync` requires that it may be used by several threads at once. It gives `&T`, and clones.
unsafe impl<T: ?Sized + Sync> Sync for ReadOnly<T> {}

impl<T: ?Sized> ReadOnly<T> {
    /// Makes the first handle.
    ///
    /// # Safety
    ///
    /// `pointer` points into the mapping of `region` and is valid for reads as a `T` until the region is unmapped;
    /// no process ever makes a `&mut` to it.
    pub(super) unsafe fn new(region: Arc<Region>, pointer: NonNull<T>) -> Self {
        Self { pointer, region }
    }

    /// The address of the value. Reading through it is `unsafe`: of what changes, only single atomic loads that are relaxed
    /// are defined on memory that is mapped read-only.
    #[must_use]
    pub fn as_ptr(this: &Self) -> *const T {
        this.pointer.as_ptr()
    }

    /// A handle to a part of the value; the region stays mapped as long as one of the two lives.
    ///
    /// # Safety
    ///
    /// A `U` lies so many bytes from the start of the value.
    pub(crate) unsafe fn part<U>(this: &Self, offset: usize) -> ReadOnly<U> {
        // SAFETY: `byte_add` requires that the result is inside the value, as the caller vouches for.
        let pointer = unsafe { this.pointer.cast::<u8>().byte_add(offset) }.cast();
        ReadOnly { pointer, region: Arc::clone(&this.region) }
    }

    /// The value, for types of this crate that are read without writing.
    ///
    /// # Safety
    ///
    /// What may change is read by relaxed loads of at most 8 bytes, on a machine of 64 bits, or by assembly; nothing
    /// is written.
    #[inline]
    pub(crate) unsafe fn borrow(this: &Self) -> &T {
        // SAFETY: a reference requires an aligned, valid `T` for as long as it lives: invariant 1, and the borrow of `this`.
        // What is written meanwhile is interior mutable, and the caller answers for its loads.
        unsafe { this.pointer.as_ref() }
    }
}

impl<T: Contents + ?Sized> ReadOnly<T> {
    /// Attaches, for reading, to the region that a descriptor leads to.
    ///
    /// # Errors
    ///
    /// [`AttachError`]: as of [`Shared::from_fd`](crate::Shared::from_fd).
    pub fn from_fd(file: OwnedFd) -> Result<Self, AttachError> {
        let attached = attach::descriptor_read_only(file.as_fd());
        drop(file);
        attached
    }

    /// Receives a region that was sent by [`Shared::send_to`](crate::Shared::send_to), and attaches to it for reading. Blocks
    /// until something comes.
    ///
    /// # Errors
    ///
    /// [`AttachError`]: as of [`Shared::recv_from`](crate::Shared::recv_from).
    pub fn recv_from(socket: &UnixStream) -> Result<Self, AttachError> {
        attach::descriptor_read_only(attach::receive(socket)?.as_fd())
    }
}

impl<T: Immutable> Deref for ReadOnly<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: a reference requires
        // 1. an aligned, valid `T` for as long as it lives: invariant 1, and the borrow of `self`;
        // 2. no write meanwhile: invariant 2.
        unsafe { self.pointer.as_ref() }
    }
}

impl<T: Immutable> Deref for ReadOnly<[T]> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        // SAFETY: a reference requires
        // 1. aligned, valid values for as long as it lives: invariant 1, and the borrow of `self`;
        // 2. no write meanwhile: invariant 2.
        unsafe { self.pointer.as_ref() }
    }
}

impl<T: ?Sized> Clone for ReadOnly<T> {
    fn clone(&self) -> Self {
        Self { pointer: self.pointer, region: Arc::clone(&self.region) }
    }
}

impl<T: ?Sized> fmt::Debug for ReadOnly<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadOnly").field("pointer", &self.pointer).field("region", &self.region).finish()
    }
}
