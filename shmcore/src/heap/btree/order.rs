//! The word of a node that says which of its slots have entries, and in which order.
//!
//! ```text
//! bit 63 … 60      …      7 … 4      3 … 0
//!    | place 14 |  …  | place 0 |  count  |
//! ```
//!
//! Each place is the number of a slot; all 15 are different. The first `count` places are those of the entries, in the order of their
//! keys; the others are free slots. So an entry is written into a free slot, where nobody looks, and is there with the one store of
//! this word; it is gone with another one; and nothing is moved for either.
//!
//! There are at most [`MOST`] entries, so that there is always a free slot for what takes the place of an entry.

/// Slots of a node.
pub(super) const SLOTS: usize = 15;
/// The greatest number of entries.
pub(super) const MOST: usize = SLOTS - 1;

/// Bits of a place, and of the count.
const BITS: usize = 4;
const MASK: u64 = (1 << BITS) - 1;
/// The lowest bit of each place.
const LOWEST: u64 = 0x1111_1111_1111_1110;

/// The value of the word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order(u64);

impl Order {
    /// No entries.
    pub(super) const EMPTY: Self = Self(0xedcb_a987_6543_2100);

    /// A word as it was found; `None` if it says what cannot be: too many entries, or a slot that there is not. Of a word that nobody of
    /// this crate has written, slots may occur twice.
    #[inline]
    pub(super) const fn from_bits(bits: u64) -> Option<Self> {
        // All four bits of a place are set for the number 15 only.
        let is_15 = bits & bits >> 1 & bits >> 2 & bits >> 3 & LOWEST;
        if is_15 == 0 && (bits & MASK) as usize <= MOST { Some(Self(bits)) } else { None }
    }

    #[inline]
    pub(super) const fn bits(self) -> u64 {
        self.0
    }

    /// The number of entries.
    #[inline]
    pub(super) const fn count(self) -> usize {
        (self.0 & MASK) as usize
    }

    #[inline]
    pub(super) const fn is_full(self) -> bool {
        self.count() == MOST
    }

    /// The slot of the entry with this index, or of a free one if there are not so many.
    #[inline]
    pub(super) const fn slot(self, index: usize) -> usize {
        debug_assert!(index < SLOTS);
        (self.0 >> (BITS * (index + 1)) & MASK) as usize
    }

    /// The slots of the entries, in their order.
    #[inline]
    pub(super) fn slots(self) -> impl Iterator<Item = usize> {
        let mut bits = self.0;
        (0..self.count()).map(move |_| {
            bits >>= BITS;
            (bits & MASK) as usize
        })
    }

    /// A slot without an entry.
    #[inline]
    pub(super) const fn free_slot(self) -> usize {
        self.slot(self.count())
    }

    /// The bits of the count and of the places before one.
    #[inline]
    const fn below(index: usize) -> u64 {
        (1 << (BITS * (index + 1))) - 1
    }

    /// The order in which the [free slot](Self::free_slot) has come before the entry with this index. There must be one that is not full.
    #[inline]
    pub(super) const fn inserted(self, index: usize) -> Self {
        debug_assert!(index <= self.count() && !self.is_full());
        let (slot, count) = (self.free_slot() as u64, self.count());
        let (below, moved) = (Self::below(index), Self::below(count) & !Self::below(index));
        let kept = if count + 1 == SLOTS { 0 } else { !Self::below(count + 1) };
        let bits = self.0 & kept | (self.0 & moved) << BITS | slot << (BITS * (index + 1)) | self.0 & below;
        Self(bits + 1)
    }

    /// The order without the entry with this index, whose slot is the [free one](Self::free_slot) then.
    #[inline]
    pub(super) const fn removed(self, index: usize) -> Self {
        debug_assert!(index < self.count());
        let (slot, last) = (self.slot(index) as u64, self.count() - 1);
        let (below, moved) = (Self::below(index), Self::below(last) & !Self::below(index));
        let kept = !Self::below(last + 1);
        let bits = self.0 & kept | slot << (BITS * (last + 1)) | self.0 >> BITS & moved | self.0 & below;
        Self(bits - 1)
    }

    /// The order in which the [free slot](Self::free_slot) has taken the place of the entry with this index, whose slot is the free one
    /// then.
    #[inline]
    pub(super) const fn replaced(self, index: usize) -> Self {
        debug_assert!(index < self.count() && self.count() < SLOTS);
        let difference = (self.slot(index) ^ self.free_slot()) as u64;
        Self(self.0 ^ difference << (BITS * (index + 1)) ^ difference << (BITS * (self.count() + 1)))
    }

    /// The order of the first entries, so many.
    #[inline]
    pub(super) const fn truncated(self, count: usize) -> Self {
        debug_assert!(count <= self.count());
        Self(self.0 & !MASK | count as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, Order, SLOTS};

    /// An order as a list of slots, and the free ones behind them.
    #[derive(Clone, PartialEq, Debug)]
    struct Model(Vec<usize>, usize);

    impl Model {
        fn of(order: Order) -> Self {
            Self((0..SLOTS).map(|index| order.slot(index)).collect(), order.count())
        }

        fn is_permutation(&self) -> bool {
            let mut slots = self.0.clone();
            slots.sort_unstable();
            slots.into_iter().eq(0..SLOTS)
        }
    }

    #[test]
    fn changes_are_those_of_a_list() {
        let mut random = fastrand::Rng::with_seed(7);
        let (mut order, mut seen) = (Order::EMPTY, std::collections::HashSet::new());
        for _ in 0..100_000 {
            let mut model = Model::of(order);
            assert!(model.is_permutation() && Order::from_bits(order.bits()) == Some(order), "{order:?}");
            let count = order.count();
            seen.insert(count);
            let free = order.free_slot();
            assert_eq!(free, model.0[count]);
            assert!(order.slots().eq(model.0[..count].iter().copied()));
            match random.u32(0..7) {
                0..=2 if !order.is_full() => {
                    let index = random.usize(0..=count);
                    order = order.inserted(index);
                    model.0.remove(count);
                    model.0.insert(index, free);
                    model.1 += 1;
                }
                3 | 4 if count > 0 => {
                    let index = random.usize(0..count);
                    order = order.removed(index);
                    let slot = model.0.remove(index);
                    model.0.insert(count - 1, slot);
                    model.1 -= 1;
                    assert_eq!(order.free_slot(), slot);
                }
                5 if count > 0 => {
                    let index = random.usize(0..count);
                    order = order.replaced(index);
                    model.0.swap(index, count);
                }
                6 if random.u32(0..20) == 0 => {
                    let kept = random.usize(0..=count);
                    order = order.truncated(kept);
                    model.1 = kept;
                }
                _ => continue,
            }
            assert_eq!(Model::of(order), model);
        }
        assert_eq!(seen.len(), MOST + 1, "every count was met");
    }

    #[test]
    fn what_cannot_be_is_no_order() {
        assert!(Order::from_bits(Order::EMPTY.bits()).is_some());
        assert!(Order::from_bits(Order::EMPTY.bits() | 15).is_none());
        for place in 1..=SLOTS {
            assert!(Order::from_bits(Order::EMPTY.bits() | 15 << (4 * place)).is_none(), "{place}");
        }
        assert!(Order::from_bits(14).is_some(), "slots may occur twice");
    }
}
