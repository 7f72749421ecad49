//! The functions that most programs need: an anonymous region, or one with a name, as nearly everybody wants it.

use super::{Shared, attach, create};
use crate::region::{self, AttachError, CreateError, Place, Request, Trust};
use crate::{PlacementDefault, ShmSafe};

/// Creates an anonymous region with the default value of `T`.
///
/// The value is made in its place, so its size has no bounds but those of memory; where it is all zeroes no page of
/// it is touched. Processes that are forked afterwards share it. The memory is a sealed memfd, close-on-exec, and
/// freed with the last process that has it.
///
/// # Process death
///
/// A process that dies inside leaves nothing behind.
///
/// # Errors
///
/// [`CreateError`]: the size overflows, or a system call failed.
///
/// # Examples
///
/// ```
/// use shmcore::create_shared;
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// let slots = create_shared::<[AtomicU64; 1_000_000]>()?;
/// slots[999_999].store(1, Ordering::Relaxed);
/// # Ok::<(), shmcore::CreateError>(())
/// ```
///
/// What would break in another process does not compile:
///
/// ```compile_fail
/// let list = shmcore::create_shared::<Vec<u8>>();
/// ```
pub fn create_shared<T: PlacementDefault>() -> Result<Shared<T>, CreateError> {
    create::default(&Request::ANONYMOUS)
}

/// Creates an anonymous region and moves `value` into it.
///
/// For values that fit on the stack. Larger ones are made in place, by [`create_shared`] or
/// [`create_shared_init`].
///
/// # Process death
///
/// A process that dies inside leaves nothing behind.
///
/// # Errors
///
/// [`CreateError`]: a system call failed.
///
/// # Examples
///
/// ```
/// use shmcore::create_shared_with;
///
/// let limits = create_shared_with([10_u32, 20, 30])?;
/// assert_eq!(limits[1], 20);
/// # Ok::<(), shmcore::CreateError>(())
/// ```
pub fn create_shared_with<T: ShmSafe>(value: T) -> Result<Shared<T>, CreateError> {
    create::with(&Request::ANONYMOUS, value)
}

/// Creates an anonymous region with the default value of `T`, lets `init` change it, and then publishes it.
///
/// `init` has the value to itself, so it may set fields that are never written again. If it panics, the region is
/// gone. A [`fork_child`](crate::process::fork_child) inside is refused.
///
/// # Process death
///
/// A process that dies inside leaves nothing behind.
///
/// # Errors
///
/// [`CreateError`]: a system call failed; `init` may not have been called.
///
/// # Examples
///
/// ```
/// use shmcore::{ShmSafe, create_shared_init};
///
/// #[derive(ShmSafe)]
/// #[repr(C)]
/// struct Table { used: u32, rows: [u64; 100_000] }
///
/// let table = create_shared_init::<Table>(|table| {
///     table.rows[0] = 42;
///     table.used = 1;
/// })?;
/// assert_eq!(table.rows[0], 42);
/// # Ok::<(), shmcore::CreateError>(())
/// ```
pub fn create_shared_init<T: PlacementDefault>(init: impl FnOnce(&mut T)) -> Result<Shared<T>, CreateError> {
    create::init(&Request::ANONYMOUS, init)
}

/// Creates an anonymous region with `len` default values of `T`, one after the other.
///
/// The handle derefs to `[T]`; [`elements`](Shared::elements) gives a handle for each value. `len` may be 0.
///
/// # Process death
///
/// A process that dies inside leaves nothing behind.
///
/// # Errors
///
/// [`CreateError::TooLarge`] if all of them are longer than `isize::MAX` bytes; [`CreateError::Os`] if a system call
/// failed.
///
/// # Examples
///
/// ```
/// use shmcore::create_shared_slice;
/// use std::sync::atomic::AtomicU32;
///
/// let workers = 4;
/// let counts = create_shared_slice::<AtomicU32>(workers)?;
/// assert_eq!(counts.len(), 4);
/// # Ok::<(), shmcore::CreateError>(())
/// ```
pub fn create_shared_slice<T: PlacementDefault>(len: usize) -> Result<Shared<[T]>, CreateError> {
    create::slice(&Request::ANONYMOUS, len)
}

/// Attaches to the region with a name, after everything about it was found right: who owns it, that it is complete, that
/// its type is laid out as `T` is here, and that its value is one.
///
/// Where names are is told at [`ShmOptions::new`](crate::ShmOptions::new). Attaching twice gives two handles of one
/// mapping.
///
/// # Process death
///
/// A process that dies inside leaves the region as it was.
///
/// # Errors
///
/// [`AttachError`], one variant for each check; on another layout it says which fields differ.
///
/// # Examples
///
/// ```
/// use shmcore::{ShmOptions, open_shared, unlink};
///
/// # let name = &format!("doc-open-shared-{}", std::process::id());
/// let created = ShmOptions::new(name).create_shared_with(7_u64)?;
/// let opened = open_shared::<u64>(name)?;
/// assert_eq!(*opened, 7);
/// unlink(name)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn open_shared<T: ShmSafe>(name: &str) -> Result<Shared<T>, AttachError> {
    attach::place(&Place::Name(name.to_owned()), Trust::Kernel)
}

/// Removes the name of a region.
///
/// Processes that have the region keep it, and share it as before; from here on the name is free for another one. Whoever
/// makes a region under a name removes the name when it is to end: without that it stays until the machine is shut down.
///
/// # Errors
///
/// [`AttachError::NotFound`] if there is no such name; [`AttachError::InvalidName`],
/// [`AttachError::UntrustedFolder`] or [`AttachError::Os`] if it cannot be removed.
///
/// # Examples
///
/// ```
/// use shmcore::{AttachError, ShmOptions, open_shared, unlink};
///
/// # let name = &format!("doc-unlink-{}", std::process::id());
/// let region = ShmOptions::new(name).create_shared_with(7_u64)?;
/// unlink(name)?;
/// assert_eq!(*region, 7);
/// assert!(matches!(open_shared::<u64>(name), Err(AttachError::NotFound { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn unlink(name: &str) -> Result<(), AttachError> {
    region::unlink(name)
}
