//! Handles: what a user holds of a region.
//!
//! [`Shared`] and [`ReadOnly`] are the handles; [`entry`] and [`options`] are the doors to them, over [`create`] and [`attach`],
//! which know a type where the layer below knows a layout.

pub(crate) mod attach;
mod contents;
mod create;
mod elements;
mod entry;
mod handle;
pub(crate) mod inherit;
mod options;
mod read_only;

pub use elements::Elements;
pub use entry::{
    create_shared, create_shared_init, create_shared_slice, create_shared_with, open_shared, unlink,
};
pub use handle::Shared;
pub(crate) use options::open_or_create;
pub use options::{Opened, ShmOptions};
pub use read_only::ReadOnly;
