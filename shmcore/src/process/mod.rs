//! Processes: the safe fork, and the tokens by which processes know each other.
//!
//! A child that is forked after a [`Shared`](crate::Shared) was made sees the same value at the same address; there is
//! nothing to open or to pass.

mod child;
mod fork;

pub use crate::region::Token;
pub use child::Child;
pub use fork::{ForkError, fork_child};
