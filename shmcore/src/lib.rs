//! `Arc<T>` across processes, with proofs.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate self as shmcore;

pub mod layout;
mod safe;

pub use safe::{Immutable, PlacementDefault, Pod, ShmSafe};
pub use shmderive::ShmSafe;

#[doc(hidden)]
pub use safe::derived as __private;
