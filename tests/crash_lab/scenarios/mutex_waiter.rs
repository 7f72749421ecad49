//! A `ShmMutex` on which another process sleeps while its holder gives it back: wherever that one dies, also between taking
//! its name out of the word and waking, the sleeper has the lock soon.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use shm_tests::trace;
use shmcore::sync::LockTimeoutError;
use shmcore::{Shared, ShmMutex, create_shared};

use super::phase::{Phase, Phases};
use crate::child;
use crate::scenario::Scenario;

/// How long the sleeper lives if nobody ends it.
const MINUTE: Duration = Duration::from_mins(1);
/// Naps of a millisecond in which the sleeper must have the lock. Naps are counted, and no time is measured, because whoever
/// keeps the processor from the sleeper keeps it from the one that counts as well.
const NAPS: u32 = 50;

/// What the sleeper says when it has the lock.
const IN_ORDER: u64 = 1;
const POISONED: u64 = 2;

pub(crate) struct MutexWaiter {
    mutex: Shared<ShmMutex<u64>>,
    phases: Phases,
    sleeper_has: Shared<AtomicU64>,
    sleeper: Option<Sleeper>,
}

struct Sleeper {
    process: Pid,
    /// A byte to the sleeper says that the lock is held; a byte back that the word says that it will sleep.
    socket: UnixStream,
}

pub(crate) fn new() -> MutexWaiter {
    MutexWaiter {
        mutex: create_shared().expect("a region"),
        phases: Phases::new(),
        sleeper_has: create_shared().expect("a region"),
        sleeper: None,
    }
}

impl MutexWaiter {
    fn be_sleeper(&self, mut socket: UnixStream) {
        socket.read_exact(&mut [0]).expect("told to begin");
        // Sets the flag of waiters, by which the holder wakes, and does not sleep yet.
        let is_held = matches!(self.mutex.lock_timeout(Duration::ZERO), Err(LockTimeoutError::TimedOut));
        socket.write_all(&[u8::from(is_held)]).expect("the lab has the other end");
        let has = if self.mutex.lock().is_ok() { IN_ORDER } else { POISONED };
        self.sleeper_has.store(has, Ordering::Release);
    }

    fn socket(&self) -> &UnixStream {
        &self.sleeper.as_ref().expect("set up").socket
    }
}

impl Scenario for MutexWaiter {
    fn setup(&mut self) {
        self.sleeper = None;
        drop(self.mutex.lock());
        self.mutex.clear_poison();
        self.phases.reset();
        self.sleeper_has.store(0, Ordering::Relaxed);
        let (socket, its) = UnixStream::pair().expect("a socket");
        let process = child::fork(MINUTE, || self.be_sleeper(its)).expect("forked");
        self.sleeper = Some(Sleeper { process, socket });
    }

    /// The sleeper is waited for, in one system call, which is one boundary however long it takes.
    fn stretch(&self) {
        self.phases.enter(Phase::Between);
        let mut value = self.mutex.lock().expect("nobody has died");
        self.phases.enter(Phase::Inside);
        *value += 1;
        self.socket().write_all(&[1]).expect("told");
        self.socket().read_exact(&mut [0]).expect("the sleeper is about to sleep");
        self.phases.enter(Phase::Between);
        drop(value);
        self.phases.enter(Phase::Outside);
    }

    fn recover_and_check(&self) {
        let expected = self.phases.begin_recovery();
        // It may have died before it could say so; or the sleeper has the lock already, and has ended.
        let _ = self.socket().write_all(&[1]);
        let mut naps = 0;
        let has = loop {
            match self.sleeper_has.load(Ordering::Acquire) {
                0 => assert!(naps < NAPS, "the sleeper does not get the lock"),
                has => break has,
            }
            thread::sleep(Duration::from_millis(1));
            naps += 1;
        };
        match expected {
            Some(Phase::Inside) => assert_eq!(has, POISONED, "it died with the lock"),
            Some(Phase::Outside) => assert_eq!(has, IN_ORDER, "it died without the lock"),
            Some(Phase::Between) | None => {}
        }
        drop(self.mutex.lock());
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        // Not waited for yet, so the id is still its own.
        let _ = kill_process(self.process, Signal::KILL);
        let _ = trace::wait(self.process);
    }
}
