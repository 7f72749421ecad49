//! What a duration is to another one, and to std's: by what they mean, not by their bytes.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Sub, SubAssign};
use std::time::Duration;

use super::ShmDuration;

impl From<Duration> for ShmDuration {
    fn from(duration: Duration) -> Self {
        Self::of(duration)
    }
}

impl From<ShmDuration> for Duration {
    fn from(duration: ShmDuration) -> Self {
        duration.get()
    }
}

impl Default for ShmDuration {
    /// No time.
    fn default() -> Self {
        Self::ZERO
    }
}

impl fmt::Debug for ShmDuration {
    /// As std's, such as `1.5s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

impl PartialEq for ShmDuration {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Eq for ShmDuration {}

impl PartialEq<Duration> for ShmDuration {
    fn eq(&self, other: &Duration) -> bool {
        self.get() == *other
    }
}

impl PartialEq<ShmDuration> for Duration {
    fn eq(&self, other: &ShmDuration) -> bool {
        *self == other.get()
    }
}

impl PartialOrd for ShmDuration {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ShmDuration {
    fn cmp(&self, other: &Self) -> Ordering {
        self.get().cmp(&other.get())
    }
}

impl PartialOrd<Duration> for ShmDuration {
    fn partial_cmp(&self, other: &Duration) -> Option<Ordering> {
        Some(self.get().cmp(other))
    }
}

impl Hash for ShmDuration {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.get().hash(state);
    }
}

macro_rules! operators {
    ($($operator:ident $function:ident $assign:ident $assign_function:ident $other:ty: $panics:literal;)*) => {$(
        impl $operator<$other> for ShmDuration {
            type Output = Self;

            /// # Panics
            ///
            #[doc = $panics]
            #[track_caller]
            fn $function(self, other: $other) -> Self {
                Self::of(self.get().$function(other))
            }
        }

        impl $assign<$other> for ShmDuration {
            /// # Panics
            ///
            #[doc = $panics]
            #[track_caller]
            fn $assign_function(&mut self, other: $other) {
                *self = $operator::$function(*self, other);
            }
        }
    )*};
}

operators! {
    Add add AddAssign add_assign Duration: "If the sum is too long.";
    Sub sub SubAssign sub_assign Duration: "If the difference is less than zero.";
    Mul mul MulAssign mul_assign u32: "If the product is too long.";
    Div div DivAssign div_assign u32: "If it is divided by zero.";
}

impl Add for ShmDuration {
    type Output = Self;

    /// # Panics
    ///
    /// If the sum is too long.
    #[track_caller]
    fn add(self, other: Self) -> Self {
        self + other.get()
    }
}

impl Sub for ShmDuration {
    type Output = Self;

    /// # Panics
    ///
    /// If the difference is less than zero.
    #[track_caller]
    fn sub(self, other: Self) -> Self {
        self - other.get()
    }
}

impl AddAssign for ShmDuration {
    /// # Panics
    ///
    /// If the sum is too long.
    #[track_caller]
    fn add_assign(&mut self, other: Self) {
        *self += other.get();
    }
}

impl SubAssign for ShmDuration {
    /// # Panics
    ///
    /// If the difference is less than zero.
    #[track_caller]
    fn sub_assign(&mut self, other: Self) {
        *self -= other.get();
    }
}

impl Sum for ShmDuration {
    /// # Panics
    ///
    /// If the sum is too long.
    fn sum<I: Iterator<Item = Self>>(durations: I) -> Self {
        durations.map(Self::get).sum::<Duration>().into()
    }
}
