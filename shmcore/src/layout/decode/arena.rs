//! Where the nodes of a decoded layout live: things that are added one by one and freed all at once.
//!
//! A node refers to the parts that were decoded before it, so what is stored must not move while more is added. It is
//! apart from the decoder because that is all it knows.

use std::cell::{Cell, OnceCell};

use crate::layout::tree::{Field, Layout, Variant};

/// The nodes of decoded layouts.
#[derive(Default)]
pub(crate) struct Arena<'a> {
    pub(super) layouts: Pool<Layout<'a>>,
    pub(super) fields: Pool<Vec<Field<'a>>>,
    pub(super) variants: Pool<Vec<Variant<'a>>>,
}

/// The slots in the first chunk.
const FIRST: usize = 8;

/// A list of chunks, each twice as long as the one before.
///
/// A slot is set once and a chunk is never resized, so references stay good without `unsafe`. There are few chunks, so
/// dropping them by recursion is no matter; and nothing here implements `Drop`, so values may refer to each other.
pub(super) struct Pool<T> {
    slots: Box<[OnceCell<T>]>,
    used: Cell<usize>,
    next: OnceCell<Box<Self>>,
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self::with_slots(0)
    }
}

impl<T> Pool<T> {
    fn with_slots(count: usize) -> Self {
        let slots = (0..count).map(|_| OnceCell::new()).collect();
        Self { slots, used: Cell::new(0), next: OnceCell::new() }
    }

    /// Stores a value for as long as the pool lives.
    pub(super) fn keep(&self, value: T) -> &T {
        let mut chunk = self;
        loop {
            let used = chunk.used.get();
            if let Some(slot) = chunk.slots.get(used) {
                chunk.used.set(used + 1);
                return slot.get_or_init(|| value);
            }
            let longer = || Box::new(Self::with_slots(FIRST.max(2 * chunk.slots.len())));
            chunk = chunk.next.get_or_init(longer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pool;

    #[test]
    fn what_was_kept_stays_where_it_is_while_more_is_added() {
        let pool = Pool::default();
        let kept: Vec<&usize> = (0..1000).map(|number| pool.keep(number)).collect();
        for (number, kept) in kept.into_iter().enumerate() {
            assert_eq!(number, *kept);
        }
    }
}
