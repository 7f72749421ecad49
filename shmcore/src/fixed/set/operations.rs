//! What two sets have to do with each other. Their capacities may differ.

use std::fmt;
use std::hash::Hash;
use std::iter::{Chain, FusedIterator};

use super::{Iter, ShmSet};
use crate::ShmSafe;

/// The elements that are in both of two sets.
pub struct Intersection<'a, K: ShmSafe, const N: usize, const M: usize> {
    elements: Iter<'a, K, N>,
    other: &'a ShmSet<K, M>,
}

/// The elements that are in the first of two sets, and not in the second.
pub struct Difference<'a, K: ShmSafe, const N: usize, const M: usize> {
    elements: Iter<'a, K, N>,
    other: &'a ShmSet<K, M>,
}

/// The elements that are in one of two sets or in both, each once.
pub struct Union<'a, K: ShmSafe + Eq + Hash, const N: usize, const M: usize>(
    Chain<Iter<'a, K, N>, Difference<'a, K, M, N>>,
);

/// The elements that are in one of two sets, and not in both.
pub struct SymmetricDifference<'a, K: ShmSafe + Eq + Hash, const N: usize, const M: usize>(
    Chain<Difference<'a, K, N, M>, Difference<'a, K, M, N>>,
);

macro_rules! iterators {
    ($($name:ident: $this:ident => $next:expr, $upper:expr;)*) => {$(
        impl<'a, K: ShmSafe + Eq + Hash, const N: usize, const M: usize> Iterator for $name<'a, K, N, M> {
            type Item = &'a K;

            fn next(&mut self) -> Option<&'a K> {
                let $this = self;
                $next
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                let $this = self;
                (0, $upper)
            }
        }

        impl<K: ShmSafe + Eq + Hash, const N: usize, const M: usize> FusedIterator for $name<'_, K, N, M> {}

        impl<K: ShmSafe + Eq + Hash, const N: usize, const M: usize> fmt::Debug for $name<'_, K, N, M> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )*};
}

iterators! {
    Intersection: this => this.elements.find(|element| this.other.contains(*element)), this.elements.size_hint().1;
    Difference: this => this.elements.find(|element| !this.other.contains(*element)), this.elements.size_hint().1;
    Union: this => this.0.next(), this.0.size_hint().1;
    SymmetricDifference: this => this.0.next(), this.0.size_hint().1;
}

impl<K: ShmSafe + Eq + Hash, const N: usize> ShmSet<K, N> {
    /// The elements that are in both sets, in no order.
    #[must_use]
    pub fn intersection<'a, const M: usize>(&'a self, other: &'a ShmSet<K, M>) -> Intersection<'a, K, N, M> {
        Intersection { elements: self.iter(), other }
    }

    /// The elements that are in this set, and not in the other one, in no order.
    #[must_use]
    pub fn difference<'a, const M: usize>(&'a self, other: &'a ShmSet<K, M>) -> Difference<'a, K, N, M> {
        Difference { elements: self.iter(), other }
    }

    /// The elements that are in one of the sets or in both, each once, in no order.
    #[must_use]
    pub fn union<'a, const M: usize>(&'a self, other: &'a ShmSet<K, M>) -> Union<'a, K, N, M> {
        Union(self.iter().chain(other.difference(self)))
    }

    /// The elements that are in one of the sets, and not in both, in no order.
    #[must_use]
    pub fn symmetric_difference<'a, const M: usize>(
        &'a self,
        other: &'a ShmSet<K, M>,
    ) -> SymmetricDifference<'a, K, N, M> {
        SymmetricDifference(self.difference(other).chain(other.difference(self)))
    }

    /// Whether no element is in both sets.
    #[must_use]
    pub fn is_disjoint<const M: usize>(&self, other: &ShmSet<K, M>) -> bool {
        self.intersection(other).next().is_none()
    }

    /// Whether all elements are in the other set.
    #[must_use]
    pub fn is_subset<const M: usize>(&self, other: &ShmSet<K, M>) -> bool {
        self.difference(other).next().is_none()
    }

    /// Whether all elements of the other set are in this one.
    #[must_use]
    pub fn is_superset<const M: usize>(&self, other: &ShmSet<K, M>) -> bool {
        other.is_subset(self)
    }
}
