//! Owners of lock words: the token that this process writes into one, and whether another one's process lives.
//!
//! It is apart from the registry because it is what a lock's fast path calls: one relaxed load.

use super::registry;
use super::token::Token;
use crate::sys::Failed;

/// The token of this process, registered in every region, for a lock word.
///
/// # Errors
///
/// At the first call in a process only: of the system calls that draw the token and make it known.
#[inline]
pub(crate) fn token() -> Result<u64, Failed> {
    match known_token() {
        Some(token) => Ok(token),
        None => first_token(),
    }
}

#[cold]
fn first_token() -> Result<u64, Failed> {
    registry::register_everywhere().map(Token::to_bits)
}

/// The same, unless it is the first call in this process.
#[inline]
pub(crate) fn known_token() -> Option<u64> {
    match Token::registered_bits() {
        0 => None,
        bits => Some(bits),
    }
}

/// Whether this is the token of this process now.
#[inline]
pub(crate) fn is_current(bits: u64) -> bool {
    bits == Token::registered_bits()
}

/// Whether this process wrote the token into a lock word, and not the one that it was forked from.
#[inline]
pub(crate) fn is_own(bits: u64) -> bool {
    is_current(bits) || was_own(bits)
}

/// Whether the token was another one before another process turned out to have it too.
#[cold]
fn was_own(bits: u64) -> bool {
    Token::from_bits(bits).is_some_and(registry::is_own)
}

/// Whether the process whose token stands in the word at `address` lives: a fact of the kernel. A word outside all regions
/// belongs to this process. What cannot be found out counts as living; so does what is no token.
#[cold]
pub(crate) fn lives(address: usize, bits: u64) -> bool {
    is_current(bits) || Token::from_bits(bits).is_none_or(|token| registry::owner_lives(address, token))
}

/// Whether that process, which [lives](lives) by its lock, has been killed so far that none of its code runs any more: asked by who has
/// waited already, as it takes some system calls.
#[cold]
pub(crate) fn is_dying(address: usize, bits: u64) -> bool {
    !is_current(bits) && Token::from_bits(bits).is_some_and(|token| registry::owner_is_dying(address, token))
}

/// As [`lives`], without waiting for another thread and without memory, for signal handlers. What cannot be found out at once
/// counts as living.
///
/// So the registry is not asked of this process itself: it would note that a region that nobody else has yet knows it.
#[cold]
pub(crate) fn lives_unless_busy(address: usize, bits: u64) -> bool {
    is_current(bits)
        || Token::from_bits(bits).is_none_or(|token| registry::owner_lives_unless_busy(address, token))
}
