//! What a `ShmRwLock` is besides a lock: a value of shared memory, with a default, that can be printed. It is apart from
//! the lock to keep that short.
#![allow(unsafe_code, reason = "vouches for the layout")]

use std::fmt;
use std::mem::offset_of;
use std::sync::atomic::{AtomicU32, AtomicU64};

use super::{SLOTS, ShmRwLock};
use crate::layout::{Field, Kind, TypeLayout};
use crate::{PlacementDefault, ShmSafe};

// SAFETY: `ShmSafe` requires
// 1. self-containment: tokens are the same for every process, and the value is `T: ShmSafe`;
// 2. an exact layout: `repr(C)`, and sizes and offsets are the compiler's; the kind is opaque because only this file knows what
//    the words mean, and when the value may be looked at;
// 3. interior mutability in core atomics and in the value, which only a holder touches (invariant 1 of the lock);
// 4. no drop glue: atomics have none, nor has `T`; 5. every pattern of the words is a state of the lock, and the value is `T`.
#[diagnostic::do_not_recommend]
unsafe impl<T: ShmSafe> ShmSafe for ShmRwLock<T> {
    const LAYOUT: &'static TypeLayout = &TypeLayout {
        name: "ShmRwLock",
        size: size_of::<Self>(),
        align: align_of::<Self>(),
        kind: Kind::Opaque {
            version: 2,
            fields: &[
                Field { name: "word", offset: 0, layout: AtomicU64::LAYOUT },
                Field { name: "cause", offset: 8, layout: AtomicU64::LAYOUT },
                Field { name: "begun", offset: 16, layout: AtomicU32::LAYOUT },
                Field { name: "used", offset: 20, layout: AtomicU32::LAYOUT },
                Field { name: "readers", offset: 24, layout: <[AtomicU64; SLOTS]>::LAYOUT },
                Field { name: "value", offset: offset_of!(Self, value), layout: T::LAYOUT },
            ],
        },
    };
}

// SAFETY: zeroes are an unlocked lock (invariant 3 of the lock), and the value is made in its place.
#[diagnostic::do_not_recommend]
unsafe impl<T: PlacementDefault> PlacementDefault for ShmRwLock<T> {
    const DEFAULT_IS_ZERO: bool = T::DEFAULT_IS_ZERO;

    unsafe fn placement_default(slot: *mut Self) {
        // SAFETY: a place expression requires that `slot` is inside an allocation: it is a slot of `Self`.
        let value = unsafe { &raw mut (*slot).value };
        // SAFETY: `placement_default` requires an aligned slot of zeroes that nobody else uses: a part of that of `Self`.
        unsafe { T::placement_default(value.cast()) }
    }
}

impl<T: Default> Default for ShmRwLock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for ShmRwLock<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ShmSafe + fmt::Debug> fmt::Debug for ShmRwLock<T> {
    /// The value if there is no writer and the lock is not poisoned.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("ShmRwLock");
        match self.try_read() {
            Ok(guard) => debug.field("value", &*guard),
            Err(error) => debug.field("value", &format_args!("<{error}>")),
        };
        debug.finish_non_exhaustive()
    }
}
