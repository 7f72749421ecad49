//! Handles: what a user holds of a region.
//!
//! [`Shared`] is the handle itself; how the first one is made is in [`create`], and the handles of a slice's elements
//! are in [`elements`].

mod create;
mod elements;
mod handle;

pub use create::{create_shared, create_shared_init, create_shared_slice, create_shared_with};
pub use elements::Elements;
pub use handle::Shared;
