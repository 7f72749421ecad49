//! Whose process this is.

/// The effective user id, which owns what this process creates.
pub(crate) fn effective_id() -> u32 {
    rustix::process::geteuid().as_raw()
}
