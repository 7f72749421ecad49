//! Processes: the safe fork.
//!
//! A child that is forked after a [`Shared`](crate::Shared) was made sees the same value at the same address; there is
//! nothing to open or to pass.

mod child;
mod fork;

pub use child::Child;
pub use fork::{ForkError, fork_child};
