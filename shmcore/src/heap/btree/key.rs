//! Keys of ordered maps: what they are looked up by, and what makes one. It is apart from the map because a key may have its bytes in
//! the heap, so that it is no std key.

use std::borrow::Borrow;
use std::cmp::Ordering;

use crate::ShmSafe;
use crate::heap::error::HeapError;
use crate::heap::into_heap::IntoHeap;
use crate::heap::{Heap, String, Vec};

/// A key of a [`heap::BTreeMap`](super::BTreeMap) that can be looked up by a `Q`: a value that can be borrowed as one, as for std's map;
/// a [`String`] by a `&str` or a `String`, and a [`Vec`] by a slice or a `Vec`.
///
/// Implemented for these and nothing else.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be looked up by `{Q}` in an ordered map of a heap",
    note = "a key that owns nothing is `Ord` and `Borrow<{Q}>`; a `heap::String` is looked up by `str`, a `heap::Vec<T>` by `[T]`"
)]
#[expect(private_bounds, reason = "nobody else implements it")]
pub trait OrderedKey<Q: ?Sized>: Compare<Q> {}

/// How keys are looked up.
pub(super) trait Compare<Q: ?Sized>: ShmSafe {
    /// How the key compares to what is looked up.
    fn compare(&self, heap: &Heap, wanted: &Q) -> Result<Ordering, HeapError>;
}

impl<K: ShmSafe + Ord + Borrow<Q>, Q: Ord + ?Sized> OrderedKey<Q> for K {}

impl<K: ShmSafe + Ord + Borrow<Q>, Q: Ord + ?Sized> Compare<Q> for K {
    #[inline]
    fn compare(&self, _: &Heap, wanted: &Q) -> Result<Ordering, HeapError> {
        Ok(self.borrow().cmp(wanted))
    }
}

/// Can be put into a [`heap::BTreeMap`](super::BTreeMap) as a key `K`: a `K` itself, and what makes one in the heap in the same step,
/// such as a `&str` for a [`String`].
///
/// Implemented for these and nothing else.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be put into an ordered map of a heap as a key `{K}`",
    note = "a `{K}` can if it is `Ord`, or a `heap::String`, for which a `&str` can as well"
)]
#[expect(private_bounds, reason = "nobody else implements it")]
pub trait IntoOrderedKey<K>: IntoHeap<K> + Find<K> {}

/// How it is found whether there is such a key.
pub(super) trait Find<K> {
    /// How a key of the map compares to this one.
    fn compare_key(&self, heap: &Heap, key: &K) -> Result<Ordering, HeapError>;
}

impl<K: ShmSafe + Ord> IntoOrderedKey<K> for K {}

impl<K: ShmSafe + Ord> Find<K> for K {
    #[inline]
    fn compare_key(&self, _: &Heap, key: &K) -> Result<Ordering, HeapError> {
        Ok(key.cmp(self))
    }
}

/// Keys whose contents lie in the heap, by what those are as a slice.
macro_rules! keys_in_the_heap {
    ($([$($generics:tt)*] $key:ty, $slice:ty, $contents:ident;)*) => {$(
        impl<$($generics)*> OrderedKey<$slice> for $key {}

        impl<$($generics)*> Compare<$slice> for $key {
            #[inline]
            fn compare(&self, heap: &Heap, wanted: &$slice) -> Result<Ordering, HeapError> {
                Ok(self.$contents(heap)?.cmp(wanted))
            }
        }

        impl<$($generics)*> OrderedKey<Self> for $key {}

        impl<$($generics)*> Compare<Self> for $key {
            fn compare(&self, heap: &Heap, wanted: &Self) -> Result<Ordering, HeapError> {
                Ok(self.$contents(heap)?.cmp(wanted.$contents(heap)?))
            }
        }

        impl<$($generics)*> IntoOrderedKey<Self> for $key {}

        impl<$($generics)*> Find<Self> for $key {
            fn compare_key(&self, heap: &Heap, key: &Self) -> Result<Ordering, HeapError> {
                key.compare(heap, self)
            }
        }
    )*};
}

keys_in_the_heap! {
    [] String, str, as_str;
    [T: ShmSafe + Ord] Vec<T>, [T], as_slice;
}

/// What makes a key in the heap, by what its contents are.
macro_rules! makers {
    ($([$($generics:tt)*] $type:ty => $key:ty, |$this:ident| $contents:expr;)*) => {$(
        impl<$($generics)*> IntoOrderedKey<$key> for $type {}

        impl<$($generics)*> Find<$key> for $type {
            #[inline]
            fn compare_key(&self, heap: &Heap, key: &$key) -> Result<Ordering, HeapError> {
                let $this = self;
                key.compare(heap, $contents)
            }
        }
    )*};
}

makers! {
    [] &str => String, |text| *text;
    [] &std::string::String => String, |text| text.as_str();
    [T: ShmSafe + Copy + Ord] &[T] => Vec<T>, |elements| *elements;
    [T: ShmSafe + Copy + Ord, const N: usize] [T; N] => Vec<T>, |elements| elements.as_slice();
    [T: ShmSafe + Copy + Ord, const N: usize] &[T; N] => Vec<T>, |elements| elements.as_slice();
}
