//! The encoded form of a layout: the bytes in a region's header, and what the fingerprint is taken of.
//!
//! One traversal serves both uses and runs in const evaluation: it counts, hashes and, where it is given a
//! buffer, writes.
//!
//! ```text
//! type      name size align kind
//! kind      01 primitive                                   a number, bool, char, atomic
//!           02 primitive                                   never zero
//!           03 len type                                    array
//!           04 count field…                                struct
//!           05 primitive count variant…                    enum, with the type of its tag
//!           06 version count field…                        opaque
//! field     name offset type
//! variant   name discriminant count field…
//! primitive one byte, the number of `Primitive`
//! name      length, then that many bytes of UTF-8
//! numbers   LEB128, unsigned; a discriminant is zigzag-coded first (0, -1, 1, -2 … become 0, 1, 2, 3 …)
//! ```
//!
//! Nothing in it depends on the byte order of the machine, on the compiler or on addresses.

use super::fingerprint::Fingerprint;
use super::type_layout::{Field, Kind, Layout, Variant};

/// The longest encoded layout that a region accepts, in bytes.
///
/// A type whose layout needs more does not compile where it is placed into a region.
pub const MAX_ENCODED_LEN: usize = 64 * 1024;

/// A node has at least five bytes of encoded form, so a layout that a region accepts has no more nodes than this.
pub(super) const MAX_NODES: usize = MAX_ENCODED_LEN / 5;

impl Layout<'_> {
    /// The number of bytes of the encoded form, or `None` if they are more than [`MAX_ENCODED_LEN`].
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::ShmSafe;
    ///
    /// assert_eq!(u32::LAYOUT.encoded_len(), Some(8));
    /// ```
    #[must_use]
    pub const fn encoded_len(&self) -> Option<usize> {
        let mut encoder = Encoder::counting();
        encoder.type_layout(self);
        if encoder.len <= MAX_ENCODED_LEN { Some(encoder.len) } else { None }
    }

    /// Writes the encoded form to the start of `out` and returns its length in bytes.
    ///
    /// Returns `None`, with the contents of `out` unspecified, if `out` is shorter than
    /// [`encoded_len`](Self::encoded_len) or the layout has none.
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::ShmSafe;
    ///
    /// let mut out = [0; 16];
    /// assert_eq!(u32::LAYOUT.encode(&mut out), Some(8));
    /// assert_eq!(out[..8], [3, b'u', b'3', b'2', 4, 4, 1, 3]);
    /// assert_eq!(u32::LAYOUT.encode(&mut out[..7]), None);
    /// ```
    #[must_use]
    pub const fn encode(&self, out: &mut [u8]) -> Option<usize> {
        let mut encoder = Encoder { len: 0, use_of_bytes: UseOfBytes::Write(out) };
        encoder.type_layout(self);
        let len = encoder.len;
        if len <= out.len() && len <= MAX_ENCODED_LEN { Some(len) } else { None }
    }

    /// The 128-bit fingerprint of this layout: FNV-1a over the encoded form.
    ///
    /// Two layouts with the same fingerprint are the same for every practical purpose, but an adversary can
    /// make two that collide; regions compare the encoded forms byte for byte.
    ///
    /// A layout whose encoded form is longer than [`MAX_ENCODED_LEN`] has a fingerprint of its first part only.
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::ShmSafe;
    ///
    /// assert_eq!(u32::LAYOUT.fingerprint().to_string(), "f737b701666599617ecae09e63a38290");
    /// assert_ne!(u32::LAYOUT.fingerprint(), i32::LAYOUT.fingerprint());
    /// ```
    #[must_use]
    pub const fn fingerprint(&self) -> Fingerprint {
        let mut encoder = Encoder { len: 0, use_of_bytes: UseOfBytes::Hash(Fingerprint::EMPTY) };
        encoder.type_layout(self);
        match encoder.use_of_bytes {
            UseOfBytes::Hash(fingerprint) => fingerprint,
            UseOfBytes::Count | UseOfBytes::Write(_) => unreachable!(),
        }
    }
}

/// What the encoder does with each byte.
enum UseOfBytes<'a> {
    Count,
    Hash(Fingerprint),
    /// Bytes that do not fit are counted and dropped.
    Write(&'a mut [u8]),
}

/// The traversal. It stops descending once the limit is passed, so that a layout whose expansion is
/// exponentially long (each struct holding the one before it twice) ends soon.
struct Encoder<'a> {
    len: usize,
    use_of_bytes: UseOfBytes<'a>,
}

impl Encoder<'_> {
    const fn counting() -> Self {
        Self { len: 0, use_of_bytes: UseOfBytes::Count }
    }

    const fn byte(&mut self, byte: u8) {
        match &mut self.use_of_bytes {
            UseOfBytes::Count => {}
            UseOfBytes::Hash(fingerprint) => *fingerprint = fingerprint.with_byte(byte),
            UseOfBytes::Write(out) => {
                if self.len < out.len() {
                    out[self.len] = byte;
                }
            }
        }
        self.len += 1;
    }

    #[expect(clippy::cast_possible_truncation, reason = "seven bits are left")]
    const fn number(&mut self, mut number: u128) {
        while number >= 0x80 {
            self.byte((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.byte(number as u8);
    }

    /// A signed number, zigzag-coded. Discriminants lie within the ranges of `i64` and `u64`.
    #[expect(clippy::cast_sign_loss, reason = "zigzag coding leaves no sign")]
    const fn signed(&mut self, number: i128) {
        self.number(((number << 1) ^ (number >> 127)) as u128);
    }

    const fn name(&mut self, name: &str) {
        let bytes = name.as_bytes();
        self.number(bytes.len() as u128);
        let mut i = 0;
        while i < bytes.len() {
            self.byte(bytes[i]);
            i += 1;
        }
    }

    const fn type_layout(&mut self, layout: &Layout<'_>) {
        if self.len > MAX_ENCODED_LEN {
            return;
        }
        self.name(layout.name);
        self.number(layout.size as u128);
        self.number(layout.align as u128);
        match &layout.kind {
            Kind::Primitive(primitive) => {
                self.byte(1);
                self.byte(*primitive as u8);
            }
            Kind::NonZero(primitive) => {
                self.byte(2);
                self.byte(*primitive as u8);
            }
            Kind::Array { element, len } => {
                self.byte(3);
                self.number(*len as u128);
                self.type_layout(element);
            }
            Kind::Struct { fields } => {
                self.byte(4);
                self.fields(fields);
            }
            Kind::Enum { tag, variants } => {
                self.byte(5);
                self.byte(*tag as u8);
                self.variants(variants);
            }
            Kind::Opaque { version, fields } => {
                self.byte(6);
                self.number(*version as u128);
                self.fields(fields);
            }
        }
    }

    const fn fields(&mut self, fields: &[Field<'_>]) {
        self.number(fields.len() as u128);
        let mut i = 0;
        while i < fields.len() {
            self.name(fields[i].name);
            self.number(fields[i].offset as u128);
            self.type_layout(fields[i].layout);
            i += 1;
        }
    }

    const fn variants(&mut self, variants: &[Variant<'_>]) {
        self.number(variants.len() as u128);
        let mut i = 0;
        while i < variants.len() {
            self.name(variants[i].name);
            self.signed(variants[i].discriminant);
            self.fields(variants[i].fields);
            i += 1;
        }
    }
}

#[cfg(test)]
mod tests;
