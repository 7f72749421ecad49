//! Taking back what processes had in their own memory when they died.
//!
//! A block remembers whose own memory its container lies in. What that owned itself is found by the layout of the container, which is
//! one of those that the root can have: the block remembers a mark of it.

use std::collections::{HashMap, HashSet};

use super::access::Access;
use super::block::Block;
use super::error::HeapError;
use super::mend::free_contents;
use super::owned::Kind;
use super::{Heap, ShmHeap, Vec};
use crate::ShmSafe;
use crate::layout::{Field, HeapContainer, Kind as LayoutKind, TypeLayout};
use crate::region::owner;

impl<Root: ShmSafe> ShmHeap<Root> {
    /// Frees what processes that have died had in their own memory: containers that they had filled and not put into the heap yet, or
    /// taken out of it. Returns the number of bytes.
    ///
    /// Whoever is alive is not disturbed, but waits for the heap's lock meanwhile. It takes time in proportion to the capacity,
    /// so it is for the moment after a death, or when the heap is full.
    ///
    /// A container that a process has put into the heap by plain assignment counts as in its own memory until it is used there, by
    /// whomever. If the process dies before that, this frees what it owns, and the container is [`HeapError::NotTheOwner`] when it
    /// is used. `push`, `insert` and `set` leave no such doubt.
    ///
    /// Blocks of containers of a type that the root cannot hold are left alone: nobody knows what is in them.
    ///
    /// # Process death
    ///
    /// If this process dies inside, the next call goes on.
    ///
    /// # Errors
    ///
    /// [`HeapError::Corrupt`].
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::{ShmMutex, ShmOptions, heap::{Box, Vec}};
    ///
    /// let heap = ShmOptions::anonymous().create_heap::<ShmMutex<Vec<u32>>>(64 << 10)?;
    /// let mine = Box::new(&heap, 7_u32)?; // this process lives
    /// assert_eq!(heap.reclaim()?, 0);
    /// # drop(mine);
    /// # Ok::<(), std::boxed::Box<dyn std::error::Error>>(())
    /// ```
    pub fn reclaim(&self) -> Result<usize, HeapError> {
        let mut kinds = Kinds::default();
        kinds.add(Root::LAYOUT);
        let mut access = Access::new(self)?;
        let before = self.used();
        let mut dead = std::vec::Vec::new();
        access.each_block(|block| {
            if block.holder() != 0 && !self.holder_lives(block) {
                dead.push(block);
            }
        });
        for block in dead {
            match kinds.0.get(&block.kind()) {
                Some(layout) => free_contents(&mut access, layout, block)?,
                None => continue,
            }
            access.free_block(block)?;
            access.commit();
        }
        Ok(before.saturating_sub(self.used()))
    }
}

impl Heap {
    /// Whether the process whose own memory a block's container lies in lives.
    fn holder_lives(&self, block: Block<'_>) -> bool {
        let address = self.words().base().addr().get();
        owner::lives(address, block.holder())
    }
}

/// The containers that are known, by the marks in their blocks.
#[derive(Default)]
struct Kinds(HashMap<u64, &'static TypeLayout>, HashSet<*const TypeLayout>);

impl Kinds {
    /// Adds all containers in values of a type, and in what they own.
    fn add(&mut self, layout: &'static TypeLayout) {
        // A layout that several types share is looked at once.
        if !self.1.insert(std::ptr::from_ref(layout)) {
            return;
        }
        match HeapContainer::of(layout) {
            // A string's block is that of a vector.
            Some(HeapContainer::String) => self.note(Vec::<u8>::LAYOUT),
            Some(_) => self.note(layout),
            None => {}
        }
        match layout.kind {
            LayoutKind::Array { element, .. } => self.add(element),
            LayoutKind::Struct { fields } | LayoutKind::Opaque { fields, .. } => self.add_fields(fields),
            LayoutKind::Enum { variants, .. } => {
                for variant in variants {
                    self.add_fields(variant.fields);
                }
            }
            LayoutKind::Primitive(_) | LayoutKind::NonZero(_) => {}
        }
    }

    fn add_fields(&mut self, fields: &'static [Field]) {
        for field in fields {
            self.add(field.layout);
        }
    }

    fn note(&mut self, layout: &'static TypeLayout) {
        self.0.insert(Kind::of(layout).mark, layout);
    }
}
