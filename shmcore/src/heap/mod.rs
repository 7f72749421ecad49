//! Heaps: memory that processes share, and that is taken and given back while they run.
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

mod handle;
mod options;

pub use handle::{Heap, ShmHeap};
