//! From and to the texts of std, and from characters and pieces.

use std::str::FromStr;

use super::ShmString;
use crate::fixed::CapacityError;

impl<const N: usize> TryFrom<&str> for ShmString<N> {
    type Error = CapacityError<()>;

    /// # Errors
    ///
    /// [`CapacityError`] if the text is longer than `N` bytes.
    fn try_from(text: &str) -> Result<Self, Self::Error> {
        let mut copy = Self::new();
        copy.push_str(text)?;
        Ok(copy)
    }
}

impl<const N: usize> FromStr for ShmString<N> {
    type Err = CapacityError<()>;

    /// # Errors
    ///
    /// [`CapacityError`] if the text is longer than `N` bytes.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::try_from(text)
    }
}

impl<const N: usize> TryFrom<String> for ShmString<N> {
    type Error = CapacityError<String>;

    /// # Errors
    ///
    /// [`CapacityError`] with the `String` if it is longer than `N` bytes.
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::try_from(text.as_str()).map_err(|_| CapacityError::new(text, N))
    }
}

impl<const N: usize> TryFrom<char> for ShmString<N> {
    type Error = CapacityError<char>;

    /// # Errors
    ///
    /// [`CapacityError`] with the character if it has more than `N` bytes.
    fn try_from(character: char) -> Result<Self, Self::Error> {
        let mut text = Self::new();
        text.push(character)?;
        Ok(text)
    }
}

impl<const N: usize> From<ShmString<N>> for String {
    fn from(text: ShmString<N>) -> Self {
        text.as_str().to_owned()
    }
}

impl<const N: usize> From<&ShmString<N>> for String {
    fn from(text: &ShmString<N>) -> Self {
        text.as_str().to_owned()
    }
}

impl<const N: usize> ShmString<N> {
    /// Adds characters at the end as long as they fit.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] with the first one that does not fit; those before it were added.
    pub fn try_extend(
        &mut self,
        characters: impl IntoIterator<Item = char>,
    ) -> Result<(), CapacityError<char>> {
        characters.into_iter().try_for_each(|character| self.push(character))
    }

    /// Adds texts at the end as long as they fit, each as a whole.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] with the first one that does not fit; those before it were added.
    pub fn try_extend_str<S: AsRef<str>>(
        &mut self,
        texts: impl IntoIterator<Item = S>,
    ) -> Result<(), CapacityError<S>> {
        texts
            .into_iter()
            .try_for_each(|text| self.push_str(text.as_ref()).map_err(|_| CapacityError::new(text, N)))
    }
}

impl<const N: usize> Extend<char> for ShmString<N> {
    /// Adds all characters at the end.
    ///
    /// # Panics
    ///
    /// If they do not fit; [`try_extend`](ShmString::try_extend) returns an error instead.
    #[track_caller]
    fn extend<I: IntoIterator<Item = char>>(&mut self, characters: I) {
        for character in characters {
            assert!(self.push(character).is_ok(), "more text than the {N} bytes that fit");
        }
    }
}

impl<'a, const N: usize> Extend<&'a char> for ShmString<N> {
    /// Adds all characters at the end.
    ///
    /// # Panics
    ///
    /// If they do not fit.
    #[track_caller]
    fn extend<I: IntoIterator<Item = &'a char>>(&mut self, characters: I) {
        self.extend(characters.into_iter().copied());
    }
}

impl<'a, const N: usize> Extend<&'a str> for ShmString<N> {
    /// Adds all texts at the end.
    ///
    /// # Panics
    ///
    /// If they do not fit; [`try_extend_str`](ShmString::try_extend_str) returns an error instead.
    #[track_caller]
    fn extend<I: IntoIterator<Item = &'a str>>(&mut self, texts: I) {
        for text in texts {
            assert!(self.push_str(text).is_ok(), "more text than the {N} bytes that fit");
        }
    }
}

impl<const N: usize> Extend<String> for ShmString<N> {
    /// Adds all texts at the end.
    ///
    /// # Panics
    ///
    /// If they do not fit; [`try_extend_str`](ShmString::try_extend_str) returns an error instead.
    #[track_caller]
    fn extend<I: IntoIterator<Item = String>>(&mut self, texts: I) {
        for text in texts {
            assert!(self.push_str(&text).is_ok(), "more text than the {N} bytes that fit");
        }
    }
}
