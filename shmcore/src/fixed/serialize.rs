//! `Serialize` and `Deserialize`, as std's types have them: a list is written and read as a `Vec`, a map as a `HashMap`.
//!
//! They are together, and apart from the containers, because they are all alike, and there with the feature `serde` only. What does
//! not fit into a container is an error of the deserialiser. A slab is written with its handles, which stay what they are.
//!
//! `deserialize_in_place` fills a container where it lies; if it fails, the elements that came before are there.

use std::fmt;
use std::hash::Hash;
use std::time::Duration;

use serde::de::{Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{ShmDeque, ShmDuration, ShmMap, ShmOption, ShmSet, ShmString, ShmVec};
use crate::ShmSafe;

mod slab;

/// Writes elements, which are counted before: a number that was damaged is not theirs.
fn write_sequence<S: Serializer>(
    serializer: S,
    elements: &(impl Iterator<Item: Serialize> + Clone),
) -> Result<S::Ok, S::Error> {
    let mut sequence = serializer.serialize_seq(Some(elements.clone().count()))?;
    elements.clone().try_for_each(|element| sequence.serialize_element(&element))?;
    sequence.end()
}

/// Reads elements into a container, which was emptied. Where it lies: one that is large does not fit on a stack.
struct Reader<'a, C>(&'a mut C);

macro_rules! sequences {
    ($($name:ident $what:literal [$($bound:ident)*] $add:ident;)*) => {$(
        #[doc = concat!("As ", $what, ". With the feature `serde`.")]
        impl<T: ShmSafe + Serialize, const N: usize> Serialize for $name<T, N> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                write_sequence(serializer, &self.iter())
            }
        }

        #[doc = concat!("As ", $what, "; more elements than `N` are an error. With the feature `serde`.")]
        impl<'de, T: ShmSafe + Deserialize<'de> $(+ $bound)*, const N: usize> Deserialize<'de> for $name<T, N> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let mut container = Self::new();
                Self::deserialize_in_place(deserializer, &mut container)?;
                Ok(container)
            }

            fn deserialize_in_place<D: Deserializer<'de>>(deserializer: D, place: &mut Self) -> Result<(), D::Error> {
                place.clear();
                deserializer.deserialize_seq(Reader(place))
            }
        }

        impl<'de, T: ShmSafe + Deserialize<'de> $(+ $bound)*, const N: usize> Visitor<'de> for Reader<'_, $name<T, N>> {
            type Value = ();

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a sequence of at most {N} elements")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
                while let Some(element) = elements.next_element()? {
                    self.0.$add(element).map_err(Error::custom)?;
                }
                Ok(())
            }
        }
    )*};
}

sequences! {
    ShmVec "a `Vec`" [] push;
    ShmDeque "a `VecDeque`" [] push_back;
    ShmSet "a `HashSet`" [Eq Hash] insert;
}

/// As a `HashMap`. With the feature `serde`.
impl<K: ShmSafe + Serialize, V: ShmSafe + Serialize, const N: usize> Serialize for ShmMap<K, V, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // They are counted because a number that was damaged is not theirs.
        let mut map = serializer.serialize_map(Some(self.iter().count()))?;
        self.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
        map.end()
    }
}

/// As a `HashMap`; more entries than `N` are an error. With the feature `serde`.
impl<'de, K, V, const N: usize> Deserialize<'de> for ShmMap<K, V, N>
where
    K: ShmSafe + Eq + Hash + Deserialize<'de>,
    V: ShmSafe + Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut map = Self::new();
        Self::deserialize_in_place(deserializer, &mut map)?;
        Ok(map)
    }

    fn deserialize_in_place<D: Deserializer<'de>>(deserializer: D, place: &mut Self) -> Result<(), D::Error> {
        place.clear();
        deserializer.deserialize_map(Reader(place))
    }
}

impl<'de, K, V, const N: usize> Visitor<'de> for Reader<'_, ShmMap<K, V, N>>
where
    K: ShmSafe + Eq + Hash + Deserialize<'de>,
    V: ShmSafe + Deserialize<'de>,
{
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a map of at most {N} entries")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some((key, value)) = entries.next_entry()? {
            self.0.insert(key, value).map_err(Error::custom)?;
        }
        Ok(())
    }
}

/// As a `String`. With the feature `serde`.
impl<const N: usize> Serialize for ShmString<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// As a `String`; more bytes than `N` are an error. With the feature `serde`.
impl<'de, const N: usize> Deserialize<'de> for ShmString<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut text = Self::new();
        Self::deserialize_in_place(deserializer, &mut text)?;
        Ok(text)
    }

    fn deserialize_in_place<D: Deserializer<'de>>(deserializer: D, place: &mut Self) -> Result<(), D::Error> {
        place.clear();
        deserializer.deserialize_str(Reader(place))
    }
}

impl<const N: usize> Visitor<'_> for Reader<'_, ShmString<N>> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a string of at most {N} bytes")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.0.push_str(text).map_err(Error::custom)
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<(), E> {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.visit_str(text),
            Err(_) => Err(Error::invalid_value(Unexpected::Bytes(bytes), &self)),
        }
    }
}

/// As an `Option`. With the feature `serde`.
impl<T: Serialize> Serialize for ShmOption<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_ref().serialize(serializer)
    }
}

/// As an `Option`. With the feature `serde`.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for ShmOption<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::from)
    }
}

/// As a `Duration`. With the feature `serde`.
impl Serialize for ShmDuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.get().serialize(serializer)
    }
}

/// As a `Duration`. With the feature `serde`.
impl<'de> Deserialize<'de> for ShmDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Duration::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests;
