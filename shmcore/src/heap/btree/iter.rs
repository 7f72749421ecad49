//! The entries of an ordered map, one after the other.
//!
//! # Safety
//!
//! 1. The cursors are of the tree of a map that is borrowed for `'a`.
#![allow(unsafe_code, reason = "reaches keys and values")]

use std::fmt;
use std::iter::FusedIterator;
use std::marker::PhantomData;

use super::BTreeMap;
use super::Tree;
use super::cursor::{Cursor, Passed};
use crate::ShmSafe;

/// Some entries of a [`BTreeMap`], in the order of their keys.
pub struct Range<'a, K: ShmSafe, V: ShmSafe> {
    /// The tree, and the places before the first entry and behind the last one that is left.
    ends: Option<(Tree<'a>, Cursor<'a>, Cursor<'a>)>,
    /// At least as many as are left: more do not come out of a tree that was written over.
    left: usize,
    map: PhantomData<&'a BTreeMap<K, V>>,
}

/// The entries of a [`BTreeMap`], in the order of their keys.
pub struct Iter<'a, K: ShmSafe, V: ShmSafe>(pub(super) Range<'a, K, V>);

// SAFETY: `Send` requires that it may be used on another thread. It gives what `&BTreeMap` gives, which reads the nodes only.
unsafe impl<K: ShmSafe + Sync, V: ShmSafe + Sync> Send for Range<'_, K, V> {}
// SAFETY: `Sync` requires that several threads may use it at once, which can do nothing with it.
unsafe impl<K: ShmSafe + Sync, V: ShmSafe + Sync> Sync for Range<'_, K, V> {}

impl<'a, K: ShmSafe, V: ShmSafe> Range<'a, K, V> {
    pub(super) const fn none() -> Self {
        Self { ends: None, left: 0, map: PhantomData }
    }

    /// The entries between two places of the tree of a map that is borrowed for `'a`.
    pub(super) fn between(tree: Tree<'a>, front: Cursor<'a>, back: Cursor<'a>) -> Self {
        Self { ends: Some((tree, front, back)), left: tree.len(), map: PhantomData }
    }

    /// The next entry from one of the ends.
    #[inline]
    fn pass(
        &mut self,
        pass: impl FnOnce(&Tree<'a>, &mut Cursor<'a>, &mut Cursor<'a>) -> Option<Passed<'a>>,
    ) -> Option<(&'a K, &'a V)> {
        let (tree, front, back) = self.ends.as_mut()?;
        if self.left == 0 || front.is_at(back) {
            return None;
        }
        self.left -= 1;
        let Some((node, slot)) = pass(tree, front, back) else {
            self.ends = None;
            return None;
        };
        // SAFETY: `key_in` requires a borrowed map and a slot with an entry: invariant 1.
        let key = unsafe { BTreeMap::<K, V>::key_in(node, slot) };
        // SAFETY: as above.
        Some((key, unsafe { BTreeMap::<K, V>::value_in(node, slot) }))
    }
}

impl<K: ShmSafe, V: ShmSafe> Clone for Range<'_, K, V> {
    fn clone(&self) -> Self {
        Self { ends: self.ends, left: self.left, map: PhantomData }
    }
}

impl<'a, K: ShmSafe, V: ShmSafe> Iterator for Range<'a, K, V> {
    type Item = (&'a K, &'a V);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.pass(|tree, front, _| front.next(tree).ok().flatten())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left))
    }
}

impl<K: ShmSafe, V: ShmSafe> DoubleEndedIterator for Range<'_, K, V> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        self.pass(|tree, _, back| back.next_back(tree).ok().flatten())
    }
}

impl<K: ShmSafe, V: ShmSafe> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<'a, K: ShmSafe, V: ShmSafe> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.left, Some(self.0.left))
    }
}

impl<K: ShmSafe, V: ShmSafe> DoubleEndedIterator for Iter<'_, K, V> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back()
    }
}

macro_rules! parts {
    ($(#[$doc:meta] $name:ident: $item:ty, $entry:ident => $part:expr;)*) => {$(
        #[$doc]
        pub struct $name<'a, K: ShmSafe, V: ShmSafe>(pub(super) Iter<'a, K, V>);

        impl<K: ShmSafe, V: ShmSafe> Clone for $name<'_, K, V> {
            fn clone(&self) -> Self {
                Self(self.0.clone())
            }
        }

        impl<'a, K: ShmSafe, V: ShmSafe> Iterator for $name<'a, K, V> {
            type Item = $item;

            #[inline]
            fn next(&mut self) -> Option<Self::Item> {
                self.0.next().map(|$entry| $part)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.0.size_hint()
            }
        }

        impl<K: ShmSafe, V: ShmSafe> DoubleEndedIterator for $name<'_, K, V> {
            #[inline]
            fn next_back(&mut self) -> Option<Self::Item> {
                self.0.next_back().map(|$entry| $part)
            }
        }
    )*};
}

parts! {
    /// The keys of a [`BTreeMap`], in their order.
    Keys: &'a K, entry => entry.0;
    /// The values of a [`BTreeMap`], in the order of their keys.
    Values: &'a V, entry => entry.1;
}

macro_rules! iterators {
    ($($name:ident)*) => {$(
        impl<K: ShmSafe, V: ShmSafe> FusedIterator for $name<'_, K, V> {}

        impl<K: ShmSafe + fmt::Debug, V: ShmSafe + fmt::Debug> fmt::Debug for $name<'_, K, V> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_list().entries(self.clone()).finish()
            }
        }
    )*};
}

iterators! { Range Iter Keys Values }

macro_rules! exact {
    ($($name:ident)*) => {$(
        impl<K: ShmSafe, V: ShmSafe> ExactSizeIterator for $name<'_, K, V> {}
    )*};
}

exact! { Iter Keys Values }
