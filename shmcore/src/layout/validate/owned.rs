//! The search for what a value owns: the containers of the heap that lie in it where there are values.
//!
//! It is apart from validation because it takes the value for one, and because it is for whoever is about to overwrite or forget it.
//! The walk is the same, so that both have the same idea of where there are values.
//!
//! # Safety
//!
//! 1. As in [validation](super), of which the walk is.
#![allow(unsafe_code, reason = "takes a pointer to a value")]
#![allow(dead_code, reason = "the heap calls it")]

use super::check::{Check, Purpose};
use super::walk_over;
use crate::layout::TypeLayout;

/// What leads to the containers of the heap in values of a type. It is made once for many values of the type, and allocates;
/// visiting them does not.
pub(crate) struct OwnedPlan<'a> {
    layout: &'a TypeLayout,
    check: Option<Check<'a>>,
}

impl<'a> OwnedPlan<'a> {
    /// That of the type with this layout, which is one that a region accepts.
    pub(crate) fn of(layout: &'a TypeLayout) -> Self {
        Self { layout, check: Check::of(layout, Purpose::Visit) }
    }

    /// Whether no value of the type has a container of the heap in it.
    pub(crate) const fn is_empty(&self) -> bool {
        self.check.is_none()
    }

    /// Calls `visit` with layout and address of each container of the heap that lies in the value where there is a value, in
    /// declaration order. What was taken out of places lies there no more, whatever its bytes are.
    ///
    /// If the bytes are no value, it ends where they are not.
    ///
    /// # Safety
    ///
    /// 1. `value` points to a value of the type, aligned, that is mapped for reading, and for whatever `visit` does with it;
    /// 2. the caller has it alone, also what is inside of locks; 3. `visit` writes to nothing of the value but the containers that it is
    ///    called with.
    pub(crate) unsafe fn visit(&self, value: *mut u8, visit: &mut dyn FnMut(&TypeLayout, *mut u8)) {
        let Some(check) = &self.check else { return };
        let mut found = |layout: &TypeLayout, container: *mut u8| {
            visit(layout, container);
            Ok(())
        };
        // SAFETY: `walk_over` requires 1. the bytes of a value with this layout, aligned and mapped; 2. that they are initialised where
        // they are read: it is a value; 3. no other writes: the caller has it alone, and `visit` leaves alone what is read.
        let walked = unsafe { walk_over(check, self.layout, value.cast_const(), &mut found) };
        // An error would say that it is no value.
        drop(walked);
    }
}

/// Visits the containers of the heap of one value: see [`OwnedPlan::visit`].
///
/// # Safety
///
/// As [`OwnedPlan::visit`].
pub(crate) unsafe fn visit_owned(
    layout: &TypeLayout,
    value: *mut u8,
    visit: &mut dyn FnMut(&TypeLayout, *mut u8),
) {
    // SAFETY: the conditions are those of this function.
    unsafe { OwnedPlan::of(layout).visit(value, visit) };
}

#[cfg(test)]
mod tests;
