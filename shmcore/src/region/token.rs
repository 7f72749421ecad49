//! The number by which a process is known in shared memory.
//!
//! ```text
//! bit 63      47 46           25 24            0
//!     |    0    | process id    | random        |
//! ```
//!
//! The process id is for messages. Whether the process lives is never read from it, because ids are used again.

use std::fmt;
use std::io;
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};

use super::registry;
use crate::sys;

/// Bits below the process id.
const RANDOM_BITS: u32 = 25;

/// The token of this process; 0 until it is first asked for, and again after a fork.
static CURRENT: AtomicU64 = AtomicU64::new(0);
/// The same, but 0 until every region knows it, so that it may stand in a lock word.
static REGISTERED: AtomicU64 = AtomicU64::new(0);

/// A process, as shared memory knows it: a number of 47 bits, never 0, drawn at random for each process.
///
/// A process writes its token where the others find it; they ask a handle of the same region whether it
/// [lives](crate::Shared::is_alive). A forked child has a token of its own.
///
/// # Layout
///
/// The process id is in the upper 22 bits, for messages; 25 random bits tell apart two processes that had the same id
/// one after the other.
///
/// # Examples
///
/// ```
/// use shmcore::{create_shared, process::Token};
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// let owner = create_shared::<AtomicU64>()?;
/// owner.store(Token::current()?.to_bits(), Ordering::Relaxed);
///
/// let token = Token::from_bits(owner.load(Ordering::Relaxed)).ok_or("nobody")?;
/// assert_eq!(token.pid(), std::process::id());
/// assert!(owner.is_alive(token)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token(NonZero<u64>);

impl Token {
    /// Bits of a token, all told: process ids of Linux have at most 22.
    pub(super) const BITS: u32 = 47;

    /// The token of this process. The same at each call, unless another process turns out to have it.
    ///
    /// # Errors
    ///
    /// Of `getrandom(2)` and `pthread_atfork(3)`, at the first call in a process.
    pub fn current() -> io::Result<Self> {
        registry::require_fork_handlers()?;
        Ok(Self::current_or_drawn()?)
    }

    /// The number, for an [`AtomicU64`] in shared memory.
    #[must_use]
    pub const fn to_bits(self) -> u64 {
        self.0.get()
    }

    /// The token with this number; `None` if it is none: 0, or of more than 47 bits.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Option<Self> {
        match NonZero::new(bits) {
            Some(bits) if bits.get() >> Self::BITS == 0 => Some(Self(bits)),
            _ => None,
        }
    }

    /// The id of the process, as it was when the token was drawn and in its own pid namespace.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "22 bits are left")]
    pub const fn pid(self) -> u32 {
        (self.0.get() >> RANDOM_BITS) as u32
    }

    pub(super) fn current_or_drawn() -> Result<Self, sys::Failed> {
        if let Some(token) = Self::from_bits(CURRENT.load(Ordering::Relaxed)) {
            return Ok(token);
        }
        let drawn = Self::draw()?;
        // Whoever is first decides for all threads.
        let result = CURRENT.compare_exchange(0, drawn.to_bits(), Ordering::Relaxed, Ordering::Relaxed);
        Ok(result.err().and_then(Self::from_bits).unwrap_or(drawn))
    }

    /// A token that this process did not have before.
    pub(super) fn draw() -> Result<Self, sys::Failed> {
        let random = u64::from(u32::from_ne_bytes(sys::random::bytes()?)) >> (32 - RANDOM_BITS);
        let bits = u64::from(std::process::id()) << RANDOM_BITS | random;
        // A process id is never 0, and a bit of a kernel to come beyond the 22nd is cut off.
        Ok(Self::from_bits(bits & ((1 << Self::BITS) - 1)).unwrap_or(Self(NonZero::<u64>::MIN)))
    }

    /// Makes this the token of the process. Every region knows it already.
    pub(super) fn set_current(self) {
        CURRENT.store(self.to_bits(), Ordering::Relaxed);
        // Once lock words may hold a token, they may hold this one; never the old one where another process has it.
        if REGISTERED.load(Ordering::Relaxed) != 0 {
            self.set_registered();
        }
    }

    /// Says that every region knows the token, which is the current one.
    pub(super) fn set_registered(self) {
        // Nothing is published by it: the kernel's locks, which others ask for, were taken by system calls before.
        REGISTERED.store(self.to_bits(), Ordering::Relaxed);
    }

    /// The token of this process if every region knows it, else 0.
    #[inline]
    pub(super) fn registered_bits() -> u64 {
        REGISTERED.load(Ordering::Relaxed)
    }

    /// Leaves the process without a token, as a forked child is.
    pub(super) fn forget_current() {
        CURRENT.store(0, Ordering::Relaxed);
        REGISTERED.store(0, Ordering::Relaxed);
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({:#x}, pid {})", self.0, self.pid())
    }
}

#[cfg(test)]
mod tests {
    use super::Token;

    #[test]
    fn token_has_at_most_47_bits_and_is_not_zero() {
        assert_eq!(Token::from_bits(0), None);
        assert_eq!(Token::from_bits(1 << 47), None);
        assert!(Token::from_bits((1 << 47) - 1).is_some());
    }

    #[test]
    fn token_of_a_process_stays_and_names_it() {
        let token = Token::current().expect("drawn");
        assert_eq!(token.pid(), std::process::id());
        assert_eq!(Token::current().expect("known"), token);
        assert_eq!(Token::from_bits(token.to_bits()), Some(token));
    }
}
