//! Default values that are made where they will live, so that no value is ever moved or copied there.
#![allow(unsafe_code, reason = "declares an unsafe trait")]

use super::ShmSafe;

/// A default value that is written in place: the counterpart of [`Default`] for values too large to move.
///
/// `#[derive(ShmSafe)]` implements it when every field has it; for an enum, when a variant is marked
/// `#[default]` and the fields of that variant have it. The default of every number, atomic and `char` is
/// zero, of `bool` `false`, of `Option<NonZero<_>>` `None`; `MaybeUninit` stays uninitialised. `NonZero` has
/// none.
///
/// # Safety
///
/// [`placement_default`](Self::placement_default) must leave a valid value behind, and
/// [`DEFAULT_IS_ZERO`](Self::DEFAULT_IS_ZERO) may be `true` only if a slot of zeroes holds that value already.
///
/// # Examples
///
/// ```
/// use shmcore::{ShmSafe, create_shared};
///
/// #[derive(ShmSafe, Clone, Copy, PartialEq, Debug)]
/// #[repr(u8)]
/// enum State {
///     Busy,
///     #[default]
///     Idle,
/// }
///
/// let states = create_shared::<[State; 1000]>()?;
/// assert_eq!(states[999], State::Idle);
/// # Ok::<(), shmcore::CreateError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no default value that can be made in shared memory",
    label = "no `PlacementDefault`",
    note = "cause: it is not `ShmSafe` (it may own heap memory or hold an address, a handle or a process-local \
            lock), or a field of it has no default",
    note = "cure: put `#[derive(ShmSafe)]` and `#[repr(C)]` on a type of your own; mark a variant of an enum \
            `#[default]`; or give the value: `create_shared_with(value)`"
)]
pub unsafe trait PlacementDefault: ShmSafe {
    /// Whether the default value is all zeroes, so that zeroed memory needs no writing at all.
    const DEFAULT_IS_ZERO: bool = false;

    /// Makes the default value in `slot`.
    ///
    /// # Safety
    ///
    /// `slot` is aligned for `Self` and points to `size_of::<Self>()` bytes of zeroes, which nobody else
    /// reads or writes during the call.
    unsafe fn placement_default(slot: *mut Self);
}
