//! Where the fields of an enum's variants lie, computed as RFC 2195 says.
//!
//! rustc's own answer, `offset_of!` of a variant's field, is not stable; what can be compared with it is: the size
//! and the alignment of the whole.

use crate::layout::Primitive;

/// Size and alignment of a type, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct SizeAlign {
    size: usize,
    align: usize,
}

impl SizeAlign {
    /// Those of `T`.
    #[must_use]
    pub const fn of<T>() -> Self {
        Self { size: size_of::<T>(), align: align_of::<T>() }
    }

    /// Those of an integer on this machine.
    const fn of_tag(tag: Primitive) -> Self {
        match tag {
            Primitive::U8 | Primitive::I8 => Self::of::<u8>(),
            Primitive::U16 | Primitive::I16 => Self::of::<u16>(),
            Primitive::U32 | Primitive::I32 => Self::of::<u32>(),
            Primitive::U64 | Primitive::I64 => Self::of::<u64>(),
            Primitive::U128 | Primitive::I128 => Self::of::<u128>(),
            Primitive::Usize | Primitive::Isize => Self::of::<usize>(),
            Primitive::F32 | Primitive::F64 | Primitive::Bool | Primitive::Char => {
                panic!("the tag of an enum is an integer")
            }
        }
    }
}

/// The greatest alignment of `fields`; 1 if there are none.
#[must_use]
pub const fn max_align(fields: &[SizeAlign]) -> usize {
    let mut align = 1;
    let mut i = 0;
    while i < fields.len() {
        if fields[i].align > align {
            align = fields[i].align;
        }
        i += 1;
    }
    align
}

/// The type of the tag of a `repr(C)` enum: C's `int`, or the smallest integer above that holds all discriminants.
#[must_use]
pub const fn c_tag(discriminants: &[i128]) -> Primitive {
    let (mut min, mut max) = (0, 0);
    let mut i = 0;
    while i < discriminants.len() {
        if discriminants[i] < min {
            min = discriminants[i];
        }
        if discriminants[i] > max {
            max = discriminants[i];
        }
        i += 1;
    }
    if min >= i32::MIN as i128 && max <= i32::MAX as i128 {
        Primitive::I32
    } else if min >= 0 && max <= u32::MAX as i128 {
        Primitive::U32
    } else {
        Primitive::I64
    }
}

/// How tag and fields are put together.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    tag: SizeAlign,
    /// Where the first field of a variant may lie.
    start: usize,
    /// The greatest alignment of any field.
    max_align: usize,
}

impl Form {
    /// `repr(u8)`: a union of structs that begin with the tag.
    #[must_use]
    pub const fn union_of_structs(tag: Primitive, max_align: usize) -> Self {
        let tag = SizeAlign::of_tag(tag);
        Self { tag, start: tag.size, max_align }
    }

    /// `repr(C)` and `repr(C, u8)`: a struct of the tag and a union of structs. The union is aligned as its most
    /// aligned field.
    #[must_use]
    pub const fn tag_then_union(tag: Primitive, max_align: usize) -> Self {
        let tag = SizeAlign::of_tag(tag);
        Self { tag, start: tag.size.next_multiple_of(max_align), max_align }
    }

    /// The offsets of the fields of one variant.
    #[must_use]
    pub const fn offsets<const N: usize>(&self, fields: [SizeAlign; N]) -> Offsets<N> {
        let mut offsets = Offsets { fields: [0; N], tag_end: self.tag.size, end: self.start };
        let mut i = 0;
        while i < N {
            let offset = offsets.end.next_multiple_of(fields[i].align);
            offsets.fields[i] = offset;
            offsets.end = offset + fields[i].size;
            i += 1;
        }
        offsets
    }

    /// Asserts that the size and alignment of `T` follow from the ends of its variants and the alignments asked
    /// for.
    ///
    /// # Panics
    ///
    /// If they do not: an attribute macro has changed the enum since the derive saw it, or this compiler lays enums out
    /// in a way that the derive does not know.
    #[track_caller]
    pub const fn assert_agrees<T>(&self, ends: &[usize], aligns: &[usize]) {
        let mut align = if self.tag.align > self.max_align { self.tag.align } else { self.max_align };
        let mut i = 0;
        while i < aligns.len() {
            if aligns[i] > align {
                align = aligns[i];
            }
            i += 1;
        }
        let mut end = self.tag.size;
        let mut i = 0;
        while i < ends.len() {
            if ends[i] > end {
                end = ends[i];
            }
            i += 1;
        }
        assert!(align == align_of::<T>(), "{}", super::enum_probe::NOT_AS_DECLARED);
        assert!(end.next_multiple_of(align) == size_of::<T>(), "{}", super::enum_probe::NOT_AS_DECLARED);
    }
}

/// The offsets of the fields of one variant, from the start of the enum.
#[derive(Debug, Clone, Copy)]
pub struct Offsets<const N: usize> {
    /// Of each field.
    pub fields: [usize; N],
    /// The end of the tag.
    pub tag_end: usize,
    /// The end of the last field.
    pub end: usize,
}
