//! Heaps: memory that processes share, and that is taken and given back while they run, by containers that grow.
//!
//! A heap is a region with a *root*, a value as [`Shared`](crate::Shared) has one, and an *arena*, from which containers take what
//! they need:
//!
//! ```text
//! | header | encoded layout of the root | root | arena |
//! ```
//!
//! [`ShmHeap`] is the handle, made by [`ShmOptions::create_heap`](crate::ShmOptions::create_heap) and
//! [`ShmOptions::open_heap`](crate::ShmOptions::open_heap). Containers take a [`Heap`], to which it derefs.
//!
//! - [`Box`], [`Vec`], [`VecDeque`], [`String`], [`HashMap`], [`HashSet`], [`BTreeMap`] and [`BTreeSet`] are the twins of std's. They lie
//!   in the root, behind a lock, and in each other.
//! - [`Slab`] has values that refer to each other, by the [`Handle`]s that take the place of references and pointers.
//!
//! Each method finds the container's block in the heap, and compares what stands there with the region. For many accesses one after the
//! other, [`Vec::as_slice`], [`Vec::view_mut`], [`HashMap::view`] and [`HashSet::view`] do that once; what is done then is as fast as in
//! std's.
//!
//! # Why safe code cannot reach memory that is freed, or another's
//!
//! - A block has one owner, as in std: freeing takes the container by `&mut`, and leaves it empty. Nothing else leads to a block.
//! - A *copy* of a container's bytes can come about in two ways: by a fork, and by a process that is killed while it moves a container.
//!   Both begin a new *generation* of the heap. A container that was bound in an older generation is bound anew when it is
//!   used next, and only the first copy can be: the other ones are [`HeapError::NotTheOwner`] for good.
//! - That what a container says is a block is looked up in the heap's own tables, in constant time; what lies in the block is never
//!   asked.
//! - A container that is used with another heap is [`HeapError::OtherHeap`]: each heap has an id, and a process does not open two with
//!   the same one.
//! - What another process has written into a heap without the right to, by `unsafe` code, leads nowhere outside the region; see below.
//! - While a process has filled containers in its own memory, [`fork_child`](crate::process::fork_child) refuses.
//! - A container lies in its heap, or in the own memory of one process. A region that is no heap refuses its type when it is compiled:
//!
//! ```compile_fail
//! use shmcore::{ShmMutex, create_shared, heap::Vec};
//!
//! let vec = create_shared::<ShmMutex<Vec<u64>>>(); // `ShmOptions::anonymous().create_heap::<…>(bytes)` does
//! ```
//!
//! # Signals
//!
//! Operations on a heap take its lock, so they do not belong into signal handlers.
//!
//! # What is damaged
//!
//! A peer that writes over a heap by `unsafe` code has broken its side of the contract, and its heap may lose what it holds. It does
//! not make others panic, hang or reach memory outside the region:
//!
//! | damaged | found |
//! |---|---|
//! | the number of pages, the version | when the heap is opened |
//! | lists, bits and counts of the allocator | by [`Heap::check`]; by what meets them, in bounded time |
//! | a container's words | when it is bound: they must be those of a block in the tables. One that claims to be bound is believed as long as its block lies in the region |
//! | length and capacity of a vector, ends and capacity of a queue | at each use: they must not lead outside the region; and when it is bound: outside the block |
//! | the number of slots of a map | the same; whatever marks and counts are, each search ends |
//! | nodes of an ordered map | at each use: they must not lead outside the region, nor in a circle; when its values are looked at after a death: they must be blocks in the tables |
//! | what a vector, a queue, a map or a box says that it had begun | when that is ended: by the tables |
//! | values in blocks, the bytes of text | when a lock is taken over from a dead process, as all values are |
//! | the heap's lock, if it names a process that lives | not: whoever wants it waits |

mod access;
mod block;
mod boxed;
pub mod btree;
pub mod btree_set;
mod census;
mod error;
mod handle;
mod into_heap;
pub mod map;
mod mend;
mod open;
mod options;
mod owned;
pub(crate) mod raw;
mod reclaim;
mod ring;
mod sequence;
pub mod set;
pub mod slab;
mod string;
#[cfg(test)]
mod tests;
pub mod vec;
pub mod vec_deque;
mod word;

pub use crate::fixed::Handle;
pub use boxed::Box;
pub use btree::{BTreeMap, IntoOrderedKey, OrderedKey};
pub use btree_set::BTreeSet;
pub use census::HeapStatistics;
pub use error::{HeapError, InsertError};
pub use handle::{Heap, ShmHeap};
pub use into_heap::IntoHeap;
pub use map::{HashMap, IntoKey, Key};
pub use set::HashSet;
pub use slab::Slab;
pub use string::String;
pub use vec::Vec;
pub use vec_deque::VecDeque;

/// The layout of a container: its three words, and what it says of what it holds.
macro_rules! container_layout {
    ($name:literal, $container:ty, [$($contents:expr),*]) => {
        &TypeLayout {
            name: $name,
            size: size_of::<$container>(),
            align: align_of::<$container>(),
            kind: $crate::layout::Kind::Opaque {
                version: 1,
                fields: &[
                    Field { name: "block", offset: 0, layout: <std::sync::atomic::AtomicU64 as ShmSafe>::LAYOUT },
                    Field { name: "nonce", offset: 8, layout: <std::sync::atomic::AtomicU64 as ShmSafe>::LAYOUT },
                    Field { name: "stamp", offset: 16, layout: <std::sync::atomic::AtomicU64 as ShmSafe>::LAYOUT },
                    $($contents),*
                ],
            },
        }
    };
}
use container_layout;
