//! How entries lie in the block of a map. Apart from the table, which is used with types that are known when it is compiled, and with
//! layouts that are found.

use std::marker::PhantomData;

use super::table::{FIRST_MARK, first_hash};
use crate::ShmSafe;
use crate::fixed::map::group::GROUP;
use crate::heap::Heap;
use crate::heap::block::Block;
use crate::heap::raw::{BEHIND, ROOM};
use crate::layout::{TypeLayout, owns_heap_memory};

const _: () = assert!(BEHIND >= 16, "blocks may be said to be longer by their alignment");

/// How entries lie in a block: a key, and a value behind it, as in a `repr(C)` struct.
#[derive(Debug, Clone, Copy)]
pub(in crate::heap) struct Shape {
    pub(super) key: &'static TypeLayout,
    pub(super) value: &'static TypeLayout,
    /// Of the value, in the entry.
    pub(super) value_at: usize,
    /// Of the value.
    pub(super) value_size: usize,
    /// Whether one store writes a value.
    pub(super) value_is_word: bool,
    /// Of an entry.
    pub(super) size: usize,
    /// Of what is kept of the hash of an entry: nothing, if its key can be hashed without the heap.
    pub(super) hash_size: usize,
    pub(super) align: usize,
}

impl Shape {
    /// Of entries with keys and values of these layouts.
    pub(in crate::heap) const fn of(key: &'static TypeLayout, value: &'static TypeLayout) -> Self {
        let value_at = key.size.next_multiple_of(value.align);
        let align = if key.align > value.align { key.align } else { value.align };
        let hash_size = if owns_heap_memory(key) { size_of::<u64>() } else { 0 };
        let size = (value_at + value.size).next_multiple_of(align);
        let value_is_word = value.size == value.align && value.size <= size_of::<u64>();
        Self { key, value, value_at, value_size: value.size, value_is_word, size, hash_size, align }
    }

    /// Where the first entry is, in bytes from the block's start.
    #[inline]
    pub(super) const fn first_entry(&self, slots: usize) -> usize {
        (first_hash(slots) + slots * self.hash_size + self.align - 1) & !(self.align - 1)
    }

    /// Whether bytes can be computed of so many slots: each of them has one in a block, or that and its hash.
    #[inline]
    pub(super) const fn can_be(&self, slots: usize, room: usize) -> bool {
        let most = if self.hash_size > 0 { room / size_of::<u64>() } else { room };
        slots.wrapping_sub(1) < most
    }

    /// Whether a block with so many slots ends inside the region, and there is one at least.
    #[inline]
    pub(super) const fn is_inside(&self, heap: &Heap, block: Block<'_>, slots: usize) -> bool {
        let each = self.size + 1 + self.hash_size;
        // Bytes of one slot, and what there is but slots, at most: it is not looked at how much of the alignment is needed. What is added
        // to the true size is less than what lies behind all blocks.
        let least = each + FIRST_MARK + GROUP + self.size + self.align;
        if least <= ROOM && self.align <= 16 {
            // Of no slots, and of too many, the product overflows or is negative: too large.
            let others = slots.wrapping_sub(1).cast_signed().checked_mul(each.cast_signed());
            return matches!(others, Some(others) if others.cast_unsigned() <= heap.room(block) - least);
        }
        self.can_be(slots, heap.words().len()) && heap.has_room(block, self.bytes(slots), self.align)
    }

    /// Bytes of a block with so many slots, which [can be](Self::can_be) in a region. What overflows is as
    /// many as can be.
    #[inline]
    pub(super) const fn bytes(&self, slots: usize) -> usize {
        if usize::BITS == u64::BITS && self.size <= 32 {
            // Addresses have at most 57 bits.
            return self.size * (slots + 1) + self.first_entry(slots);
        }
        self.size.saturating_mul(slots + 1).saturating_add(self.first_entry(slots))
    }
}

/// What tells the shape of the entries of a table.
pub(in crate::heap) trait Entries: Copy {
    fn shape(self) -> Shape;
}

impl Entries for Shape {
    #[inline]
    fn shape(self) -> Shape {
        self
    }
}

/// Keys and values of these types.
pub(in crate::heap) struct Of<K, V>(PhantomData<fn() -> (K, V)>);

impl<K, V> Of<K, V> {
    pub(super) const NEW: Self = Self(PhantomData);
}

impl<K, V> Clone for Of<K, V> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Of<K, V> {}

impl<K: ShmSafe, V: ShmSafe> Entries for Of<K, V> {
    #[inline]
    fn shape(self) -> Shape {
        const { Shape::of(K::LAYOUT, V::LAYOUT) }
    }
}
