//! Containers of fixed capacity that live inside a value: in shared memory, behind a lock or before publication, or anywhere else.
//!
//! They have std's names and methods. Each is `ShmSafe`, and empty when all its bytes are zero, so that one with a million
//! places costs nothing to create. What does not fit comes back in a [`CapacityError`]. [`ShmOption`] and [`ShmDuration`] are beside
//! them: std's types, with a layout that is fixed.
//!
//! # Process death
//!
//! A process that is killed while it changes a container under a lock leaves it half changed: the lock is poisoned then. Such a
//! container is safe to use, whatever state it was left in: a count is never trusted beyond the capacity, and elements that are no
//! values of their type are found when the lock is taken, see
//! [`PoisonError::is_torn`](crate::sync::PoisonError::is_torn). Adding and removing at the end is done or not done.

pub mod deque;
mod duration;
mod error;
pub mod map;
mod option;
#[cfg(feature = "serde")]
mod serialize;
pub mod set;
pub mod slab;
mod string;
pub mod vec;

pub use deque::ShmDeque;
pub use duration::ShmDuration;
pub use error::CapacityError;
pub use map::ShmMap;
pub use option::ShmOption;
pub use set::ShmSet;
pub use slab::{Handle, ShmSlab};
pub use string::ShmString;
pub use vec::ShmVec;

#[cfg(test)]
mod validation_tests;
