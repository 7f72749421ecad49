//! The trait that everything rests on: what may lie in memory that processes share.
#![allow(unsafe_code, reason = "declares an unsafe trait")]

use crate::layout::TypeLayout;

/// A type whose values may lie in memory that several processes share.
///
/// Implement it with `#[derive(ShmSafe)]`, which checks every condition. These types have it without a derive:
/// the integers and floats, `bool`, `char`, `()`, `NonZero<_>` and `Option<NonZero<_>>`, the atomics of
/// [`core::sync::atomic`] of at most 8 bytes except `AtomicPtr`, `[T; N]` of any length, `PhantomData<_>`,
/// `Wrapping<_>` and `MaybeUninit<_>`.
///
/// # Safety
///
/// An implementation promises that
///
/// 1. the type is self-contained: no byte of it means something only in one address space, one table of file
///    descriptors or one process;
/// 2. [`LAYOUT`](Self::LAYOUT) is exact: size, alignment, and the name, offset and layout of every field; of
///    enums the tag and the discriminants;
/// 3. interior mutability is only inside the atomics of `core` and shmcore's own types;
/// 4. it has no drop glue;
/// 5. a value that is valid in one process is valid in every process in which `LAYOUT` is equal.
///
/// # Examples
///
/// ```
/// use shmcore::ShmSafe;
/// use std::sync::atomic::AtomicU64;
///
/// #[derive(ShmSafe)]
/// #[repr(C)]
/// struct Counters {
///     hits: AtomicU64,
///     misses: AtomicU64,
/// }
///
/// assert_eq!(Counters::LAYOUT.size, 16);
/// ```
///
/// What would break in another process does not compile:
///
/// ```compile_fail
/// # use shmcore::ShmSafe;
/// #[derive(ShmSafe)]
/// #[repr(C)]
/// struct Names {
///     list: Vec<String>, // the contents lie on the heap of one process
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be shared between processes: it is not `ShmSafe`",
    label = "not `ShmSafe`",
    note = "cause: it is not known to be free of heap memory, addresses, handles, process-local locks and \
            layouts that are not fixed",
    note = "cure: put `#[derive(ShmSafe)]` and `#[repr(C)]` on a type of your own; for one of std write its twin: \
            `ShmVec`, `ShmString`, `ShmMap`, `ShmMutex`, `ShmOption`, `ShmDuration`, an atomic, an array"
)]
pub unsafe trait ShmSafe: Send + Sync + Sized + 'static {
    /// The exact layout of the type.
    const LAYOUT: &'static TypeLayout;
}
