//! What a panic leaves of a lock: what std's says of its own, that nobody sees a value that is half changed without being told.

use std::panic::{RefUnwindSafe, UnwindSafe};

use super::{ShmMutex, ShmOnceLock, ShmRwLock, ShmSeqLock};

// A panic poisons it.
impl<T> UnwindSafe for ShmMutex<T> {}
impl<T> RefUnwindSafe for ShmMutex<T> {}
impl<T> UnwindSafe for ShmRwLock<T> {}
impl<T> RefUnwindSafe for ShmRwLock<T> {}

// It stays empty.
impl<T: RefUnwindSafe + UnwindSafe> RefUnwindSafe for ShmOnceLock<T> {}

// It has the value from before.
impl<T> RefUnwindSafe for ShmSeqLock<T> {}
