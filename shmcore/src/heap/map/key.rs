//! Keys of maps: what they are looked up by, and what makes one. It is apart from the map because a key may have its bytes in the heap,
//! so that it is no std key.

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};

use foldhash::SharedSeed;
use foldhash::fast::FoldHasher;

use crate::ShmSafe;
use crate::heap::error::HeapError;
use crate::heap::into_heap::IntoHeap;
use crate::heap::{Heap, String, Vec};

/// The hash of a key in a map with this seed.
#[inline]
fn hash<Q: Hash + ?Sized>(seed: u64, key: &Q) -> u64 {
    let mut hasher = FoldHasher::with_seed(seed, SharedSeed::global_fixed());
    key.hash(&mut hasher);
    hasher.finish()
}

/// A key of a [`heap::HashMap`](super::HashMap) that can be looked up by a `Q`: a value that can be borrowed as one, as for std's map;
/// a [`String`] by a `&str` or a `String`, and a [`Vec`] by a slice or a `Vec`.
///
/// Implemented for these and nothing else.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be looked up by `{Q}` in a map of a heap",
    note = "a key that owns nothing is `Hash`, `Eq` and `Borrow<{Q}>`; a `heap::String` is looked up by `str`, a `heap::Vec<T>` by `[T]`"
)]
#[expect(private_bounds, reason = "nobody else implements it")]
pub trait Key<Q: ?Sized>: Compare<Q> {}

/// How keys are looked up.
pub(super) trait Compare<Q: ?Sized>: ShmSafe {
    /// The hash of what is looked up.
    fn hash(heap: &Heap, seed: u64, wanted: &Q) -> Result<u64, HeapError>;

    /// Whether the key is what is looked up.
    fn is(&self, heap: &Heap, wanted: &Q) -> Result<bool, HeapError>;
}

impl<K: ShmSafe + Hash + Eq + Borrow<Q>, Q: Hash + Eq + ?Sized> Key<Q> for K {}

impl<K: ShmSafe + Hash + Eq + Borrow<Q>, Q: Hash + Eq + ?Sized> Compare<Q> for K {
    #[inline]
    fn hash(_: &Heap, seed: u64, wanted: &Q) -> Result<u64, HeapError> {
        Ok(hash(seed, wanted))
    }

    #[inline]
    fn is(&self, _: &Heap, wanted: &Q) -> Result<bool, HeapError> {
        Ok(self.borrow() == wanted)
    }
}

/// Can be put into a [`heap::HashMap`](super::HashMap) as a key `K`: a `K` itself, and what makes one in the heap in the same step, such
/// as a `&str` for a [`String`].
///
/// Implemented for these and nothing else.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be put into a map of a heap as a key `{K}`",
    note = "a `{K}` can if it is `Hash` and `Eq`, or a `heap::String`, for which a `&str` can as well"
)]
#[expect(private_bounds, reason = "nobody else implements it")]
pub trait IntoKey<K>: IntoHeap<K> + Find<K> {}

/// How it is found whether there is such a key.
pub(super) trait Find<K> {
    /// The hash of the key.
    fn hash_as_key(&self, heap: &Heap, seed: u64) -> Result<u64, HeapError>;

    /// The hash of a key of the map.
    fn hash_of(heap: &Heap, seed: u64, key: &K) -> Result<u64, HeapError>;

    /// Whether a key of the map equals this one.
    fn equals(&self, heap: &Heap, key: &K) -> Result<bool, HeapError>;
}

impl<K: ShmSafe + Hash + Eq> IntoKey<K> for K {}

impl<K: ShmSafe + Hash + Eq> Find<K> for K {
    #[inline]
    fn hash_as_key(&self, _: &Heap, seed: u64) -> Result<u64, HeapError> {
        Ok(hash(seed, self))
    }

    #[inline]
    fn hash_of(_: &Heap, seed: u64, key: &K) -> Result<u64, HeapError> {
        Ok(hash(seed, key))
    }

    #[inline]
    fn equals(&self, _: &Heap, key: &K) -> Result<bool, HeapError> {
        Ok(self == key)
    }
}

/// Keys whose contents lie in the heap, by what those are as a slice.
macro_rules! keys_in_the_heap {
    ($([$($generics:tt)*] $key:ty, $slice:ty, $contents:ident;)*) => {$(
        impl<$($generics)*> Key<$slice> for $key {}

        impl<$($generics)*> Compare<$slice> for $key {
            #[inline]
            fn hash(_: &Heap, seed: u64, wanted: &$slice) -> Result<u64, HeapError> {
                Ok(hash(seed, wanted))
            }

            #[inline]
            fn is(&self, heap: &Heap, wanted: &$slice) -> Result<bool, HeapError> {
                Ok(self.$contents(heap)? == wanted)
            }
        }

        impl<$($generics)*> Key<Self> for $key {}

        impl<$($generics)*> Compare<Self> for $key {
            fn hash(heap: &Heap, seed: u64, wanted: &Self) -> Result<u64, HeapError> {
                Ok(hash(seed, wanted.$contents(heap)?))
            }

            fn is(&self, heap: &Heap, wanted: &Self) -> Result<bool, HeapError> {
                Ok(self.$contents(heap)? == wanted.$contents(heap)?)
            }
        }

        impl<$($generics)*> IntoKey<Self> for $key {}

        impl<$($generics)*> Find<Self> for $key {
            fn hash_as_key(&self, heap: &Heap, seed: u64) -> Result<u64, HeapError> {
                <Self as Compare<Self>>::hash(heap, seed, self)
            }

            fn hash_of(heap: &Heap, seed: u64, key: &Self) -> Result<u64, HeapError> {
                <Self as Compare<Self>>::hash(heap, seed, key)
            }

            fn equals(&self, heap: &Heap, key: &Self) -> Result<bool, HeapError> {
                <Self as Compare<Self>>::is(key, heap, self)
            }
        }
    )*};
}

keys_in_the_heap! {
    [] String, str, as_str;
    [T: ShmSafe + Hash + Eq] Vec<T>, [T], as_slice;
}

/// What makes a key in the heap, by what its contents are.
macro_rules! makers {
    ($([$($generics:tt)*] $type:ty => $key:ty, |$this:ident| $contents:expr;)*) => {$(
        impl<$($generics)*> IntoKey<$key> for $type {}

        impl<$($generics)*> Find<$key> for $type {
            #[inline]
            fn hash_as_key(&self, _: &Heap, seed: u64) -> Result<u64, HeapError> {
                let $this = self;
                Ok(hash(seed, $contents))
            }

            fn hash_of(heap: &Heap, seed: u64, key: &$key) -> Result<u64, HeapError> {
                <$key as Find<$key>>::hash_of(heap, seed, key)
            }

            #[inline]
            fn equals(&self, heap: &Heap, key: &$key) -> Result<bool, HeapError> {
                let $this = self;
                key.is(heap, $contents)
            }
        }
    )*};
}

makers! {
    [] &str => String, |text| *text;
    [] &std::string::String => String, |text| text.as_str();
    [T: ShmSafe + Copy + Hash + Eq] &[T] => Vec<T>, |elements| *elements;
    [T: ShmSafe + Copy + Hash + Eq, const N: usize] [T; N] => Vec<T>, |elements| elements.as_slice();
    [T: ShmSafe + Copy + Hash + Eq, const N: usize] &[T; N] => Vec<T>, |elements| elements.as_slice();
}
