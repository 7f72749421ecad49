//! What locking may report: poison and its cause, and that it would block.

use std::error::Error;
use std::fmt;

use crate::layout::InvalidValue;
use crate::process::Token;

/// Why a lock is poisoned.
///
/// # Examples
///
/// See [`PoisonError::cause`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PoisonCause {
    /// A thread panicked while it held the lock.
    Panicked,
    /// A process ended while it held the lock: it was killed, it exited, it became another program, or it dropped its last
    /// handle of the region after it had forgotten a guard.
    OwnerDied {
        /// The id of the process, in its own pid namespace. By now it may be that of another process.
        pid: u32,
    },
}

impl PoisonCause {
    /// From a token, or what is none.
    pub(super) fn of(bits: u64) -> Self {
        match Token::from_bits(bits) {
            Some(token) => Self::OwnerDied { pid: token.pid() },
            None => Self::Panicked,
        }
    }
}

impl fmt::Display for PoisonCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked => write!(f, "a thread panicked while it held the lock"),
            Self::OwnerDied { pid } => write!(f, "process {pid} died while it held the lock"),
        }
    }
}

/// A holder of the lock panicked or died, so what the lock protects may be half changed. The lock is held now, by the
/// guard inside.
///
/// The counterpart of [`std::sync::PoisonError`], which also says what the [cause](Self::cause) was. A lock stays
/// poisoned until its `clear_poison` is called.
///
/// # Torn values
///
/// A process that is killed while it writes a value with forbidden patterns, such as an enum with data, may leave bytes that
/// are no value of its type. They are looked at here first, and a guard that would lead to them is not handed out:
/// [`is_torn`](Self::is_torn) tells, and `overwrite` is the way on.
pub struct PoisonError<G> {
    guard: G,
    cause: PoisonCause,
    torn: Option<Box<InvalidValue>>,
}

impl<G> PoisonError<G> {
    pub(super) fn new(guard: G, cause: PoisonCause) -> Self {
        Self { guard, cause, torn: None }
    }

    pub(super) fn torn(guard: G, cause: PoisonCause, invalid: InvalidValue) -> Self {
        Self { guard, cause, torn: Some(Box::new(invalid)) }
    }

    /// The guard, whatever the bytes behind it are.
    pub(super) fn into_guard(self) -> G {
        self.guard
    }

    /// The same error with another guard of the same lock.
    pub(super) fn map<H>(self, f: impl FnOnce(G) -> H) -> PoisonError<H> {
        PoisonError { guard: f(self.guard), cause: self.cause, torn: self.torn }
    }

    /// What happened to the last holder that died; or that one has panicked, if none has died since the last `clear_poison`.
    ///
    /// # Examples
    ///
    /// ```standalone_crate
    /// use shmcore::{ShmMutex, create_shared, process::fork_child, sync::PoisonCause};
    ///
    /// let stock = create_shared::<ShmMutex<[u32; 2]>>()?;
    /// let worker = fork_child(|| {
    ///     let mut stock = stock.lock().unwrap();
    ///     stock[0] += 1;
    ///     std::process::abort(); // or `kill -9`
    /// })?;
    /// worker.wait()?;
    ///
    /// let poisoned = stock.lock().unwrap_err();
    /// assert_eq!(poisoned.cause(), PoisonCause::OwnerDied { pid: worker.id() });
    /// let mut repaired = poisoned.into_inner();
    /// repaired[1] = repaired[0];
    /// stock.clear_poison();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn cause(&self) -> PoisonCause {
        self.cause
    }

    /// Whether the bytes behind the lock are no value of its type: a process died while it wrote them.
    #[must_use]
    pub fn is_torn(&self) -> bool {
        self.torn.is_some()
    }

    /// The guard: what it protects is a value, but maybe half changed.
    ///
    /// # Panics
    ///
    /// If the value [is torn](Self::is_torn), which the types whose values a kill can tear must expect.
    #[track_caller]
    pub fn into_inner(self) -> G {
        self.require_value();
        self.guard
    }

    /// The guard, by reference.
    ///
    /// # Panics
    ///
    /// If the value [is torn](Self::is_torn).
    #[track_caller]
    pub fn get_ref(&self) -> &G {
        self.require_value();
        &self.guard
    }

    /// The guard, by exclusive reference.
    ///
    /// # Panics
    ///
    /// If the value [is torn](Self::is_torn).
    #[track_caller]
    pub fn get_mut(&mut self) -> &mut G {
        self.require_value();
        &mut self.guard
    }

    #[track_caller]
    fn require_value(&self) {
        if let Some(invalid) = &self.torn {
            panic!("{}, and left behind what is no value: {invalid}; it can only be overwritten", self.cause);
        }
    }
}

impl<G> fmt::Debug for PoisonError<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PoisonError")
            .field("cause", &self.cause)
            .field("torn", &self.torn)
            .finish_non_exhaustive()
    }
}

impl<G> fmt::Display for PoisonError<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the lock is poisoned: {}", self.cause)?;
        match &self.torn {
            Some(invalid) => write!(f, ", and left behind what is no value: {invalid}"),
            None => Ok(()),
        }
    }
}

impl<G> Error for PoisonError<G> {}

/// A guard, or a guard of a poisoned lock.
pub type LockResult<G> = Result<G, PoisonError<G>>;

/// Why a lock was not taken at once.
pub enum TryLockError<G> {
    /// It was taken, but it is poisoned.
    Poisoned(PoisonError<G>),
    /// Somebody who lives holds it.
    WouldBlock,
}

/// Why a lock was not taken in time.
pub enum LockTimeoutError<G> {
    /// It was taken, but it is poisoned.
    Poisoned(PoisonError<G>),
    /// Somebody who lives held it all the time.
    TimedOut,
}

/// What was waited for did not come in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct TimeoutError;

impl fmt::Display for TimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what was waited for did not come in time")
    }
}

impl Error for TimeoutError {}

macro_rules! errors {
    ($($error:ident $variant:ident $text:literal)*) => {$(
        impl<G> From<PoisonError<G>> for $error<G> {
            fn from(poisoned: PoisonError<G>) -> Self {
                Self::Poisoned(poisoned)
            }
        }

        impl<G> fmt::Debug for $error<G> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    Self::Poisoned(poisoned) => f.debug_tuple("Poisoned").field(poisoned).finish(),
                    Self::$variant => f.write_str(stringify!($variant)),
                }
            }
        }

        impl<G> fmt::Display for $error<G> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    Self::Poisoned(poisoned) => poisoned.fmt(f),
                    Self::$variant => f.write_str($text),
                }
            }
        }

        impl<G> Error for $error<G> {}
    )*};
}

errors! {
    TryLockError WouldBlock "the lock is held by a process that lives"
    LockTimeoutError TimedOut "the lock was held all the time by a process that lives"
}
