//! Where the parts of a region lie. All sums are checked, so a length that overflows is an error here and nowhere
//! else.

use super::facts::TypeFacts;
use super::header::Header;
use crate::sys;

/// The least alignment of the value, in bytes: that of a cache line.
const VALUE_ALIGN: usize = 64;

/// The alignment of a heap's arena, in bytes, and the least length of one: a cache line, which holds the word of its generation.
const ARENA_ALIGN: usize = 64;

/// What a region holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One value.
    Value,
    /// Values one after the other.
    Slice { len: usize },
    /// One value and an arena of `len` bytes. A region is whole pages, so one that is asked for gets a longer arena, up to the end
    /// of its last page.
    Heap { len: usize },
}

impl Shape {
    /// The number of values.
    pub(super) const fn len(self) -> usize {
        match self {
            Self::Value | Self::Heap { .. } => 1,
            Self::Slice { len } => len,
        }
    }

    /// The number by which a region's header tells how much it holds: of values, or of a heap's bytes.
    pub(super) const fn count(self) -> usize {
        match self {
            Self::Value => 1,
            Self::Slice { len } | Self::Heap { len } => len,
        }
    }
}

/// Where a heap keeps what its containers own: the last part of its region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arena {
    /// From the start of the region, a multiple of 64 bytes.
    pub(crate) offset: usize,
    /// In bytes, at least 64.
    pub(crate) len: usize,
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
    /// `None` if the region would be longer than `isize::MAX` bytes, more than a pointer can span. A heap gets the rest of the last
    /// page. A value begins with a page, so that it lies in as few as can be, where the region is as long without it.
    pub(super) fn new(facts: &TypeFacts, shape: Shape) -> Option<Self> {
        let (size, align) = (facts.layout.size, facts.layout.align);
        let value_len = match shape {
            Shape::Value | Shape::Heap { .. } => size,
            Shape::Slice { len } => size.checked_mul(len)?,
        };
        let layout_end = size_of::<Header>().checked_add(facts.encoded_len)?;
        let value_offset = layout_end.checked_next_multiple_of(align.max(VALUE_ALIGN))?;
        let value_end = value_offset.checked_add(value_len)?;
        let page = sys::page::size();
        let end = match shape {
            Shape::Value | Shape::Slice { .. } => value_end,
            Shape::Heap { len } => arena_offset(value_end)?.checked_add(len.max(ARENA_ALIGN))?,
        };
        let region_len = end.checked_next_multiple_of(page)?;
        isize::try_from(region_len).ok()?;
        let (shape, value_offset) = match shape {
            Shape::Value | Shape::Slice { .. } => {
                let on_page = layout_end.next_multiple_of(align.max(page));
                let fits =
                    value_len > 0 && region_len.checked_sub(on_page).is_some_and(|room| value_len <= room);
                (shape, if fits { on_page } else { value_offset })
            }
            Shape::Heap { .. } => (Shape::Heap { len: region_len - arena_offset(value_end)? }, value_offset),
        };
        Some(Self { shape, value_offset, region_len })
    }

    /// Where the arena lies, if the region is a heap: at its end.
    pub(super) fn arena(&self) -> Option<Arena> {
        match self.shape {
            Shape::Value | Shape::Slice { .. } => None,
            Shape::Heap { len } => Some(Arena { offset: self.region_len - len, len }),
        }
    }
}

/// Where the arena starts in a heap whose value ends at `value_end`.
fn arena_offset(value_end: usize) -> Option<usize> {
    value_end.checked_next_multiple_of(ARENA_ALIGN)
}

/// The arena of a heap whose value ends at `value_end`, if there is room for one in a region of `region_len` bytes.
pub(super) fn arena_behind(value_end: usize, region_len: usize) -> Option<Arena> {
    let offset = arena_offset(value_end)?;
    let len = region_len.checked_sub(offset).filter(|&len| len >= ARENA_ALIGN)?;
    Some(Arena { offset, len })
}

#[cfg(test)]
mod tests {
    use super::{Arena, Geometry, Shape, arena_behind};
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

    /// One page less to touch for a value of whole pages, and for one that would lie in two.
    #[test]
    fn value_begins_with_a_page_where_the_region_is_no_longer_for_it() {
        fn of<T: ShmSafe>(shape: Shape) -> (usize, usize) {
            let geometry = Geometry::new(TypeFacts::of::<T>(), shape).expect("fits");
            (geometry.value_offset, geometry.region_len)
        }
        let page = sys::page::size();
        assert_eq!(of::<u8>(Shape::Slice { len: page - 192 }), (192, page));
        assert_eq!(of::<u8>(Shape::Slice { len: page - 191 }), (page, 2 * page));
        assert_eq!(of::<u8>(Shape::Slice { len: page }), (page, 2 * page));
        assert_eq!(of::<u8>(Shape::Slice { len: page + 1 }), (192, 2 * page));
        assert_eq!(of::<[u64; 1 << 20]>(Shape::Value), (page, (8 << 20) + page));
        let (value, len) = of::<[u64; 512]>(Shape::Heap { len: 0 });
        assert!(value < page && len == 2 * page, "the rest of the page is the heap's");
    }

    #[test]
    fn value_without_size_lies_inside_the_region() {
        let unit = Geometry::new(TypeFacts::of::<()>(), Shape::Value).expect("fits");
        assert!(unit.value_offset < unit.region_len);
        let none = Geometry::new(TypeFacts::of::<u64>(), Shape::Slice { len: 0 }).expect("fits");
        assert_eq!(none.region_len, sys::page::size());
    }

    #[test]
    fn arena_lies_behind_the_value_and_goes_to_the_end_of_the_last_page() {
        let page = sys::page::size();
        let heap = Geometry::new(TypeFacts::of::<u8>(), Shape::Heap { len: 1 }).expect("fits");
        assert_eq!((heap.value_offset, heap.region_len), (192, page));
        assert_eq!(heap.arena(), Some(Arena { offset: 256, len: page - 256 }));
        assert_eq!(heap.shape, Shape::Heap { len: page - 256 });

        let aligned = Geometry::new(TypeFacts::of::<Aligned>(), Shape::Heap { len: page }).expect("fits");
        assert_eq!((aligned.value_offset, aligned.arena().map(|arena| arena.offset)), (1024, Some(2048)));
        assert_eq!(aligned.region_len, 2 * page);
        assert_eq!(Geometry::new(TypeFacts::of::<u8>(), Shape::Value).expect("fits").arena(), None);
    }

    /// Wherever the value ends, there is room for the arena's first words, at their alignment.
    #[test]
    fn arena_has_at_least_a_cache_line() {
        fn demand<T: ShmSafe>() {
            let heap = Geometry::new(TypeFacts::of::<T>(), Shape::Heap { len: 0 }).expect("fits");
            let arena = heap.arena().expect("a heap");
            assert!(arena.offset.is_multiple_of(64) && arena.len >= 64, "{heap:?}");
            assert_eq!(arena.offset + arena.len, heap.region_len);
            assert_eq!(arena_behind(heap.value_offset + size_of::<T>(), heap.region_len), Some(arena));
        }
        demand::<()>();
        demand::<[u8; 4096 - 192]>();
        demand::<[u8; 4096 - 192 - 1]>();
        demand::<[u8; 4096 - 192 - 64]>();
        demand::<[u8; 4096 - 192 - 65]>();
        demand::<[u64; 1 << 20]>();
    }

    #[test]
    fn arena_that_does_not_fit_is_none() {
        for (end, len) in
            [(4096, 4096), (4033, 4096), (4096, 64), (usize::MAX, 4096), (usize::MAX, usize::MAX)]
        {
            assert_eq!(arena_behind(end, len), None, "{end} of {len}");
        }
        assert_eq!(arena_behind(4032, 4096), Some(Arena { offset: 4032, len: 64 }));
    }

    #[test]
    fn length_that_overflows_is_no_geometry() {
        for len in [usize::MAX, usize::MAX - 255, isize::MAX as usize, isize::MAX as usize - 300] {
            assert_eq!(Geometry::new(TypeFacts::of::<u8>(), Shape::Heap { len }), None, "{len}");
        }
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
