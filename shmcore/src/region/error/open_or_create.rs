//! Why a region could neither be made nor be attached to.

use std::fmt;

use super::{AttachError, CreateError};

/// A region could neither be attached to nor created.
///
/// # Examples
///
/// ```
/// use shmcore::{OpenOrCreateError, ShmOptions};
///
/// let error = ShmOptions::new("a/b").open_or_create_shared::<u64>().unwrap_err();
/// assert!(matches!(error, OpenOrCreateError::Attach(_)));
/// assert!(error.to_string().contains("`a/b` cannot name a region"));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenOrCreateError {
    /// The region exists, or may exist, and cannot be attached to.
    Attach(AttachError),
    /// The region does not exist, and cannot be created.
    Create(CreateError),
}

impl From<AttachError> for OpenOrCreateError {
    fn from(error: AttachError) -> Self {
        Self::Attach(error)
    }
}

impl From<CreateError> for OpenOrCreateError {
    fn from(error: CreateError) -> Self {
        Self::Create(error)
    }
}

impl fmt::Display for OpenOrCreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attach(error) => error.fmt(f),
            Self::Create(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for OpenOrCreateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Attach(error) => error.source(),
            Self::Create(error) => error.source(),
        }
    }
}
