//! What an option has because its value has it, and what std's `Option` and it are to each other.

use std::cmp::Ordering;
use std::fmt;
use std::{option, slice};

use super::ShmOption;

impl<T> Default for ShmOption<T> {
    /// `None`.
    fn default() -> Self {
        Self::None
    }
}

impl<T: fmt::Debug> fmt::Debug for ShmOption<T> {
    /// As std's `Option`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_ref().fmt(f)
    }
}

impl<T> From<T> for ShmOption<T> {
    fn from(value: T) -> Self {
        Self::Some(value)
    }
}

impl<T> From<Option<T>> for ShmOption<T> {
    fn from(option: Option<T>) -> Self {
        option.map_or(Self::None, Self::Some)
    }
}

impl<T> From<ShmOption<T>> for Option<T> {
    fn from(option: ShmOption<T>) -> Self {
        option.into_option()
    }
}

impl<T: PartialEq> PartialEq<Option<T>> for ShmOption<T> {
    fn eq(&self, other: &Option<T>) -> bool {
        self.as_ref() == other.as_ref()
    }
}

impl<T: PartialEq> PartialEq<ShmOption<T>> for Option<T> {
    fn eq(&self, other: &ShmOption<T>) -> bool {
        self.as_ref() == other.as_ref()
    }
}

impl<T: PartialOrd> PartialOrd<Option<T>> for ShmOption<T> {
    fn partial_cmp(&self, other: &Option<T>) -> Option<Ordering> {
        self.as_ref().partial_cmp(&other.as_ref())
    }
}

impl<T> IntoIterator for ShmOption<T> {
    type Item = T;
    type IntoIter = option::IntoIter<T>;

    fn into_iter(self) -> option::IntoIter<T> {
        self.into_option().into_iter()
    }
}

impl<'a, T> IntoIterator for &'a ShmOption<T> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    fn into_iter(self) -> slice::Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T> IntoIterator for &'a mut ShmOption<T> {
    type Item = &'a mut T;
    type IntoIter = slice::IterMut<'a, T>;

    fn into_iter(self) -> slice::IterMut<'a, T> {
        self.iter_mut()
    }
}
