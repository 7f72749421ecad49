//! Where the parts of a region lie. All sums are checked, so a length that overflows is an error here and nowhere
//! else.

use super::facts::TypeFacts;
use super::header::Header;
use crate::sys;

/// The least alignment of the value, in bytes: that of a cache line.
const VALUE_ALIGN: usize = 64;

/// What a region holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One value.
    Value,
    /// Values one after the other.
    Slice { len: usize },
}

impl Shape {
    /// The number of values.
    pub(super) const fn len(self) -> usize {
        match self {
            Self::Value => 1,
            Self::Slice { len } => len,
        }
    }
}

/// Sizes and offsets in bytes, from the start of the region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Geometry {
    pub(super) shape: Shape,
    pub(super) value_offset: usize,
    /// A multiple of the page size.
    pub(super) region_len: usize,
}

impl Geometry {
    /// `None` if the region would be longer than `isize::MAX` bytes, more than a pointer can span.
    pub(super) fn new(facts: &TypeFacts, shape: Shape) -> Option<Self> {
        let (size, align) = (facts.layout.size, facts.layout.align);
        let value_len = match shape {
            Shape::Value => size,
            Shape::Slice { len } => size.checked_mul(len)?,
        };
        let layout_end = size_of::<Header>().checked_add(facts.encoded_len)?;
        let value_offset = layout_end.checked_next_multiple_of(align.max(VALUE_ALIGN))?;
        let end = value_offset.checked_add(value_len)?;
        let region_len = end.checked_next_multiple_of(sys::page::size())?;
        isize::try_from(region_len).ok()?;
        Some(Self { shape, value_offset, region_len })
    }
}

#[cfg(test)]
mod tests {
    use super::{Geometry, Shape};
    use crate::region::facts::TypeFacts;
    use crate::{ShmSafe, sys};

    #[derive(ShmSafe)]
    #[repr(C, align(1024))]
    struct Aligned(u8);

    #[test]
    fn value_lies_behind_the_layout_at_its_alignment() {
        let small = Geometry::new(TypeFacts::of::<u8>(), Shape::Value).expect("fits");
        assert_eq!(small.value_offset, 192);
        assert_eq!(small.region_len, sys::page::size());
        let aligned = Geometry::new(TypeFacts::of::<Aligned>(), Shape::Value).expect("fits");
        assert_eq!(aligned.value_offset, 1024);
    }

    #[test]
    fn value_without_size_lies_inside_the_region() {
        let unit = Geometry::new(TypeFacts::of::<()>(), Shape::Value).expect("fits");
        assert!(unit.value_offset < unit.region_len);
        let none = Geometry::new(TypeFacts::of::<u64>(), Shape::Slice { len: 0 }).expect("fits");
        assert_eq!(none.region_len, sys::page::size());
    }

    #[test]
    fn length_that_overflows_is_no_geometry() {
        for len in [usize::MAX, usize::MAX / 8, isize::MAX as usize / 8, isize::MAX as usize / 8 - 16] {
            assert_eq!(Geometry::new(TypeFacts::of::<u64>(), Shape::Slice { len }), None, "{len}");
        }
        let most = isize::MAX as usize - 2 * sys::page::size();
        assert!(Geometry::new(TypeFacts::of::<u8>(), Shape::Slice { len: most }).is_some());
        assert_eq!(
            Geometry::new(TypeFacts::of::<()>(), Shape::Slice { len: usize::MAX }).map(|g| g.region_len),
            Some(sys::page::size())
        );
    }
}
