//! A `ShmRwLock` on which another process sleeps while its holder gives it back: a reader while it is held for writing, then
//! a writer while it is held for reading. Wherever the holder dies, also between leaving the word and waking, both have the lock
//! soon.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use shmcore::sync::{LockTimeoutError, PoisonError};
use shmcore::{Shared, ShmRwLock, ShmSafe, create_shared};

use super::sleepers::Sleepers;
use crate::scenario::Scenario;

/// Naps of a millisecond in which the sleepers must have had the lock. Naps are counted, and no time is measured, because
/// whoever keeps the processor from the sleepers keeps it from the one that counts as well.
const NAPS: u32 = 100;

#[derive(ShmSafe)]
#[repr(C)]
struct Watched {
    lock: ShmRwLock<[u64; 2]>,
    /// How many sleepers have had it.
    served: AtomicU64,
}

pub(crate) struct SleepingForRwLock {
    watched: Shared<Watched>,
    sleepers: Sleepers,
    /// To the reader and the writer: a byte says that the lock is held; a byte back that the word says that they will sleep.
    sockets: Option<[UnixStream; 2]>,
}

pub(crate) fn new() -> SleepingForRwLock {
    SleepingForRwLock {
        watched: create_shared().expect("a region"),
        sleepers: Sleepers::default(),
        sockets: None,
    }
}

impl Watched {
    fn read(&self, mut socket: &UnixStream) {
        socket.read_exact(&mut [0]).expect("told to begin");
        // Sets the flag of waiters, by which the holder wakes, and does not sleep yet.
        let is_held = matches!(self.lock.read_timeout(Duration::ZERO), Err(LockTimeoutError::TimedOut));
        socket.write_all(&[u8::from(is_held)]).expect("the lab has the other end");
        drop(self.lock.read());
        self.served.store(1, Relaxed);
    }

    fn write(&self, mut socket: &UnixStream) {
        socket.read_exact(&mut [0]).expect("told to begin");
        while self.served.load(Relaxed) == 0 {
            thread::yield_now();
        }
        // As above, where the reader that dies next will leave.
        let is_held = matches!(self.lock.write_timeout(Duration::ZERO), Err(LockTimeoutError::TimedOut));
        socket.write_all(&[u8::from(is_held)]).expect("the lab has the other end");
        let mut value = self.lock.write().unwrap_or_else(PoisonError::into_inner);
        *value = [9; 2];
        drop(value);
        self.served.store(2, Relaxed);
    }
}

impl SleepingForRwLock {
    fn sockets(&self) -> &[UnixStream; 2] {
        self.sockets.as_ref().expect("set up")
    }

    /// Waits for the sleeper in one system call, which is one boundary however long it takes.
    fn wait_for_sleeper(mut socket: &UnixStream) {
        socket.write_all(&[1]).expect("told");
        socket.read_exact(&mut [0]).expect("the sleeper is about to sleep");
    }
}

impl Scenario for SleepingForRwLock {
    fn setup(&mut self) {
        self.sleepers.end();
        self.watched = create_shared().expect("a region");
        let sockets = [(); 2].map(|()| UnixStream::pair().expect("a socket"));
        let [(to_reader, its), (to_writer, his)] = sockets;
        let watched = &self.watched;
        self.sleepers.start(|| watched.read(&its));
        self.sleepers.start(|| watched.write(&his));
        self.sockets = Some([to_reader, to_writer]);
    }

    fn stretch(&self) {
        let [reader, writer] = self.sockets();
        let mut value = self.watched.lock.write().expect("in order");
        *value = [1; 2];
        Self::wait_for_sleeper(reader);
        drop(value);
        let value = self.watched.lock.read().expect("in order");
        Self::wait_for_sleeper(writer);
        assert_eq!(*value, [1; 2]);
        drop(value);
    }

    fn recover_and_check(&self) {
        for mut socket in self.sockets() {
            // It may have died before it could say so; or the sleeper has had the lock already, and has ended.
            let _ = socket.write_all(&[1]);
        }
        let mut naps = 0;
        while self.watched.served.load(Relaxed) < 2 {
            assert!(naps < NAPS, "the sleepers do not get the lock: {:?}", self.watched.served);
            thread::sleep(Duration::from_millis(1));
            naps += 1;
        }
        let value = self.watched.lock.read().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(*value, [9; 2]);
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(5)
    }
}
