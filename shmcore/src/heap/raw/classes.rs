//! The sizes of small blocks, and how many of each lie in a chunk.
//!
//! Sizes are multiples of 16 up to 128 bytes, then four to each doubling, so that at most a fifth of a block is unused. Slots
//! lie at multiples of their size from the start of a page, so a class whose size is a multiple of an alignment gives that
//! alignment.
//!
//! In a large heap chunks are larger, so that they are seldom made, filled and given back; in a small one they must not take
//! all there is.

use super::runs::{Kind, Run};

/// Bytes of a page.
pub(super) const PAGE: usize = 1024;

/// Bytes of the slots of each class.
const SIZES: [u16; COUNT] = [
    32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 896, 1024, 1280, 1536,
    1792, 2048, 2560, 3072, 3584, 4096, 5120, 6144, 7168, 8192,
];

/// Bytes of the smallest block.
pub(super) const SMALLEST: usize = SIZES[0] as usize;

/// How many classes there are.
pub(super) const COUNT: usize = 31;

/// The most pages of a chunk: as many as are [looked at](super::arena::Arena::near_first) for its first one.
const MOST_PAGES: usize = 64;

/// The class for each number of 16 bytes.
const OF_SIXTEENTHS: [u8; SIZES[COUNT - 1] as usize / 16 + 1] = {
    let mut table = [0; SIZES[COUNT - 1] as usize / 16 + 1];
    let (mut class, mut units) = (0, 0);
    while units < table.len() {
        if units * 16 > SIZES[class] as usize {
            class += 1;
        }
        #[expect(clippy::cast_possible_truncation, reason = "there are 31")]
        {
            table[units] = class as u8;
        }
        units += 1;
    }
    table
};

/// A class of small blocks in a heap of some size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Class {
    /// What the entry of a chunk says; 0 for a class that is not used.
    run: u64,
    /// A bit for each slot.
    all_slots: u64,
    index: u8,
    slots: u8,
    pages: u8,
    /// Bytes of a slot.
    size: u16,
    /// What a number of 16 bytes is multiplied with to be divided by the size: 2 to the 16th of it.
    inverse: u16,
}

/// The classes of a heap.
#[derive(Debug)]
#[expect(clippy::struct_field_names, reason = "they are all of them")]
pub(super) struct Classes {
    /// The number of classes that are used, and the greatest size in bytes.
    count: u8,
    largest: u16,
    classes: [Class; COUNT],
}

/// Those of a heap whose chunks have at most so many pages.
#[expect(clippy::cast_possible_truncation, reason = "sizes are at most 8192 bytes, pages 64, slots 64")]
const fn classes_with(pages: usize) -> Classes {
    let none = Class { run: 0, all_slots: 0, index: 0, slots: 0, pages: 0, size: 0, inverse: 0 };
    let mut all = Classes { count: 0, largest: 0, classes: [none; COUNT] };
    let mut index = 0;
    while index < COUNT {
        let size = SIZES[index] as usize;
        // At least four, and no more than a word has bits.
        let slots = if pages * PAGE / size < 64 { pages * PAGE / size } else { 64 };
        if slots >= 4 {
            let (class, pages) = (index as u8, (slots * size).div_ceil(PAGE));
            let class = Class {
                run: Run { kind: Kind::Chunk { class }, pages: pages as u32 }.to_word(),
                all_slots: u64::MAX >> (64 - slots),
                index: class,
                slots: slots as u8,
                pages: pages as u8,
                size: size as u16,
                inverse: (1_usize << 16).div_ceil(size / 16) as u16,
            };
            all.classes[index] = class;
            all.count = index as u8 + 1;
            all.largest = size as u16;
        }
        index += 1;
    }
    all
}

/// In heaps of less than [`MIDDLE_HEAP`] bytes.
static SMALL: Classes = classes_with(8);
/// In heaps of less than [`LARGE_HEAP`] bytes.
static MIDDLE: Classes = classes_with(32);
static LARGE: Classes = classes_with(MOST_PAGES);
const MIDDLE_HEAP: usize = 4 << 20;
const LARGE_HEAP: usize = 32 << 20;

impl Classes {
    /// Those of a heap with so many bytes.
    pub(super) const fn of(capacity: usize) -> &'static Self {
        match capacity {
            0..MIDDLE_HEAP => &SMALL,
            MIDDLE_HEAP..LARGE_HEAP => &MIDDLE,
            LARGE_HEAP.. => &LARGE,
        }
    }

    /// The class for a size and an alignment, a power of two. `None` if no class has both.
    #[inline]
    pub(super) fn class(&self, size: usize, align: usize) -> Option<&Class> {
        if size > usize::from(self.largest) {
            return None;
        }
        let index = OF_SIXTEENTHS[size.div_ceil(16)];
        if align <= 16 { Some(&self.classes[usize::from(index)]) } else { self.aligned(index, align) }
    }

    fn aligned(&self, index: u8, align: usize) -> Option<&Class> {
        let mut classes = self.iter().skip(usize::from(index));
        classes.find(|class| align <= PAGE && class.size().is_multiple_of(align))
    }

    /// The class of a chunk of which the entry says this. `None` if it is that of no chunk.
    #[inline]
    pub(super) fn of_run(&self, run: u64) -> Option<&Class> {
        // That of 0 is one that is used.
        self.classes.get(usize::from(Run::class_in(run))).filter(|class| class.run == run)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Class> {
        self.classes.iter().take(usize::from(self.count))
    }
}

impl Class {
    #[inline]
    pub(super) const fn index(self) -> usize {
        self.index as usize
    }

    /// A chunk.
    #[inline]
    pub(super) const fn run(self) -> Run {
        Run { kind: Kind::Chunk { class: self.index }, pages: self.pages() }
    }

    /// Bytes of a slot.
    #[inline]
    pub(super) const fn size(self) -> usize {
        self.size as usize
    }

    /// The slot that begins so many bytes, less than those of 64 pages, from the chunk's start; `None` if none does.
    #[inline]
    pub(super) const fn slot_at(self, distance: usize) -> Option<u32> {
        #[expect(clippy::cast_possible_truncation, reason = "at most 64 pages")]
        let slot = (distance as u32 / 16 * self.inverse as u32) >> 16;
        if slot as usize * self.size() == distance && slot < self.slots() { Some(slot) } else { None }
    }

    /// Pages of a chunk.
    #[inline]
    pub(super) const fn pages(self) -> u32 {
        self.pages as u32
    }

    /// Slots of a chunk: at most 64.
    #[inline]
    pub(super) const fn slots(self) -> u32 {
        self.slots as u32
    }

    /// A bit for each slot.
    #[inline]
    pub(super) const fn all_slots(self) -> u64 {
        self.all_slots
    }
}

#[cfg(test)]
mod tests {
    use super::{COUNT, Classes, Kind, LARGE_HEAP, MIDDLE_HEAP, MOST_PAGES, PAGE, Run};

    fn all() -> [&'static Classes; 3] {
        [MIDDLE_HEAP - 1, LARGE_HEAP - 1, LARGE_HEAP].map(Classes::of)
    }

    #[test]
    fn chunk_has_4_to_64_slots_and_wastes_less_than_an_eighth() {
        for class in all().into_iter().flat_map(Classes::iter) {
            let bytes = class.pages() as usize * PAGE;
            let used = class.slots() as usize * class.size();
            assert!((4..=64).contains(&class.slots()) && class.pages() as usize <= MOST_PAGES, "{class:?}");
            assert!(used <= bytes && (bytes - used) * 8 < bytes, "{class:?}: {used} of {bytes}");
            assert_eq!(class.all_slots().count_ones(), class.slots());
        }
        assert_eq!(all().map(|classes| classes.largest), [2048, 8192, 8192]);
    }

    #[test]
    fn slots_are_found_where_they_begin() {
        for class in all().into_iter().flat_map(Classes::iter) {
            for distance in 0..64 * PAGE {
                let slot = u32::try_from(distance / class.size()).expect("small");
                let begins = distance.is_multiple_of(class.size()) && slot < class.slots();
                assert_eq!(class.slot_at(distance), begins.then_some(slot), "{class:?} {distance}");
            }
        }
    }

    #[test]
    fn classes_are_known_by_their_runs() {
        for classes in all() {
            for class in classes.iter() {
                let run = class.run();
                assert_eq!(classes.of_run(run.to_word()), Some(class));
                assert_eq!(classes.of_run(Run { pages: run.pages + 1, ..run }.to_word()), None);
            }
            let runs = [
                Kind::Free,
                Kind::Chunk { class: u8::try_from(COUNT).expect("31") },
                Kind::Chunk { class: 255 },
                Kind::Large,
            ];
            assert!(runs.iter().all(|&kind| classes.of_run(Run { kind, pages: 8 }.to_word()).is_none()));
            assert_eq!(classes.of_run(0), None);
        }
    }

    #[test]
    fn class_is_the_smallest_that_holds_size_and_alignment() {
        for classes in all() {
            for size in 0..=usize::from(classes.largest) {
                for align in [1, 8, 16, 32, 64, 128, 1024] {
                    let smallest = classes
                        .iter()
                        .find(|class| class.size() >= size && class.size().is_multiple_of(align));
                    let class = classes.class(size, align);
                    if align <= 16 || smallest.is_some() {
                        assert_eq!(class, smallest, "{size} {align}");
                    }
                    assert_eq!(class.is_some(), smallest.is_some());
                }
            }
            assert_eq!(classes.class(usize::from(classes.largest) + 1, 1), None);
            assert_eq!(classes.class(8, 2 * PAGE), None, "a chunk is aligned to a page only");
        }
    }
}
