//! From and to the containers of std.

use super::ShmVec;
use crate::ShmSafe;
use crate::fixed::CapacityError;

impl<T: ShmSafe, const N: usize> TryFrom<Vec<T>> for ShmVec<T, N> {
    type Error = CapacityError<Vec<T>>;

    /// # Errors
    ///
    /// [`CapacityError`] with the `Vec` if it is longer than `N`.
    fn try_from(elements: Vec<T>) -> Result<Self, Self::Error> {
        if elements.len() > N {
            return Err(CapacityError::new(elements, N));
        }
        Ok(filled(elements))
    }
}

impl<T: ShmSafe, const N: usize, const M: usize> TryFrom<[T; M]> for ShmVec<T, N> {
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

impl<T: ShmSafe + Clone, const N: usize> TryFrom<&[T]> for ShmVec<T, N> {
    type Error = CapacityError<()>;

    /// # Errors
    ///
    /// [`CapacityError`] if the slice is longer than `N`.
    fn try_from(elements: &[T]) -> Result<Self, Self::Error> {
        Self::from_slice(elements)
    }
}

/// A list of elements that were counted.
fn filled<T: ShmSafe, const N: usize>(elements: impl IntoIterator<Item = T>) -> ShmVec<T, N> {
    let mut list = ShmVec::new();
    // They fit.
    let _ = list.try_extend(elements);
    list
}

impl<T: ShmSafe, const N: usize> From<ShmVec<T, N>> for Vec<T> {
    fn from(list: ShmVec<T, N>) -> Self {
        list.into_iter().collect()
    }
}
