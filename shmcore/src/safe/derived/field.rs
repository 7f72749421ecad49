//! The question whether a field's type is `ShmSafe`, with words for the answer "no".
//!
//! It is a trait of its own because the words differ from those for a type argument, and because an error about it
//! stays at the field's type as a whole: its one impl is never recommended.

use crate::layout::TypeLayout;

/// A `ShmSafe` type, asked for as a field.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot live in shared memory: it is not `ShmSafe`",
    label = "not `ShmSafe`",
    note = "cause: nothing says that it is free of heap memory, addresses, handles and locks of one process, and \
            that its layout is fixed",
    note = "cure: on a type of your own put `#[derive(ShmSafe)]` and `#[repr(C)]`; instead of a type of std write its \
            twin: `ShmVec`, `ShmString`, `ShmMap`, `ShmMutex`, `ShmOption`, `heap::Handle`, an atomic, an array"
)]
pub trait ShmSafe {
    /// Nothing: to mention it is the question.
    const ASKED: ();
    /// The layout of the type.
    const FIELD: &'static TypeLayout;
}

#[diagnostic::do_not_recommend]
impl<T: crate::ShmSafe> ShmSafe for T {
    const ASKED: () = ();
    const FIELD: &'static TypeLayout = <T as crate::ShmSafe>::LAYOUT;
}

/// The layout of a field's type.
#[must_use]
pub const fn layout<T: ShmSafe>() -> &'static TypeLayout {
    T::FIELD
}
