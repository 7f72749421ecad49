//! The sizes of small blocks, and how many of each lie in a chunk.
//!
//! Sizes are multiples of 16 up to 128 bytes, then four to each doubling, so that at most a fifth of a block is unused. Slots
//! lie at multiples of their size from the start of a page, so a class whose size is a multiple of an alignment gives that
//! alignment.

/// Bytes of a page.
pub(super) const PAGE: usize = 1024;

/// Bytes of the slots of each class.
const SIZES: [u16; 23] = [
    32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 896, 1024, 1280, 1536,
    1792, 2048,
];

/// How many classes there are.
pub(super) const COUNT: usize = SIZES.len();

/// The greatest size of a small block, in bytes.
pub(super) const LARGEST: usize = SIZES[COUNT - 1] as usize;

/// The most pages of a chunk.
pub(super) const MOST_PAGES: u32 = 8;

/// The class for each number of 16 bytes.
const OF_SIXTEENTHS: [u8; LARGEST / 16 + 1] = {
    let mut table = [0; LARGEST / 16 + 1];
    let (mut class, mut units) = (0, 0);
    while units < table.len() {
        if units * 16 > SIZES[class] as usize {
            class += 1;
        }
        #[expect(clippy::cast_possible_truncation, reason = "there are 23")]
        {
            table[units] = class as u8;
        }
        units += 1;
    }
    table
};

/// A class of small blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Class(u8);

impl Class {
    /// The class for a size and an alignment, a power of two. `None` if no class has both.
    #[inline]
    pub(super) const fn of(size: usize, align: usize) -> Option<Self> {
        if size > LARGEST || align > PAGE {
            return None;
        }
        let mut class = OF_SIXTEENTHS[size.div_ceil(16)];
        if align > 16 {
            while !(SIZES[class as usize] as usize).is_multiple_of(align) {
                class += 1;
                if class as usize == COUNT {
                    return None;
                }
            }
        }
        Some(Self(class))
    }

    /// The class with this index, if there is one.
    pub(super) const fn from_index(index: usize) -> Option<Self> {
        #[expect(clippy::cast_possible_truncation, reason = "there are 23")]
        if index < COUNT { Some(Self(index as u8)) } else { None }
    }

    #[inline]
    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }

    /// Bytes of a slot.
    #[inline]
    pub(super) const fn size(self) -> usize {
        SIZES[self.0 as usize] as usize
    }

    /// Pages of a chunk.
    pub(super) const fn pages(self) -> u32 {
        match self.size() {
            // 64 slots.
            #[expect(clippy::cast_possible_truncation, reason = "at most 8")]
            size if size <= 128 => (size / 16) as u32,
            1536 => 6,
            1792 => 7,
            _ => MOST_PAGES,
        }
    }

    /// Slots of a chunk: at most 64.
    pub(super) const fn slots(self) -> u32 {
        #[expect(clippy::cast_possible_truncation, reason = "at most 8192 bytes")]
        {
            self.pages() * PAGE as u32 / self.size() as u32
        }
    }

    /// A bit for each slot.
    pub(super) const fn all_slots(self) -> u64 {
        u64::MAX >> (64 - self.slots())
    }
}

#[cfg(test)]
mod tests {
    use super::{COUNT, Class, LARGEST, PAGE};

    #[test]
    fn chunk_has_at_most_64_slots_and_wastes_at_most_an_eighth() {
        for class in (0..COUNT).filter_map(Class::from_index) {
            let bytes = class.pages() as usize * PAGE;
            let used = class.slots() as usize * class.size();
            assert!((4..=64).contains(&class.slots()), "{class:?}");
            assert!(used <= bytes && (bytes - used) * 8 <= bytes, "{class:?}: {used} of {bytes}");
            assert_eq!(class.all_slots().count_ones(), class.slots());
        }
    }

    #[test]
    fn class_is_the_smallest_that_holds_size_and_alignment() {
        for size in 0..=LARGEST {
            for align in [1, 8, 16, 32, 64, 128, 1024] {
                let fits = |class: &Class| class.size() >= size && class.size().is_multiple_of(align);
                let smallest = (0..COUNT).filter_map(Class::from_index).find(fits);
                assert_eq!(Class::of(size, align), smallest, "{size} bytes aligned to {align}");
            }
        }
        assert_eq!(Class::of(LARGEST + 1, 1), None);
        assert_eq!(Class::of(8, 2 * PAGE), None, "a chunk is aligned to a page only");
    }
}
