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
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::ptr::NonNull;
use std::sync::Arc;

use super::attach;
use super::contents::Contents;
use super::elements::Elements;
use crate::ShmSafe;
use crate::region::{AttachError, Region, Token};

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
    pub(super) const unsafe fn new(region: Arc<Region>, pointer: NonNull<T>) -> Self {
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
        Ok(self.region.try_clone_fd()?)
    }

    /// Sends the region to another process, which attaches to it by [`recv_from`](Shared::recv_from). Blocks as the socket
    /// does.
    ///
    /// # Process death
    ///
    /// If this process dies after the call, the other one has the region all the same.
    ///
    /// # Errors
    ///
    /// Of the system calls; `BrokenPipe` if the other side has closed the socket.
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::{Shared, create_shared_with};
    /// use std::os::unix::net::UnixStream;
    ///
    /// let (here, there) = UnixStream::pair()?;
    /// let sent = create_shared_with(5_u64)?;
    /// sent.send_to(&here)?;
    /// let received = Shared::<u64>::recv_from(&there)?;
    /// assert_eq!(*received, 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send_to(&self, socket: &UnixStream) -> io::Result<()> {
        attach::send(&self.region, socket)
    }

    /// Whether the process with this token lives and shares this region: a fact of the kernel, exact in the moment of the
    /// call. A process that was killed and not waited for yet does not live; one that is stopped does. One that was killed lives until
    /// the kernel has freed its memory, which takes some 20 ms for each 256 MiB.
    ///
    /// A process shares a region from the moment it attaches to it, is forked with it and looks up its own
    /// [`Token`] in it by this function, or gives its descriptor away, until it ends, drops its last handle, or becomes
    /// another program.
    ///
    /// # Errors
    ///
    /// Of the system calls.
    ///
    /// # Examples
    ///
    /// See [`Token`].
    pub fn is_alive(&self, token: Token) -> io::Result<bool> {
        Ok(self.region.is_alive(token)?)
    }

    /// The other processes that live and share this region, in no order: facts of the kernel, as [`is_alive`](Self::is_alive) tells of
    /// one of them, and from the same moments on. A forked child counts from the moment it takes a lock in shared memory, too; a process
    /// that has the region [read-only](crate::ReadOnly) does not.
    ///
    /// If there are none, nobody but this process uses the region: all who had left something in it are gone.
    ///
    /// # Errors
    ///
    /// Of the system calls: one for each process, and one more for each.
    ///
    /// # Examples
    ///
    /// What a process finds that is started again after all of them have died:
    ///
    /// ```
    /// use shmcore::{Opened, ShmOptions, unlink};
    /// use std::sync::atomic::AtomicU64;
    ///
    /// # let name = format!("doc-peers-{}", std::process::id());
    /// # let name = name.as_str();
    /// let (count, opened) = ShmOptions::new(name).open_or_create_shared::<AtomicU64>()?;
    /// match opened {
    ///     Opened::Created => println!("the first one"),
    ///     Opened::Attached if count.peers()?.is_empty() => println!("what is here was left by processes that are gone"),
    ///     Opened::Attached => println!("in use by {:?}", count.peers()?),
    /// }
    /// # unlink(name)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn peers(&self) -> io::Result<Vec<Token>> {
        Ok(self.region.peers()?)
    }

    /// Whether the region has a name by which others find it. `false` once that was [unlinked](crate::unlink): whoever opens it now gets
    /// another region, or none. What this process has stays as it is. A region that was made without a name has none.
    ///
    /// # Errors
    ///
    /// Of `fstat(2)`.
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::{ShmOptions, unlink};
    ///
    /// # let name = format!("doc-has-name-{}", std::process::id());
    /// # let name = name.as_str();
    /// let old = ShmOptions::new(name).create_shared::<u64>()?;
    /// assert!(old.has_name()?);
    /// unlink(name)?;
    /// let new = ShmOptions::new(name).create_shared::<u64>()?;
    /// assert!(new.has_name()? && !old.has_name()?);
    /// # unlink(name)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn has_name(&self) -> io::Result<bool> {
        Ok(self.region.has_name()?)
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

impl<T: Contents + ?Sized> Shared<T> {
    /// Attaches to the region that a descriptor leads to: `Shared::<T>` for a value, `Shared::<[T]>` for a slice.
    ///
    /// The descriptor is closed; this process opens the region once more for itself. Attaching to a region that this process
    /// has gives another handle of the same mapping.
    ///
    /// # Errors
    ///
    /// [`AttachError`], one variant for each check. The descriptor must be of a memfd of this user whose size is sealed, or
    /// of a file of this user with one name, and nobody else may be allowed to open it.
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::{AttachError, Shared, create_shared_with};
    ///
    /// let region = create_shared_with([1_u16, 2, 3])?;
    /// let same = Shared::<[u16; 3]>::from_fd(region.try_clone_fd()?)?;
    /// assert!(Shared::ptr_eq(&region, &same));
    ///
    /// let other = Shared::<[u32; 3]>::from_fd(region.try_clone_fd()?);
    /// assert!(matches!(other, Err(AttachError::LayoutMismatch { .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_fd(file: OwnedFd) -> Result<Self, AttachError> {
        let attached = attach::descriptor(file.as_fd());
        drop(file);
        attached
    }

    /// Receives a region that was sent by [`send_to`](Shared::send_to), and attaches to it. Blocks until something comes.
    ///
    /// # Errors
    ///
    /// [`AttachError::NothingReceived`] if the other side has closed the socket or sent something else, and as of
    /// [`from_fd`](Self::from_fd).
    pub fn recv_from(socket: &UnixStream) -> Result<Self, AttachError> {
        attach::descriptor(attach::receive(socket)?.as_fd())
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
