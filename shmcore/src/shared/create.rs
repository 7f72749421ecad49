//! Making the first handle: a value is made in its place in a new region, and then published.
//!
//! # Safety
//!
//! 1. `Unpublished::value` is a slot of zeroes, aligned for the type whose facts the region was made with and long
//!    enough for the shape; nobody else reads or writes it before publication.
#![allow(unsafe_code, reason = "writes the value into the region")]

use super::Shared;
use super::contents::{Contents, Sealed};
use crate::region::{Borrow, CreateError, Request, Shape, Unpublished};
use crate::{PlacementDefault, ShmSafe};

/// A region with the default value.
pub(super) fn default<T: PlacementDefault>(request: &Request) -> Result<Shared<T>, CreateError> {
    publish(new_default::<T>(request)?)
}

/// A region with a value that was made elsewhere.
pub(super) fn with<T: ShmSafe>(request: &Request, value: T) -> Result<Shared<T>, CreateError> {
    let unpublished = Unpublished::new(request, <T as Sealed>::facts(), Shape::Value)?;
    // SAFETY: `write` requires a slot that is aligned and valid for writes: invariant 1.
    unsafe { unpublished.value().cast::<T>().write(value) };
    publish(unpublished)
}

/// A region with the default value, changed by a closure.
pub(super) fn init<T: PlacementDefault>(
    request: &Request,
    init: impl FnOnce(&mut T),
) -> Result<Shared<T>, CreateError> {
    let unpublished = new_default::<T>(request)?;
    let exclusive = Borrow::begin();
    // SAFETY: a `&mut` requires
    // 1. an aligned, valid value: invariant 1, and `new_default` made it;
    // 2. no other access while it lives: invariant 1; `init` cannot keep it, and the region is published after it.
    init(unsafe { &mut *unpublished.value().cast::<T>() });
    drop(exclusive);
    publish(unpublished)
}

/// A region with default values, one after the other.
pub(super) fn slice<T: PlacementDefault>(request: &Request, len: usize) -> Result<Shared<[T]>, CreateError> {
    let unpublished = Unpublished::new(request, <T as Sealed>::facts(), Shape::Slice { len })?;
    if !T::DEFAULT_IS_ZERO {
        let first = unpublished.value().cast::<T>();
        for index in 0..len {
            // SAFETY: `add` requires that the result is inside the slot: `index < len` (invariant 1).
            let slot = unsafe { first.add(index) };
            // SAFETY: `placement_default` requires an aligned slot of zeroes that nobody else uses: a part of the
            // slot of the slice, written by nobody before (invariant 1).
            unsafe { T::placement_default(slot) };
        }
    }
    publish(unpublished)
}

/// A region with the default value of `T`.
fn new_default<T: PlacementDefault>(request: &Request) -> Result<Unpublished<'_>, CreateError> {
    let unpublished = Unpublished::new(request, <T as Sealed>::facts(), Shape::Value)?;
    if !T::DEFAULT_IS_ZERO {
        // SAFETY: `placement_default` requires an aligned slot of zeroes that nobody else uses: invariant 1.
        unsafe { T::placement_default(unpublished.value().cast()) };
    }
    Ok(unpublished)
}

/// The first handle to a region whose value is made, for the type and shape that the callers made it with.
fn publish<T: Contents + ?Sized>(unpublished: Unpublished<'_>) -> Result<Shared<T>, CreateError> {
    let region = unpublished.publish()?;
    let value = T::pointer(&region);
    // SAFETY: `Shared::new` requires
    // 1. valid values inside the region: the callers made them, or left zeroes where `DEFAULT_IS_ZERO` says that these
    //    are the value (invariant 1); 2. that nobody makes a `&mut` to them: only handles know them from here on.
    Ok(unsafe { Shared::new(region, value) })
}
