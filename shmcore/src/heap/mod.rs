//! heap
pub(crate) mod raw;
