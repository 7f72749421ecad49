//! The block of a vector, as it grows and shrinks.
//!
//! # Safety
//!
//! 1. As of [`vec`](super).
#![allow(unsafe_code, reason = "moves elements")]

use super::{Parts, Vec};
use crate::ShmSafe;
use crate::heap::Heap;
use crate::heap::access::Access;
use crate::heap::block::Block;
use crate::heap::error::HeapError;
use crate::heap::sequence::CAPACITY;

impl<T: ShmSafe> Vec<T> {
    /// Makes room for so many elements more.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push).
    #[inline]
    pub fn reserve(&mut self, heap: &Heap, additional: usize) -> Result<(), HeapError> {
        self.with_room(heap, additional).map(|_| ())
    }

    /// The block with room for so many elements more, and the number of elements.
    #[inline]
    pub(in crate::heap) fn with_room<'a>(
        &'a self,
        heap: &'a Heap,
        additional: usize,
    ) -> Result<(Block<'a>, usize), HeapError> {
        if self.owned.is_empty() {
            return self.make_first(heap, additional);
        }
        if let Some(block) = self.owned.bound_block(heap) {
            let Parts { block, len, capacity } = Self::parts_of(heap, block)?;
            if additional <= capacity - len {
                return Ok((block, len));
            }
        }
        self.grow(heap, additional)
    }

    /// Gives an empty vector a block.
    fn make_first<'a>(&'a self, heap: &'a Heap, capacity: usize) -> Result<(Block<'a>, usize), HeapError> {
        let wanted = capacity.max(Self::SMALLEST);
        let size = Self::size(heap, wanted)?;
        let mut access = Access::new(heap)?;
        let Some(new) = access.small_block(size, align_of::<T>(), Self::KIND, &self.owned) else {
            return self.replace(access, None, wanted, capacity);
        };
        let block = new.block;
        Self::format(block, new.size, 0);
        access.take_small(&new, &self.owned);
        Ok((block, 0))
    }

    #[cold]
    fn grow<'a>(&'a self, heap: &'a Heap, additional: usize) -> Result<(Block<'a>, usize), HeapError> {
        let Some(Parts { block: old, len, capacity }) = self.parts(heap)? else {
            return self.make_first(heap, additional);
        };
        if additional <= capacity - len {
            return Ok((old, len));
        }
        let needed = len.checked_add(additional).ok_or_else(|| heap.out_of_memory(usize::MAX))?;
        let wanted = needed.max(capacity.saturating_mul(2)).max(Self::SMALLEST);
        let mut access = Access::new(heap)?;
        if let Some(size) = access.extend(old, Self::size(heap, wanted)?)? {
            access.write(old, CAPACITY, Self::capacity_in(size) as u64);
            access.commit();
            return Ok((old, len));
        }
        self.replace(access, Some((old, len)), wanted, needed)
    }

    /// Gives the vector another block for `wanted` elements, or for `needed` ones if there is no room for more, in place of the one with
    /// `len` elements.
    #[cold]
    fn replace<'a>(
        &'a self,
        mut access: Access<'a>,
        old: Option<(Block<'a>, usize)>,
        wanted: usize,
        needed: usize,
    ) -> Result<(Block<'a>, usize), HeapError> {
        let len = old.map_or(0, |(_, len)| len);
        let fill = |block: Block<'_>| {
            if let Some((old, len)) = old {
                // SAFETY: `copy` requires as many elements on both sides: the new block has room for more, and is nobody else's. Only
                // one of the two will be the vector's. They may overlap: of a block that was written over, a length may be told that
                // leads into another one.
                unsafe { Self::element(old, 0).copy_to(Self::element(block, 0), len) };
            }
        };
        let new = match Self::allocate(&mut access, wanted, len, self.owned.address(), fill) {
            Err(HeapError::OutOfMemory { .. }) if needed < wanted => {
                access.abandon();
                Self::allocate(&mut access, needed, len, self.owned.address(), fill)?
            }
            new => new?,
        };
        if let Some((old, _)) = old {
            access.free_block(old)?;
        }
        access.set(&self.owned, new.words);
        access.commit();
        Ok((new.block, len))
    }

    /// Gives memory back that is not needed for the elements there are.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push): a smaller block is allocated first.
    pub fn shrink_to_fit(&mut self, heap: &Heap) -> Result<(), HeapError> {
        let Some(Parts { block, len, capacity }) = self.parts(heap)? else { return Ok(()) };
        if len == 0 {
            return self.free(heap);
        }
        if capacity > len {
            let mut access = Access::new(heap)?;
            let new = Self::allocate(&mut access, len, len, self.owned.address(), |new| {
                // SAFETY: as in `replace`.
                unsafe { Self::element(block, 0).copy_to(Self::element(new, 0), len) };
            })?;
            access.free_block(block)?;
            access.set(&self.owned, new.words);
            access.commit();
        }
        Ok(())
    }
}
