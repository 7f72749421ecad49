//! Reads through a mapping that the kernel keeps from writing. They are apart because of what is defined there: on memory that
//! is mapped read-only, relaxed loads of at most 8 bytes on machines of 64 bits, and nothing else of atomics (docs of
//! [`std::sync::atomic`], "Atomic accesses to read-only memory"). [`ShmSeqLock::read`] does nothing else.
//!
//! # Safety
//!
//! 1. Of a lock in read-only memory nothing is called but `read`, which makes relaxed loads of at most 8 bytes and
//!    fences.
#![allow(unsafe_code, reason = "reads through a read-only mapping")]

use std::any::type_name;

use super::ShmSeqLock;
use crate::layout::has_part_at;
use crate::{Pod, ReadOnly, ShmSafe};

impl<T: Pod> ReadOnly<ShmSeqLock<T>> {
    /// The last value that was written completely: [`ShmSeqLock::read`], without the right to write.
    ///
    /// # Process death
    ///
    /// Whatever happens to the writer, a reader has the last complete value, and waits for nobody.
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::{ReadOnly, ShmOptions, ShmSeqLock};
    ///
    /// let price = ShmOptions::anonymous().read_only_peers(true).create_shared::<ShmSeqLock<u64>>()?;
    /// let reader = ReadOnly::<ShmSeqLock<u64>>::from_fd(price.try_clone_fd()?)?; // in another process, as a rule
    /// price.write(42);
    /// assert_eq!(reader.read(), 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn read(&self) -> T {
        // SAFETY: `borrow` requires relaxed loads only: invariant 1.
        let lock = unsafe { ReadOnly::borrow(self) };
        lock.read()
    }
}

impl<T: ShmSafe> ReadOnly<T> {
    /// A handle to a [`ShmSeqLock`] in the value, so many bytes from its start, as [`offset_of!`](std::mem::offset_of) tells: to read one
    /// field of a struct that has several. The region stays mapped as long as one of the two lives.
    ///
    /// # Panics
    ///
    /// If there is no lock of a `V` there. Those in an enum or inside another lock cannot be reached.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::mem::offset_of;
    ///
    /// use shmcore::{ReadOnly, ShmOptions, ShmSafe, ShmSeqLock};
    ///
    /// #[derive(ShmSafe)]
    /// #[repr(C)]
    /// struct Board {
    ///     price: ShmSeqLock<u64>,
    ///     volume: ShmSeqLock<[u32; 2]>,
    /// }
    ///
    /// let board = ShmOptions::anonymous().read_only_peers(true).create_shared::<Board>()?;
    /// let reader = ReadOnly::<Board>::from_fd(board.try_clone_fd()?)?; // in another process, as a rule
    /// let volume = ReadOnly::seq_lock_at::<[u32; 2]>(&reader, offset_of!(Board, volume));
    /// board.volume.write([3, 4]);
    /// assert_eq!(volume.read(), [3, 4]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn seq_lock_at<V: Pod>(this: &Self, offset: usize) -> ReadOnly<ShmSeqLock<V>> {
        let part = <ShmSeqLock<V>>::LAYOUT;
        assert!(
            has_part_at(T::LAYOUT, offset, part),
            "`{}` has no `ShmSeqLock` of `{}` at offset {offset}",
            type_name::<T>(),
            type_name::<V>()
        );
        // SAFETY: `part` requires a lock at this offset: the layouts, which tell the truth (`ShmSafe`), say so.
        unsafe { ReadOnly::part(this, offset) }
    }
}

/// Of arrays and slices: the value of one lock.
macro_rules! read_at {
    ($([$($param:tt)*] $locks:ty)*) => {$(
        impl<T: Pod, $($param)*> ReadOnly<$locks> {
            /// The last value of the lock at `index` that was written completely.
            ///
            /// # Panics
            ///
            /// If there is no lock at `index`.
            ///
            /// # Examples
            ///
            /// ```
            /// use shmcore::{ReadOnly, ShmOptions, ShmSeqLock};
            ///
            /// let board = ShmOptions::anonymous().read_only_peers(true).create_shared_slice::<ShmSeqLock<u64>>(3)?;
            /// let reader = ReadOnly::<[ShmSeqLock<u64>]>::from_fd(board.try_clone_fd()?)?;
            /// board[2].write(42);
            /// assert_eq!((reader.read_at(2), reader.len()), (42, 3));
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            #[inline]
            #[must_use]
            #[track_caller]
            pub fn read_at(&self, index: usize) -> T {
                // SAFETY: `borrow` requires relaxed loads only: invariant 1.
                let locks = unsafe { ReadOnly::borrow(self) };
                locks[index].read()
            }

            /// The number of locks.
            #[inline]
            #[must_use]
            pub fn len(&self) -> usize {
                // SAFETY: `borrow` requires relaxed loads only: this makes none.
                let locks = unsafe { ReadOnly::borrow(self) };
                locks.len()
            }

            /// Whether there is no lock.
            #[inline]
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }
        }
    )*};
}

read_at! {
    [] [ShmSeqLock<T>]
    [const N: usize] [ShmSeqLock<T>; N]
}
