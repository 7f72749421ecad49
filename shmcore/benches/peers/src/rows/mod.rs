//! The tables, a file each.

pub(crate) mod allocate;
pub(crate) mod growing;
pub(crate) mod locks;
pub(crate) mod regions;
