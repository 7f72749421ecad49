//! `ShmDuration`: a `Duration` whose layout is fixed, and of which any bytes are a value.
//!
//! std's has a part that must be less than 10⁹, so that bytes of another process would have to be checked. This one says what
//! those that are not mean.

use std::time::Duration;

use crate::ShmSafe;

mod traits;

const NANOS_PER_SEC: u32 = 1_000_000_000;

/// A span of time: [`Duration`], of which any bytes are a value.
///
/// Nanoseconds of a second and more, which only other processes write, count as seconds; what is too long then is
/// [`ShmDuration::MAX`]. Two are equal if they mean the same. What is not here is done with [`get`](Self::get).
///
/// # Layout
///
/// `#[repr(C)]`: seconds as `u64`, nanoseconds as `u32`, and a `u32` that is zero and is not looked at. No padding.
///
/// # Examples
///
/// ```
/// use shmcore::{ShmDuration, create_shared_with};
/// use std::time::Duration;
///
/// let pause = create_shared_with(ShmDuration::from_millis(1500))?;
/// assert_eq!(*pause, Duration::from_secs_f64(1.5));
/// std::thread::sleep(pause.get() / 1000);
/// # Ok::<(), shmcore::CreateError>(())
/// ```
#[derive(ShmSafe, Clone, Copy)]
#[repr(C)]
pub struct ShmDuration {
    secs: u64,
    nanos: u32,
    zero: u32,
}

impl ShmDuration {
    /// No time.
    pub const ZERO: Self = Self::of(Duration::ZERO);
    /// The longest one.
    pub const MAX: Self = Self::of(Duration::MAX);

    /// As `From<Duration>`.
    const fn of(duration: Duration) -> Self {
        Self { secs: duration.as_secs(), nanos: duration.subsec_nanos(), zero: 0 }
    }

    /// Seconds and nanoseconds. Nanoseconds of a second and more count as seconds; what is too long is [`ShmDuration::MAX`].
    #[must_use]
    pub const fn new(secs: u64, nanos: u32) -> Self {
        Self::of(Self { secs, nanos, zero: 0 }.get())
    }

    /// That many seconds.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self::of(Duration::from_secs(secs))
    }

    /// That many milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self::of(Duration::from_millis(millis))
    }

    /// That many microseconds.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self::of(Duration::from_micros(micros))
    }

    /// That many nanoseconds.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self::of(Duration::from_nanos(nanos))
    }

    /// The same as std's `Duration`.
    #[must_use]
    pub const fn get(self) -> Duration {
        match self.secs.checked_add((self.nanos / NANOS_PER_SEC) as u64) {
            Some(secs) => Duration::new(secs, self.nanos % NANOS_PER_SEC),
            None => Duration::MAX,
        }
    }

    /// Whether it is no time.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.get().is_zero()
    }

    /// The whole seconds.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.get().as_secs()
    }

    /// The milliseconds behind the whole seconds, less than a thousand.
    #[must_use]
    pub const fn subsec_millis(self) -> u32 {
        self.get().subsec_millis()
    }

    /// The microseconds behind the whole seconds, less than a million.
    #[must_use]
    pub const fn subsec_micros(self) -> u32 {
        self.get().subsec_micros()
    }

    /// The nanoseconds behind the whole seconds, less than 10⁹.
    #[must_use]
    pub const fn subsec_nanos(self) -> u32 {
        self.get().subsec_nanos()
    }

    /// All of it in whole milliseconds.
    #[must_use]
    pub const fn as_millis(self) -> u128 {
        self.get().as_millis()
    }

    /// All of it in whole microseconds.
    #[must_use]
    pub const fn as_micros(self) -> u128 {
        self.get().as_micros()
    }

    /// All of it in nanoseconds.
    #[must_use]
    pub const fn as_nanos(self) -> u128 {
        self.get().as_nanos()
    }

    /// All of it in seconds.
    #[must_use]
    pub const fn as_secs_f64(self) -> f64 {
        self.get().as_secs_f64()
    }

    /// All of it in seconds.
    #[must_use]
    pub const fn as_secs_f32(self) -> f32 {
        self.get().as_secs_f32()
    }

    /// How far the two are apart.
    #[must_use]
    pub const fn abs_diff(self, other: Self) -> Self {
        Self::of(self.get().abs_diff(other.get()))
    }

    /// The sum; `None` if it is too long.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        Self::maybe(self.get().checked_add(other.get()))
    }

    /// The difference; `None` if it is less than zero.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        Self::maybe(self.get().checked_sub(other.get()))
    }

    /// The product; `None` if it is too long.
    #[must_use]
    pub const fn checked_mul(self, factor: u32) -> Option<Self> {
        Self::maybe(self.get().checked_mul(factor))
    }

    /// The quotient; `None` if it is divided by zero.
    #[must_use]
    pub const fn checked_div(self, divisor: u32) -> Option<Self> {
        Self::maybe(self.get().checked_div(divisor))
    }

    const fn maybe(duration: Option<Duration>) -> Option<Self> {
        match duration {
            Some(duration) => Some(Self::of(duration)),
            None => None,
        }
    }

    /// The sum, or the longest one if it is too long.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self::of(self.get().saturating_add(other.get()))
    }

    /// The difference, or zero if it is less.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self::of(self.get().saturating_sub(other.get()))
    }

    /// The product, or the longest one if it is too long.
    #[must_use]
    pub const fn saturating_mul(self, factor: u32) -> Self {
        Self::of(self.get().saturating_mul(factor))
    }
}

#[cfg(test)]
mod tests;
