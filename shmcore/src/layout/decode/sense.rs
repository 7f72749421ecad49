//! Whether a node makes sense: what is true of every type of Rust that may lie in a region, and what code that walks a
//! tree relies on.
//!
//! It is apart from the decoder because it looks at decoded nodes and knows no bytes. The widths of `usize` and the
//! alignment of integers are those of the machine that wrote, so all that occur are accepted.

use super::error::Problem;
use crate::layout::Primitive;
use crate::layout::tree::{Field, Kind, Layout};

/// The greatest alignment that the derive accepts, in bytes.
const MAX_ALIGN: usize = 4096;

/// The primitive with this number.
pub(super) const fn primitive(number: u8) -> Option<Primitive> {
    use Primitive::{Bool, Char, F32, F64, I8, I16, I32, I64, I128, Isize, U8, U16, U32, U64, U128, Usize};
    const ALL: [Primitive; 16] =
        [U8, U16, U32, U64, U128, Usize, I8, I16, I32, I64, I128, Isize, F32, F64, Bool, Char];
    const {
        let mut i = 0;
        while i < ALL.len() {
            assert!(ALL[i] as usize == i + 1, "a primitive stands at its number");
            i += 1;
        }
    }
    match number {
        1..=16 => Some(ALL[number as usize - 1]),
        _ => None,
    }
}

pub(super) const fn is_integer(primitive: Primitive) -> bool {
    !matches!(primitive, Primitive::F32 | Primitive::F64 | Primitive::Bool | Primitive::Char)
}

/// Whether an enum with this tag may have this discriminant.
///
/// Of a `u128` the upper half stands as negative numbers, as its bits.
pub(super) fn fits_tag(discriminant: i128, tag: Primitive) -> bool {
    match tag {
        Primitive::U8 => u8::try_from(discriminant).is_ok(),
        Primitive::U16 => u16::try_from(discriminant).is_ok(),
        Primitive::U32 => u32::try_from(discriminant).is_ok(),
        Primitive::U64 | Primitive::Usize => u64::try_from(discriminant).is_ok(),
        Primitive::I8 => i8::try_from(discriminant).is_ok(),
        Primitive::I16 => i16::try_from(discriminant).is_ok(),
        Primitive::I32 => i32::try_from(discriminant).is_ok(),
        Primitive::I64 | Primitive::Isize => i64::try_from(discriminant).is_ok(),
        Primitive::U128 | Primitive::I128 => true,
        Primitive::F32 | Primitive::F64 | Primitive::Bool | Primitive::Char => false,
    }
}

pub(super) const fn align(align: usize) -> Result<(), Problem> {
    if align.is_power_of_two() && align <= MAX_ALIGN { Ok(()) } else { Err(Problem::Align(align)) }
}

/// Checks a node against its parts, which were checked before.
pub(super) fn node(layout: &Layout<'_>) -> Result<(), Problem> {
    if !layout.size.is_multiple_of(layout.align) {
        return Err(Problem::SizeAndAlign);
    }
    match layout.kind {
        Kind::Primitive(primitive) | Kind::NonZero(primitive) => {
            let fits = match primitive {
                Primitive::Usize | Primitive::Isize => matches!(layout.size, 4 | 8),
                _ => layout.size == primitive.size(),
            };
            if fits { Ok(()) } else { Err(Problem::PrimitiveSize) }
        }
        Kind::Array { element, len } => {
            let is_made_of_them =
                element.size.checked_mul(len) == Some(layout.size) && element.align == layout.align;
            if is_made_of_them { Ok(()) } else { Err(Problem::ArrayOfElements) }
        }
        Kind::Struct { fields: parts } | Kind::Opaque { fields: parts, .. } => fields(layout, parts, 0),
        Kind::Enum { tag, variants } => {
            let tag_len = match tag {
                Primitive::Usize | Primitive::Isize => 4,
                _ => tag.size(),
            };
            if tag_len > layout.size {
                return Err(Problem::Tag);
            }
            variants.iter().try_for_each(|variant| fields(layout, variant.fields, tag_len))
        }
    }
}

/// Checks the fields of `parent`, whose first `tag_len` bytes are its tag.
fn fields(parent: &Layout<'_>, fields: &[Field<'_>], tag_len: usize) -> Result<(), Problem> {
    for field in fields {
        let end = field.offset.checked_add(field.layout.size);
        if end.is_none_or(|end| end > parent.size) {
            return Err(Problem::FieldOutside);
        }
        if !field.offset.is_multiple_of(field.layout.align) || field.layout.align > parent.align {
            return Err(Problem::FieldMisaligned);
        }
        if field.offset < tag_len {
            return Err(Problem::Tag);
        }
    }
    Ok(())
}
