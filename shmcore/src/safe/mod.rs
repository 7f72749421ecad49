//! The four facts that a type may have, and who has them.
//!
//! One trait a file, with what it promises; the impls for the types of `core` are in [`impls`], one group a
//! file; [`derived`] holds what the derive's output refers to and nobody else does.

pub mod derived;
mod immutable;
mod impls;
mod placement_default;
mod pod;
mod shm_safe;

pub use immutable::Immutable;
pub use placement_default::PlacementDefault;
pub use pod::Pod;
pub use shm_safe::ShmSafe;
