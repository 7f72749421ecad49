//! What lies at an offset in a type. It is apart from the path, which names what lies where a validation fails.

use super::type_layout::{Kind, Layout};

/// Whether a part with this layout, which is not of size 0, begins so many bytes from the start of every value. What is only there in some
/// values, as fields of variants are, is none, nor is what an opaque type has.
pub(crate) fn has_part_at(layout: &Layout<'_>, offset: usize, part: &Layout<'_>) -> bool {
    if offset == 0 && layout == part {
        return true;
    }
    match layout.kind {
        Kind::Array { element, len } => {
            offset.checked_div(element.size).is_some_and(|index| index < len)
                && has_part_at(element, offset % element.size, part)
        }
        Kind::Struct { fields } => fields.iter().any(|field| {
            let inside = offset.checked_sub(field.offset).filter(|&inside| inside < field.layout.size);
            inside.is_some_and(|inside| has_part_at(field.layout, inside, part))
        }),
        Kind::Primitive(_) | Kind::NonZero(_) | Kind::Enum { .. } | Kind::Opaque { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use core::mem::offset_of;

    use super::has_part_at;
    use crate::{ShmMutex, ShmSafe, ShmSeqLock};

    #[derive(ShmSafe)]
    #[repr(C)]
    #[shm(crate = "crate")]
    struct Inner {
        number: u8,
        lock: ShmSeqLock<u64>,
    }

    #[derive(ShmSafe)]
    #[repr(C)]
    #[shm(crate = "crate")]
    struct Outer {
        first: ShmSeqLock<u64>,
        all: [Inner; 3],
        locked: ShmMutex<Inner>,
    }

    fn has_at(offset: usize) -> bool {
        has_part_at(Outer::LAYOUT, offset, <ShmSeqLock<u64>>::LAYOUT)
    }

    #[test]
    fn parts_are_found_where_the_compiler_has_put_them() {
        assert!(has_at(offset_of!(Outer, first)));
        for index in 0..3 {
            let element = offset_of!(Outer, all) + index * size_of::<Inner>();
            assert!(has_at(element + offset_of!(Inner, lock)), "{index}");
            assert!(!has_at(element + offset_of!(Inner, number)), "{index}");
        }
        let found = (0..2 * size_of::<Outer>()).filter(|&offset| has_at(offset)).count();
        assert_eq!(found, 4, "none that a lock has, and none behind the value");
        assert!(!has_part_at(Outer::LAYOUT, 0, <ShmSeqLock<i64>>::LAYOUT));
        assert!(!has_part_at(<[Inner; 0]>::LAYOUT, offset_of!(Inner, lock), <ShmSeqLock<u64>>::LAYOUT));
    }
}
