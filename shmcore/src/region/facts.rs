//! What a region must know of a type: computed once, by the compiler, and the same code for every type after that.

use crate::ShmSafe;
use crate::layout::{Fingerprint, MAX_ENCODED_LEN, TypeLayout};

/// The greatest alignment of a value in a region, in bytes. A mapping is aligned to a page, and the smallest page is
/// this long.
const MAX_ALIGN: usize = 4096;

/// A type as a region sees it.
#[derive(Debug)]
pub(crate) struct TypeFacts {
    pub(super) layout: &'static TypeLayout,
    /// The length of the encoded layout in bytes.
    pub(super) encoded_len: usize,
    pub(super) fingerprint: Fingerprint,
    /// Whether some bytes are no value of the type.
    pub(super) has_invalid_patterns: bool,
}

impl TypeFacts {
    /// The facts of `T`. A type that no region can hold does not compile here.
    pub(crate) const fn of<T: ShmSafe>() -> &'static Self {
        const {
            assert!(align_of::<T>() <= MAX_ALIGN, "a type in shared memory is aligned to at most 4096 bytes");
            let Some(encoded_len) = T::LAYOUT.encoded_len() else {
                panic!("the layout of this type is too long to describe: it has thousands of fields");
            };
            assert!(encoded_len <= MAX_ENCODED_LEN);
            &Self {
                layout: T::LAYOUT,
                encoded_len,
                fingerprint: T::LAYOUT.fingerprint(),
                has_invalid_patterns: !T::LAYOUT.accepts_every_pattern(),
            }
        }
    }
}
