//! `Arc<T>` across processes, with proofs.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate self as shmcore;

pub mod layout;
#[cfg(feature = "std")]
pub mod process;
#[cfg(feature = "std")]
mod region;
mod safe;
#[cfg(feature = "std")]
mod shared;
#[cfg(feature = "std")]
mod sys;

pub use layout::TypeLayout;
#[cfg(feature = "std")]
pub use region::CreateError;
pub use safe::{Immutable, PlacementDefault, Pod, ShmSafe};
#[cfg(feature = "std")]
pub use shared::{
    Elements, Shared, create_shared, create_shared_init, create_shared_slice, create_shared_with,
};
pub use shmderive::ShmSafe;

#[doc(hidden)]
pub use safe::derived as __private;
