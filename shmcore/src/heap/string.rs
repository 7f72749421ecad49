//! `String`: UTF-8 text in the heap, which grows.
//!
//! # Safety
//!
//! 1. The bytes of the vector are UTF-8: only whole strings are added, and it is cut at boundaries of characters only.
#![allow(unsafe_code, reason = "takes the bytes for text")]

use std::fmt;

use super::access::Access;
use super::error::HeapError;
use super::owned::RawOwned;
use super::{Heap, Vec, container_layout};
use crate::layout::{Field, TypeLayout};
use crate::{PlacementDefault, ShmSafe};

/// Text in a heap: the twin of [`std::string::String`].
///
/// As [`heap::Vec`](Vec), with which it shares what is said there of the heap, of freeing and of death.
///
/// # Examples
///
/// ```
/// use shmcore::{ShmMutex, ShmOptions, heap::{String, Vec}};
///
/// let heap = ShmOptions::anonymous().create_heap::<ShmMutex<Vec<String>>>(64 << 10)?;
/// let mut words = heap.root().lock().expect("nobody has died");
/// words.push(&heap, "shared")?;
/// words.as_mut_slice(&heap)?[0].push_str(&heap, " memory")?;
/// assert_eq!(words.as_slice(&heap)?[0].as_str(&heap)?, "shared memory");
/// words.free(&heap)?; // and the text in it
/// assert_eq!(heap.used(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[repr(transparent)]
pub struct String {
    bytes: Vec<u8>,
}

// SAFETY: as of the vector that it consists of; the name tells that the bytes are text.
#[diagnostic::do_not_recommend]
unsafe impl ShmSafe for String {
    const LAYOUT: &'static TypeLayout = container_layout!(
        "HeapString",
        Self,
        [Field { name: "elements", offset: 0, layout: <[u8; 0]>::LAYOUT }]
    );
}

// SAFETY: zeroes are an empty string.
#[diagnostic::do_not_recommend]
unsafe impl PlacementDefault for String {
    const DEFAULT_IS_ZERO: bool = true;

    unsafe fn placement_default(_: *mut Self) {}
}

impl String {
    /// An empty string, which owns nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Vec::new() }
    }

    /// A string with this text.
    ///
    /// # Errors
    ///
    /// [`HeapError::OutOfMemory`].
    pub fn from_str(heap: &Heap, text: &str) -> Result<Self, HeapError> {
        Ok(Self { bytes: Vec::from_slice(heap, text.as_bytes())? })
    }

    /// A string that will lie at `place` from the commit on.
    pub(super) fn with_copies(
        access: &mut Access<'_>,
        text: &str,
        place: *mut Self,
    ) -> Result<Self, HeapError> {
        Ok(Self { bytes: Vec::with_copies(access, text.as_bytes(), place.cast())? })
    }

    /// Bytes of the text.
    ///
    /// # Errors
    ///
    /// [`HeapError`], but not for want of memory.
    pub fn len(&self, heap: &Heap) -> Result<usize, HeapError> {
        self.bytes.len(heap)
    }

    /// Whether there is no text.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn is_empty(&self, heap: &Heap) -> Result<bool, HeapError> {
        self.bytes.is_empty(heap)
    }

    /// How many bytes there is room for before the string grows.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn capacity(&self, heap: &Heap) -> Result<usize, HeapError> {
        self.bytes.capacity(heap)
    }

    /// The text.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    #[inline]
    pub fn as_str<'a>(&'a self, heap: &'a Heap) -> Result<&'a str, HeapError> {
        let bytes = self.bytes.as_slice(heap)?;
        // SAFETY: `from_utf8_unchecked` requires UTF-8: invariant 1.
        Ok(unsafe { std::str::from_utf8_unchecked(bytes) })
    }

    /// Adds text at the end.
    ///
    /// # Errors
    ///
    /// [`HeapError::OutOfMemory`], and as [`len`](Self::len).
    pub fn push_str(&mut self, heap: &Heap, text: &str) -> Result<(), HeapError> {
        self.bytes.extend_from_slice(heap, text.as_bytes())
    }

    /// Adds a character at the end.
    ///
    /// # Errors
    ///
    /// As [`push_str`](Self::push_str).
    pub fn push(&mut self, heap: &Heap, character: char) -> Result<(), HeapError> {
        self.push_str(heap, character.encode_utf8(&mut [0; 4]))
    }

    /// Removes the last character.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn pop(&mut self, heap: &Heap) -> Result<Option<char>, HeapError> {
        let text = self.as_str(heap)?;
        let Some(last) = text.chars().next_back() else { return Ok(None) };
        let len = text.len() - last.len_utf8();
        self.bytes.truncate(heap, len)?;
        Ok(Some(last))
    }

    /// Keeps the first `len` bytes. Does nothing if there are not so many.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    ///
    /// # Panics
    ///
    /// If a character does not end there.
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::{ShmMutex, ShmOptions, heap::String};
    ///
    /// let heap = ShmOptions::anonymous().create_heap::<ShmMutex<String>>(4096)?;
    /// let mut text = heap.root().lock().expect("nobody has died");
    /// text.push_str(&heap, "grün")?;
    /// assert_eq!(text.pop(&heap)?, Some('n'));
    /// text.truncate(&heap, 2)?;
    /// assert_eq!(text.as_str(&heap)?, "gr");
    /// # Ok::<(), std::boxed::Box<dyn std::error::Error>>(())
    /// ```
    pub fn truncate(&mut self, heap: &Heap, len: usize) -> Result<(), HeapError> {
        let text = self.as_str(heap)?;
        assert!(len >= text.len() || text.is_char_boundary(len), "no character ends at {len}");
        self.bytes.truncate(heap, len)
    }

    /// Removes the text; the string keeps its capacity.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn clear(&mut self, heap: &Heap) -> Result<(), HeapError> {
        self.bytes.clear(heap)
    }

    /// Makes room for so many bytes more.
    ///
    /// # Errors
    ///
    /// As [`push_str`](Self::push_str).
    pub fn reserve(&mut self, heap: &Heap, additional: usize) -> Result<(), HeapError> {
        self.bytes.reserve(heap, additional)
    }

    /// Gives memory back that is not needed for the text there is.
    ///
    /// # Errors
    ///
    /// As [`push_str`](Self::push_str).
    pub fn shrink_to_fit(&mut self, heap: &Heap) -> Result<(), HeapError> {
        self.bytes.shrink_to_fit(heap)
    }

    /// Frees all that the string owns; it is empty then.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn free(&mut self, heap: &Heap) -> Result<(), HeapError> {
        self.bytes.free(heap)
    }
}

impl Default for String {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for String {
    /// Not the text, which is to be had with the heap only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("String { .. }")
    }
}

const _: () = assert!(size_of::<String>() == size_of::<RawOwned>());
