//! The 128-bit fingerprint: a hash that every compiler, every build and every machine computes alike.
//!
//! FNV-1a was chosen because it is four lines that const evaluation runs quickly; it is not cryptographic. The folder of
//! this name holds a table of layouts with their bytes and fingerprints, `vectors.txt`.

use core::fmt;

/// A 128-bit hash of a layout: FNV-1a over its encoded form.
///
/// Shown as 32 hexadecimal digits. See [`Layout::fingerprint`](super::tree::Layout::fingerprint).
///
/// # Examples
///
/// ```
/// use shmcore::ShmSafe;
///
/// let fingerprint = <[u8; 4]>::LAYOUT.fingerprint();
/// assert_eq!(fingerprint.to_string().len(), 32);
/// assert_eq!(fingerprint.as_u128().to_be_bytes()[0], 0x23);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(u128);

impl Fingerprint {
    /// FNV's offset basis: the hash of no bytes.
    pub(super) const EMPTY: Self = Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);

    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

    pub(super) const fn with_byte(self, byte: u8) -> Self {
        Self((self.0 ^ byte as u128).wrapping_mul(Self::PRIME))
    }

    /// The fingerprint as a number.
    #[must_use]
    pub const fn as_u128(self) -> u128 {
        self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

#[cfg(test)]
mod tests;
