//! What a text has because `str` has it.

use std::borrow::{Borrow, BorrowMut, Cow};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use super::ShmString;

impl<const N: usize> Default for ShmString<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> Clone for ShmString<N> {
    fn clone(&self) -> Self {
        let mut clone = Self::new();
        // As many places as there are bytes.
        let _ = clone.push_str(self);
        clone
    }
}

impl<const N: usize> fmt::Debug for ShmString<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl<const N: usize> fmt::Display for ShmString<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl<const N: usize> fmt::Write for ShmString<N> {
    /// # Errors
    ///
    /// [`fmt::Error`] if `text` does not fit; then nothing of it is added.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push_str(text).map_err(|_| fmt::Error)
    }
}

impl<const N: usize> Hash for ShmString<N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl<const N: usize> Eq for ShmString<N> {}

impl<const N: usize, const M: usize> PartialEq<ShmString<M>> for ShmString<N> {
    fn eq(&self, other: &ShmString<M>) -> bool {
        self.as_str() == other.as_str()
    }
}

macro_rules! equal_to {
    ($($text:ty)*) => {$(
        impl<const N: usize> PartialEq<$text> for ShmString<N> {
            fn eq(&self, other: &$text) -> bool {
                *self.as_str() == **other
            }
        }

        impl<const N: usize> PartialEq<ShmString<N>> for $text {
            fn eq(&self, other: &ShmString<N>) -> bool {
                **self == *other.as_str()
            }
        }
    )*};
}

equal_to! { &str String Cow<'_, str> }

impl<const N: usize> PartialEq<str> for ShmString<N> {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl<const N: usize> PartialEq<ShmString<N>> for str {
    fn eq(&self, other: &ShmString<N>) -> bool {
        self == other.as_str()
    }
}

impl<const N: usize, const M: usize> PartialOrd<ShmString<M>> for ShmString<N> {
    fn partial_cmp(&self, other: &ShmString<M>) -> Option<Ordering> {
        Some(self.as_str().cmp(other.as_str()))
    }
}

impl<const N: usize> Ord for ShmString<N> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl<const N: usize> AsRef<str> for ShmString<N> {
    fn as_ref(&self) -> &str {
        self
    }
}

impl<const N: usize> AsMut<str> for ShmString<N> {
    fn as_mut(&mut self) -> &mut str {
        self
    }
}

impl<const N: usize> AsRef<[u8]> for ShmString<N> {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl<const N: usize> Borrow<str> for ShmString<N> {
    fn borrow(&self) -> &str {
        self
    }
}

impl<const N: usize> BorrowMut<str> for ShmString<N> {
    fn borrow_mut(&mut self) -> &mut str {
        self
    }
}
