//! The check of a value's bytes against its layout, before the first reference to it: another process may have written
//! anything.
//!
//! Invalid bytes under a `&T` are undefined behaviour, so they are found before there is one. A value is looked at
//! through [`Memory`], which reads as an atomic does; [`Check`] holds only what has to be looked at, so that parts which
//! accept every pattern cost nothing, however many they are. This file walks the one over the other.
//!
//! # Safety
//!
//! 1. The layout is `ShmSafe::LAYOUT` of the type, which is exact; one that was decoded from a region never gets here,
//!    because it is no [`TypeLayout`].
//! 2. All that is read is read through [`Memory`], whose conditions are those of the entry points.
//! 3. A container of the heap is found at an address with the rights of the pointer that the entry point was given, and is not read by
//!    the walk.
#![allow(unsafe_code, reason = "takes a pointer to memory that other processes write")]

mod check;
mod heap;
mod memory;
mod owned;
mod places;

use core::{fmt, slice};

use super::TypeLayout;
use super::container::COMPLETE;
use super::path::Path;
use super::shown::Shown;
use check::{Check, EnumCheck, Part, Purpose};
use memory::Memory;

pub(crate) use heap::{HeapHook, set_heap_hook};
pub(crate) use owned::{OwnedPlan, visit_owned};

/// A value in a region that its type does not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InvalidValue {
    /// Where it is, such as `Order.legs[3].side`.
    path: String,
    /// What was found and what its type allows, such as `2 is no bool`.
    problem: String,
}

impl fmt::Display for InvalidValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.problem)
    }
}

impl core::error::Error for InvalidValue {}

/// Checks the bytes at `value` against the layout of their type, for whoever attaches to a region that others use.
///
/// Opaque parts are not looked at: their own code knows when others may write to them.
///
/// # Memory ordering
///
/// Relaxed loads only: the caller has synchronised with the process that published the value.
///
/// # Errors
///
/// [`InvalidValue`], for the first part that is wrong, in declaration order.
///
/// # Safety
///
/// 1. `value` points to `layout.size` bytes of one allocation, aligned to `layout.align`, that stay mapped, at least for
///    reading, during the call;
/// 2. the bytes of `bool`, `char`, `NonZero` and tags, as the layout tells of them, are initialised, as all bytes of a
///    mapped file are;
/// 3. during the call, those bytes are written by atomic operations of the part's width only, or not at all.
pub(crate) unsafe fn validate_published(layout: &TypeLayout, value: *const u8) -> Result<(), InvalidValue> {
    let Some(check) = Check::of(layout, Purpose::Attach) else { return Ok(()) };
    // SAFETY: the conditions are those of this function.
    unsafe { walk_over(&check, layout, value, &mut |_, _| Ok(())) }
}

/// Checks `len` values, one after the other; the path of what is wrong begins with `[i]`.
///
/// # Errors
///
/// As [`validate_published`].
///
/// # Safety
///
/// As [`validate_published`], for `len` times `layout.size` bytes.
pub(crate) unsafe fn validate_published_slice(
    layout: &TypeLayout,
    value: *const u8,
    len: usize,
) -> Result<(), InvalidValue> {
    let Some(check) = Check::of(layout, Purpose::Attach) else { return Ok(()) };
    // SAFETY: the conditions are those of this function.
    unsafe { walk_over_slice(&check, layout, value, len, &mut |_, _| Ok(())) }
}

/// Checks the bytes at `value`, which a process that died may have been writing, and which are the caller's alone now.
///
/// Opaque parts are looked at as well: the dead process may have been writing a whole lock, word and value, so that the
/// word says nothing of the value. What cannot be told of an opaque part counts as invalid.
///
/// A container of the heap in a place that holds a value is handed to [the hook](set_heap_hook), which repairs it. Where there is no
/// hook, one that owns something counts as invalid.
///
/// # Errors
///
/// As [`validate_published`].
///
/// # Safety
///
/// As [`validate_published`]; and nobody writes to the bytes during the call, also not to those inside of locks. If there are
/// containers of the heap, `value` is a pointer that may be written to, as it comes from an `UnsafeCell`, and what they own is
/// the caller's alone as well.
pub(crate) unsafe fn validate(layout: &TypeLayout, value: *const u8) -> Result<(), InvalidValue> {
    let Some(check) = Check::of(layout, Purpose::TakeOver) else { return Ok(()) };
    // SAFETY: `repair` requires a container with this layout that the caller has alone, and may write to, with all that it owns: the
    // walk finds those that lie in the value (invariant 3), of which the caller says so.
    let mut repair =
        |layout: &TypeLayout, container| unsafe { heap::repair(heap::hook(), layout, container) };
    // SAFETY: the conditions are those of this function; a hook writes to no other part of the value.
    unsafe { walk_over(&check, layout, value, &mut repair) }
}

/// Checks `len` values, one after the other, as [`validate`] checks one; the path of what is wrong begins with `[i]`.
///
/// # Errors
///
/// As [`validate_published`].
///
/// # Safety
///
/// As [`validate`], for `len` times `layout.size` bytes.
#[allow(dead_code, reason = "the heap calls it")]
pub(crate) unsafe fn validate_slice(
    layout: &TypeLayout,
    value: *const u8,
    len: usize,
) -> Result<(), InvalidValue> {
    let Some(check) = Check::of(layout, Purpose::TakeOver) else { return Ok(()) };
    // SAFETY: as in `validate`.
    let mut repair =
        |layout: &TypeLayout, container| unsafe { heap::repair(heap::hook(), layout, container) };
    // SAFETY: as in `validate`.
    unsafe { walk_over_slice(&check, layout, value, len, &mut repair) }
}

/// What is done with a container of the heap: its layout, and its address. To attach none is found: they check themselves.
type Found<'f> = dyn FnMut(&TypeLayout, *mut u8) -> Result<(), String> + 'f;

/// A value, or several, that is walked over.
struct Walked<'w> {
    memory: Memory<'w>,
    found: &'w mut Found<'w>,
}

impl Walked<'_> {
    fn load(&self, at: usize, width: usize) -> u128 {
        self.memory.load(at, width)
    }
}

/// # Safety
///
/// As [`validate_published`], for the bytes that the check looks at.
unsafe fn walk_over(
    check: &Check<'_>,
    layout: &TypeLayout,
    value: *const u8,
    found: &mut Found<'_>,
) -> Result<(), InvalidValue> {
    // SAFETY: `Memory::new` requires that the bytes are 1. inside one allocation and mapped for reading, 2. initialised
    // where they are loaded, which is where the layout has restricted parts and what tells of them, and 3. written by atomic
    // operations only: conditions 1, 2 and 3 of this function.
    let memory = unsafe { Memory::new(value, layout.size) };
    check.walk(&mut Walked { memory, found }, 0, &Path::Root(layout.name))
}

/// # Safety
///
/// As [`validate_published_slice`], for the bytes that the check looks at.
unsafe fn walk_over_slice(
    check: &Check<'_>,
    layout: &TypeLayout,
    value: *const u8,
    len: usize,
    found: &mut Found<'_>,
) -> Result<(), InvalidValue> {
    // By the caller's condition 1 it does not saturate.
    let bytes = layout.size.saturating_mul(len);
    // SAFETY: as in `walk_over`.
    let memory = unsafe { Memory::new(value, bytes) };
    check.elements(&mut Walked { memory, found }, 0, layout.size, len, &Path::Root(""))
}

impl Check<'_> {
    /// Looks at the part that begins at `at`.
    fn walk(&self, value: &mut Walked<'_>, at: usize, path: &Path<'_>) -> Result<(), InvalidValue> {
        match self {
            Self::Bool => match value.load(at, 1) {
                0 | 1 => Ok(()),
                found => invalid(path, format_args!("{found} is no bool")),
            },
            Self::Char => {
                let found = value.load(at, size_of::<char>());
                let is_char = u32::try_from(found).is_ok_and(|found| char::from_u32(found).is_some());
                if is_char { Ok(()) } else { invalid(path, format_args!("{found:#x} is no char")) }
            }
            Self::NonZero { width } => match value.load(at, *width) {
                0 => invalid(path, format_args!("0 where zero is not allowed")),
                _ => Ok(()),
            },
            Self::Enum(tag) => tag.walk(value, at, path),
            Self::Places(places) => places.walk(value, at, path),
            Self::Heap(layout) => {
                let container = value.memory.address(at, layout.size);
                (value.found)(layout, container).or_else(|problem| invalid(path, format_args!("{problem}")))
            }
            Self::IfComplete { word_at, value: part } => {
                let is_complete = value.load(at + word_at, 8) & COMPLETE != 0;
                if is_complete { walk_parts(slice::from_ref(part), value, at, path) } else { Ok(()) }
            }
            Self::Unknown => invalid(path, format_args!("its bytes may be torn, and do not tell")),
            Self::Parts(parts) => walk_parts(parts, value, at, path),
            Self::Elements { element, stride, len } => element.elements(value, at, *stride, *len, path),
        }
    }

    /// Looks at `len` parts of one kind, each `stride` bytes behind the one before.
    fn elements(
        &self,
        value: &mut Walked<'_>,
        at: usize,
        stride: usize,
        len: usize,
        path: &Path<'_>,
    ) -> Result<(), InvalidValue> {
        (0..len).try_for_each(|index| self.walk(value, at + index * stride, &Path::Element(path, index)))
    }
}

impl EnumCheck<'_> {
    fn walk(&self, value: &mut Walked<'_>, at: usize, path: &Path<'_>) -> Result<(), InvalidValue> {
        // Read once: what another process writes there later is not looked at.
        let found = value.load(at, self.width());
        let Some(variant) = self.variant(found) else {
            let (number, name) = (self.number(found), Shown(self.name));
            return invalid(path, format_args!("{number} is no variant of {name}"));
        };
        walk_parts(&variant.parts, value, at, &Path::Variant(path, variant.name))
    }
}

fn walk_parts(
    parts: &[Part<'_>],
    value: &mut Walked<'_>,
    at: usize,
    path: &Path<'_>,
) -> Result<(), InvalidValue> {
    parts.iter().try_for_each(|part| part.check.walk(value, at + part.offset, &Path::Field(path, part.name)))
}

#[cold]
fn invalid<T>(path: &Path<'_>, problem: fmt::Arguments<'_>) -> Result<T, InvalidValue> {
    Err(InvalidValue { path: path.to_string(), problem: problem.to_string() })
}

#[cfg(test)]
mod tests;
