//! The tables, a file each.

pub(crate) mod allocate;
pub(crate) mod derive;
pub(crate) mod fixed;
pub(crate) mod growing;
pub(crate) mod locks;
pub(crate) mod notice;
pub(crate) mod regions;
pub(crate) mod seqlocks;
