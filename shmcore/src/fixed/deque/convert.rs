//! From and to the containers of std, and from other elements.

use std::collections::VecDeque;

use super::ShmDeque;
use crate::ShmSafe;
use crate::fixed::CapacityError;

impl<T: ShmSafe, const N: usize> ShmDeque<T, N> {
    /// Adds elements at the back as long as they fit.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] with the first one that does not fit; those before it were added.
    pub fn try_extend(&mut self, elements: impl IntoIterator<Item = T>) -> Result<(), CapacityError<T>> {
        elements.into_iter().try_for_each(|element| self.push_back(element))
    }
}

impl<T: ShmSafe, const N: usize> Extend<T> for ShmDeque<T, N> {
    /// Adds all elements at the back.
    ///
    /// # Panics
    ///
    /// If they do not fit; [`try_extend`](ShmDeque::try_extend) returns an error instead.
    #[track_caller]
    fn extend<I: IntoIterator<Item = T>>(&mut self, elements: I) {
        for element in elements {
            assert!(self.push_back(element).is_ok(), "more elements than the {N} that fit");
        }
    }
}

impl<'a, T: ShmSafe + Copy, const N: usize> Extend<&'a T> for ShmDeque<T, N> {
    /// Adds copies of all elements at the back.
    ///
    /// # Panics
    ///
    /// If they do not fit.
    #[track_caller]
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, elements: I) {
        self.extend(elements.into_iter().copied());
    }
}

macro_rules! from_and_to_std {
    ($($list:ident)*) => {$(
        impl<T: ShmSafe, const N: usize> TryFrom<$list<T>> for ShmDeque<T, N> {
            type Error = CapacityError<$list<T>>;

            /// # Errors
            ///
            /// [`CapacityError`] with the list if it is longer than `N`.
            fn try_from(elements: $list<T>) -> Result<Self, Self::Error> {
                if elements.len() > N {
                    return Err(CapacityError::new(elements, N));
                }
                Ok(filled(elements))
            }
        }

        impl<T: ShmSafe, const N: usize> From<ShmDeque<T, N>> for $list<T> {
            fn from(deque: ShmDeque<T, N>) -> Self {
                deque.into_iter().collect()
            }
        }
    )*};
}

from_and_to_std! { Vec VecDeque }

impl<T: ShmSafe, const N: usize, const M: usize> TryFrom<[T; M]> for ShmDeque<T, N> {
    type Error = CapacityError<[T; M]>;

    /// # Errors
    ///
    /// [`CapacityError`] with the array if it is longer than `N`.
    fn try_from(elements: [T; M]) -> Result<Self, Self::Error> {
        if M > N {
            return Err(CapacityError::new(elements, N));
        }
        Ok(filled(elements))
    }
}

/// A queue of elements that were counted.
fn filled<T: ShmSafe, const N: usize>(elements: impl IntoIterator<Item = T>) -> ShmDeque<T, N> {
    let mut deque = ShmDeque::new();
    // They fit.
    let _ = deque.try_extend(elements);
    deque
}
