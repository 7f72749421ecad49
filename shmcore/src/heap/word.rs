//! The words of blocks and containers: atomics, whose stores tests count, so that they may let the process die before each.

#[cfg(not(test))]
pub(super) use std::sync::atomic::AtomicU64 as Word;

#[cfg(test)]
pub(super) use counted::Word;

#[cfg(test)]
mod counted {
    use std::ops::Deref;
    use std::sync::atomic::{AtomicU64, Ordering};

    use crate::heap::raw::before_store;

    #[derive(Debug)]
    #[repr(transparent)]
    pub(in crate::heap) struct Word(AtomicU64);

    impl Word {
        pub(in crate::heap) const fn new(value: u64) -> Self {
            Self(AtomicU64::new(value))
        }

        /// In place of that of the atomic.
        pub(in crate::heap) fn store(&self, value: u64, order: Ordering) {
            before_store();
            self.0.store(value, order);
        }
    }

    impl Deref for Word {
        type Target = AtomicU64;

        fn deref(&self) -> &AtomicU64 {
            &self.0
        }
    }
}
