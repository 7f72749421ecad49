//! What is done with a block whose container is found by its layout only: ending what a process that died had begun in it, and
//! freeing what lies in it.
#![allow(unsafe_code, reason = "frees what values own")]

use super::Heap;
use super::access::Access;
use super::block::Block;
use super::boxed::Place;
use super::btree::{self, Tree};
use super::error::HeapError;
use super::map::{Shape, Table, beyond_the_region};
use super::owned;
use super::ring::Ring;
use super::sequence::Sequence;
use super::slab;
use crate::layout::{HeapContainer, Kind, TypeLayout};

/// What became of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mended {
    /// It is in order.
    Kept,
    /// It was being freed; nothing is in it any more, and it is to be freed.
    Free,
}

/// Ends what was begun in a block that a container with this layout owns.
pub(super) fn mend(
    access: &mut Access<'_>,
    layout: &TypeLayout,
    block: Block<'_>,
) -> Result<Mended, HeapError> {
    match HeapContainer::of(layout) {
        Some(HeapContainer::Vec | HeapContainer::String) => {
            let sequence = Sequence::of(block, contents(layout, "elements")?);
            let mended = sequence.mend(access)?;
            if mended == Mended::Kept {
                slab::mend(access, sequence)?;
            }
            Ok(mended)
        }
        Some(HeapContainer::Deque) => Ring::of(block, contents(layout, "elements")?).mend(access),
        Some(HeapContainer::Box) => Place::of(block, contents(layout, "value")?).mend(access),
        Some(HeapContainer::Map) => table(access.heap, layout, block)?.mend(access),
        Some(HeapContainer::Tree) => tree(access.heap, layout, block)?.mend(access),
        None => Err(unknown(layout)),
    }
}

/// That what a block says to be in it has room there, by the heap's own tables. A map's table is compared when it is
/// [found](table).
pub(super) fn demand_room(
    access: &mut Access<'_>,
    layout: &TypeLayout,
    block: Block<'_>,
) -> Result<(), HeapError> {
    match HeapContainer::of(layout) {
        Some(HeapContainer::Vec | HeapContainer::String) => {
            Sequence::of(block, contents(layout, "elements")?).demand_room(access)
        }
        Some(HeapContainer::Deque) => {
            Ring::of(block, contents(layout, "elements")?).checked(access).map(drop)
        }
        Some(HeapContainer::Box) => Place::of(block, contents(layout, "value")?).demand_room(access),
        Some(HeapContainer::Map) => Ok(()),
        Some(HeapContainer::Tree) => tree(access.heap, layout, block)?.demand_room(access),
        None => Err(unknown(layout)),
    }
}

/// Frees what the values in a block own. If this process dies meanwhile, whoever binds the container next goes on.
pub(super) fn free_contents(
    access: &mut Access<'_>,
    layout: &TypeLayout,
    block: Block<'_>,
) -> Result<(), HeapError> {
    match HeapContainer::of(layout) {
        Some(HeapContainer::Vec | HeapContainer::String) => {
            Sequence::of(block, contents(layout, "elements")?).free_contents(access)
        }
        Some(HeapContainer::Deque) => Ring::of(block, contents(layout, "elements")?).free_contents(access),
        Some(HeapContainer::Box) => Place::of(block, contents(layout, "value")?).free_contents(access),
        Some(HeapContainer::Map) => table(access.heap, layout, block)?.free_contents(access),
        Some(HeapContainer::Tree) => tree(access.heap, layout, block)?.free_contents(access),
        None => Err(unknown(layout)),
    }
}

/// The table of a map with this layout, which is inside the region.
pub(super) fn table<'a>(
    heap: &Heap,
    layout: &TypeLayout,
    block: Block<'a>,
) -> Result<Table<'a, Shape>, HeapError> {
    let shape = Shape::of(contents(layout, "keys")?, contents(layout, "values")?);
    Table::of(heap, block, shape).ok_or_else(|| beyond_the_region(block))
}

/// The tree of an ordered map with this layout.
pub(super) fn tree<'a>(heap: &'a Heap, layout: &TypeLayout, block: Block<'a>) -> Result<Tree<'a>, HeapError> {
    let mark = owned::Kind::mark_of(layout);
    let shape = btree::Shape::of(contents(layout, "keys")?, contents(layout, "values")?, mark);
    Ok(Tree::of(heap, block, shape))
}

/// The layout of what a container holds: that of the elements of the array of length 0 which has this name.
pub(super) fn contents(layout: &TypeLayout, name: &str) -> Result<&'static TypeLayout, HeapError> {
    let Kind::Opaque { fields, .. } = layout.kind else { return Err(unknown(layout)) };
    match fields.iter().find(|field| field.name == name).map(|field| field.layout.kind) {
        Some(Kind::Array { element, .. }) => Ok(element),
        _ => Err(unknown(layout)),
    }
}

/// Layouts come from types of this program, so this is not met.
#[cold]
fn unknown(layout: &TypeLayout) -> HeapError {
    HeapError::Corrupt { what: "a layout is that of no container", number: layout.size as u64 }
}
