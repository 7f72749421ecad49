//! The containers of a heap stopped before each of their stores, and in heaps that were damaged.

mod content;
mod damage;
mod deaths;
