//! Padding: the proof that there is none, and the words for `#[shm(deny_padding)]` where there is some.

use crate::layout::tree::{Field, Kind, Layout};

/// A number of bytes of padding.
#[derive(Debug)]
pub struct Bytes<const N: usize>;

/// Implemented by `Bytes<0>` only.
pub trait None {}

impl None for Bytes<0> {}

/// Implemented by every type for itself only.
pub trait SameAs<T: ?Sized> {}

impl<T: ?Sized> SameAs<T> for T {}

/// The bytes between the end of one field and the start of what follows; 0 if that lies before, as a field without
/// a size may.
#[must_use]
pub const fn gap(end: usize, next: usize) -> usize {
    next.saturating_sub(end)
}

/// The bytes of padding inside a type, at any depth; of an enum, those of the variant that has most.
#[must_use]
pub const fn inside(layout: &Layout<'_>) -> usize {
    match layout.kind {
        Kind::Primitive(_) | Kind::NonZero(_) => 0,
        Kind::Array { element, len } => len * inside(element),
        Kind::Struct { fields } | Kind::Opaque { fields, .. } => around(layout.size, fields),
        Kind::Enum { tag, variants } => {
            let rest = layout.size - tag.size();
            let mut most = 0;
            let mut i = 0;
            while i < variants.len() {
                let bytes = around(rest, variants[i].fields);
                if bytes > most {
                    most = bytes;
                }
                i += 1;
            }
            most
        }
    }
}

/// The padding in `size` bytes that hold `fields`.
const fn around(size: usize, fields: &[Field<'_>]) -> usize {
    let mut bytes = size;
    let mut i = 0;
    while i < fields.len() {
        bytes = bytes - fields[i].layout.size + inside(fields[i].layout);
        i += 1;
    }
    bytes
}

/// A message that is put together in const evaluation.
#[derive(Debug)]
pub struct Message {
    text: [u8; Self::CAPACITY],
    len: usize,
}

impl Message {
    /// What does not fit is cut off.
    const CAPACITY: usize = 512;

    /// "`Order` has 3 bytes of padding after field `side`": the name, the number, the rest.
    #[must_use]
    pub const fn new(name: &str, bytes: usize, rest: &str) -> Self {
        let mut message = Self { text: [0; Self::CAPACITY], len: 0 };
        message.push("`");
        message.push(name);
        message.push("` has ");
        message.push_number(bytes);
        message.push(if bytes == 1 { " byte " } else { " bytes " });
        message.push(rest);
        message
    }

    /// The message.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        let text = self.text.split_at(self.len).0;
        match core::str::from_utf8(text) {
            Ok(text) => text,
            // Cut within a character.
            Err(_) => "there is padding",
        }
    }

    /// Fails the evaluation of a constant with the message, at the place of the call.
    ///
    /// # Panics
    ///
    /// Always.
    #[track_caller]
    pub const fn fail(&self) -> ! {
        panic!("{}", self.as_str())
    }

    const fn push(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut i = 0;
        while i < bytes.len() && self.len < Self::CAPACITY {
            self.text[self.len] = bytes[i];
            self.len += 1;
            i += 1;
        }
    }

    const fn push_number(&mut self, number: usize) {
        if number >= 10 {
            self.push_number(number / 10);
        }
        let digits = "0123456789";
        self.push(digits.split_at(number % 10).1.split_at(1).0);
    }
}

#[cfg(test)]
mod tests {
    use super::{Message, inside};
    use crate::ShmSafe;

    #[test]
    fn message_counts_bytes() {
        assert_eq!(Message::new("A", 1, "of it").as_str(), "`A` has 1 byte of it");
        assert_eq!(Message::new("A", 1030, "of it").as_str(), "`A` has 1030 bytes of it");
    }

    #[test]
    fn padding_is_found_at_any_depth() {
        #[derive(ShmSafe)]
        #[repr(C)]
        struct Inner {
            a: u32,
            b: u8,
        }
        #[derive(ShmSafe)]
        #[repr(C)]
        struct Outer {
            inners: [Inner; 4],
            last: u32,
        }
        assert_eq!(inside(Outer::LAYOUT), 12);
        assert_eq!(inside(<[u8; 64]>::LAYOUT), 0);
    }
}
