//! Types without interior mutability.
#![allow(unsafe_code, reason = "declares an unsafe trait")]

use super::ShmSafe;

/// A type without interior mutability: nothing writes through `&T`, so it may be mapped read-only.
///
/// `#[derive(ShmSafe)]` implements it when every field has it. Atomics and locks do not.
///
/// # Safety
///
/// No part of the type contains an [`UnsafeCell`](core::cell::UnsafeCell).
///
/// # Examples
///
/// ```
/// use shmcore::{Immutable, ShmSafe};
///
/// #[derive(ShmSafe)]
/// #[repr(C)]
/// struct Config { workers: u32, verbose: bool }
///
/// fn may_be_mapped_read_only<T: Immutable>() {}
/// may_be_mapped_read_only::<Config>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can be written through a shared reference, or is not `ShmSafe`",
    label = "not `Immutable`",
    note = "cause: an atomic or a lock inside it, or a part that is not `ShmSafe`",
    note = "cure: share it writable, or move what changes into a type of its own"
)]
pub unsafe trait Immutable: ShmSafe {}
