//! The first handle: a value is made in its place in a new region, and then published.
//!
//! # Safety
//!
//! 1. `Unpublished::value` is a slot of zeroes, aligned for the type whose facts the region was made with and long
//!    enough for the shape; nobody else reads or writes it before publication.
#![allow(unsafe_code, reason = "writes the value into the region")]

use std::ptr::NonNull;
use std::sync::Arc;

use super::Shared;
use crate::region::{CreateError, Exclusive, Shape, TypeFacts, Unpublished};
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
    let unpublished = new_default::<T>()?;
    Ok(publish(unpublished))
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
    let unpublished = Unpublished::anonymous(TypeFacts::of::<T>(), Shape::Value)?;
    // SAFETY: `write` requires a slot that is aligned and valid for writes: invariant 1.
    unsafe { unpublished.value().cast::<T>().write(value) };
    Ok(publish(unpublished))
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
/// [`CreateError`]: a system call failed; `init` was not called.
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
    let unpublished = new_default::<T>()?;
    let exclusive = Exclusive::begin();
    // SAFETY: a `&mut` requires
    // 1. an aligned, valid value: invariant 1, and `new_default` made it;
    // 2. no other access while it lives: invariant 1; `init` cannot keep it, and the region is published after it.
    init(unsafe { &mut *unpublished.value().cast::<T>() });
    drop(exclusive);
    Ok(publish(unpublished))
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
    let unpublished = Unpublished::anonymous(TypeFacts::of::<T>(), Shape::Slice { len })?;
    let first = unpublished.value().cast::<T>();
    if !T::DEFAULT_IS_ZERO {
        for index in 0..len {
            // SAFETY: `add` requires that the result is inside the slot: `index < len` (invariant 1).
            let slot = unsafe { first.add(index) };
            // SAFETY: `placement_default` requires an aligned slot of zeroes that nobody else uses: a part of the
            // slot of the slice, written by nobody before (invariant 1).
            unsafe { T::placement_default(slot) };
        }
    }
    let region = Arc::new(unpublished.publish());
    // SAFETY: `new_unchecked` requires that the address is not 0: it lies inside a mapping, behind the header.
    let slice = unsafe { NonNull::new_unchecked(std::ptr::slice_from_raw_parts_mut(first, len)) };
    // SAFETY: `Shared::new` requires
    // 1. `len` valid values inside the region: invariant 1, made above or all zeroes, which `DEFAULT_IS_ZERO` says
    //    is the value; 2. that nobody makes a `&mut` to them: only handles know the region from here on.
    Ok(unsafe { Shared::new(region, slice) })
}

/// A region with the default value of `T`.
fn new_default<T: PlacementDefault>() -> Result<Unpublished, CreateError> {
    let unpublished = Unpublished::anonymous(TypeFacts::of::<T>(), Shape::Value)?;
    if !T::DEFAULT_IS_ZERO {
        // SAFETY: `placement_default` requires an aligned slot of zeroes that nobody else uses: invariant 1.
        unsafe { T::placement_default(unpublished.value().cast()) };
    }
    Ok(unpublished)
}

/// The first handle to a region whose value is made.
fn publish<T: ShmSafe>(unpublished: Unpublished) -> Shared<T> {
    let region = Arc::new(unpublished.publish());
    // SAFETY: `new_unchecked` requires that the address is not 0: it lies inside a mapping, behind the header.
    let value = unsafe { NonNull::new_unchecked(region.value().cast::<T>()) };
    // SAFETY: `Shared::new` requires
    // 1. a valid value inside the region: the callers made it, for the facts of `T` (invariant 1);
    // 2. that nobody makes a `&mut` to it: only handles know the region from here on.
    unsafe { Shared::new(region, value) }
}
