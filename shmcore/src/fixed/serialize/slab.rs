//! A slab is written with the generations of all its places, so that the handles of before find what they found, and nothing where
//! the value was removed.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Reader, write_sequence};
use crate::ShmSafe;
use crate::fixed::{Handle, ShmSlab};

const FIELDS: [&str; 2] = ["values", "vacant"];

/// As the tuple of its place and its generation. With the feature `serde`.
impl<T> Serialize for Handle<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.index(), self.generation()).serialize(serializer)
    }
}

/// As the tuple of its place and its generation. With the feature `serde`.
impl<'de, T> Deserialize<'de> for Handle<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <(u32, u32)>::deserialize(deserializer).map(|(index, generation)| Self::new(index, generation))
    }
}

/// As a struct of two sequences: `values` are tuples of a handle and its value, `vacant` are the places that were used and are free,
/// written as handles with the generation that they were left with. With the feature `serde`.
impl<T: ShmSafe + Serialize, const N: usize> Serialize for ShmSlab<T, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut slab = serializer.serialize_struct("ShmSlab", FIELDS.len())?;
        slab.serialize_field(FIELDS[0], &Sequence(self.iter()))?;
        slab.serialize_field(FIELDS[1], &Sequence(self.vacant()))?;
        slab.end()
    }
}

struct Sequence<I>(I);

impl<I: Iterator<Item: Serialize> + Clone> Serialize for Sequence<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write_sequence(serializer, &self.0)
    }
}

/// With the same handles as the slab that was written; those of values that were removed before that find nothing. A place that is not
/// one of `N`, or comes twice, is an error, and so is a generation that values, or free places, do not have. With the feature `serde`.
impl<'de, T: ShmSafe + Deserialize<'de>, const N: usize> Deserialize<'de> for ShmSlab<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut slab = Self::new();
        Self::deserialize_in_place(deserializer, &mut slab)?;
        Ok(slab)
    }

    fn deserialize_in_place<D: Deserializer<'de>>(deserializer: D, place: &mut Self) -> Result<(), D::Error> {
        place.start_anew();
        let read = deserializer.deserialize_struct("ShmSlab", &FIELDS, Reader(&mut *place));
        place.repair();
        read
    }
}

impl<'de, T: ShmSafe + Deserialize<'de>, const N: usize> Visitor<'de> for Reader<'_, ShmSlab<T, N>> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a slab of at most {N} places")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        fields.next_element_seed(Places::values(self.0))?.ok_or_else(|| Error::invalid_length(0, &self))?;
        fields.next_element_seed(Places::vacant(self.0))?.ok_or_else(|| Error::invalid_length(1, &self))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let mut read = [false; FIELDS.len()];
        while let Some(Field(field)) = fields.next_key()? {
            let Some(field) = field else {
                fields.next_value::<IgnoredAny>()?;
                continue;
            };
            if std::mem::replace(&mut read[field], true) {
                return Err(Error::duplicate_field(FIELDS[field]));
            }
            match field {
                0 => fields.next_value_seed(Places::values(self.0))?,
                _ => fields.next_value_seed(Places::vacant(self.0))?,
            }
        }
        match read.iter().position(|read| !read) {
            Some(missing) => Err(Error::missing_field(FIELDS[missing])),
            None => Ok(()),
        }
    }
}

/// The number of a field in [`FIELDS`]; others are passed over, as serde does.
struct Field(Option<usize>);

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;

        impl Visitor<'_> for Name {
            type Value = Field;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a field")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Field, E> {
                Ok(Field(usize::try_from(number).ok().filter(|&number| number < FIELDS.len())))
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Field, E> {
                Ok(Field(FIELDS.iter().position(|&field| field == name)))
            }

            fn visit_bytes<E: Error>(self, name: &[u8]) -> Result<Field, E> {
                Ok(Field(FIELDS.iter().position(|field| field.as_bytes() == name)))
            }
        }

        deserializer.deserialize_identifier(Name)
    }
}

/// Reads one of the two sequences, whose elements are `Item`s.
struct Places<'a, T, const N: usize, Item> {
    slab: &'a mut ShmSlab<T, N>,
    split: fn(Item) -> (Handle<T>, Option<T>),
    items: PhantomData<Item>,
}

impl<'a, T, const N: usize> Places<'a, T, N, (Handle<T>, T)> {
    fn values(slab: &'a mut ShmSlab<T, N>) -> Self {
        Self { slab, split: |(handle, value)| (handle, Some(value)), items: PhantomData }
    }
}

impl<'a, T, const N: usize> Places<'a, T, N, Handle<T>> {
    fn vacant(slab: &'a mut ShmSlab<T, N>) -> Self {
        Self { slab, split: |handle| (handle, None), items: PhantomData }
    }
}

impl<'de, T: ShmSafe, const N: usize, Item: Deserialize<'de>> DeserializeSeed<'de>
    for Places<'_, T, N, Item>
{
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: ShmSafe, const N: usize, Item: Deserialize<'de>> Visitor<'de> for Places<'_, T, N, Item> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a sequence of at most {N} places of a slab")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element()? {
            let (handle, value) = (self.split)(item);
            self.slab.put_back(handle, value).map_err(|misfit| {
                Error::custom(format_args!("{handle:?} in a slab of {N} places: {misfit}"))
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
