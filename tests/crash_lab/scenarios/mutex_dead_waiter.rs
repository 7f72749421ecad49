//! A process that dies while it waits for a `ShmMutex`, or anywhere else: the holder is not disturbed, and the next one has the
//! lock as soon as that one gives it back.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use shm_tests::trace;
use shmcore::sync::{LockTimeoutError, TryLockError};
use shmcore::{Shared, ShmMutex, create_shared};

use super::phase::{Phase, Phases};
use crate::child;
use crate::scenario::{Acknowledged, Scenario};

/// How long the holder lives if nobody ends it.
const MINUTE: Duration = Duration::from_mins(1);
/// Long enough to sleep for several naps.
const PATIENCE: Duration = Duration::from_millis(2);

pub(crate) struct MutexDeadWaiter {
    mutex: Shared<ShmMutex<u64>>,
    phases: Phases,
    given_back: Acknowledged,
    holder: Option<Holder>,
}

struct Holder {
    process: Pid,
    /// A byte from the holder says that it has the lock; a byte to it asks it to give that back.
    socket: UnixStream,
}

pub(crate) fn new() -> MutexDeadWaiter {
    MutexDeadWaiter {
        mutex: create_shared().expect("a region"),
        phases: Phases::new(),
        given_back: Acknowledged::new(),
        holder: None,
    }
}

impl MutexDeadWaiter {
    fn be_holder(&self, mut socket: UnixStream) {
        let mut value = self.mutex.lock().expect("nobody has died");
        *value = 1;
        socket.write_all(&[1]).expect("told");
        socket.read_exact(&mut [0]).expect("asked");
        assert_eq!(*value, 1);
        *value = 2;
        self.given_back.add();
        drop(value);
    }

    /// Fails if the holder was asked before, and has ended.
    fn ask(&self) -> io::Result<()> {
        let mut socket = &self.holder.as_ref().expect("set up").socket;
        socket.write_all(&[1])
    }
}

impl Scenario for MutexDeadWaiter {
    fn setup(&mut self) {
        self.holder = None;
        drop(self.mutex.lock());
        self.mutex.clear_poison();
        self.phases.reset();
        self.given_back.reset();
        let (mut socket, its) = UnixStream::pair().expect("a socket");
        let process = child::fork(MINUTE, || self.be_holder(its)).expect("forked");
        socket.read_exact(&mut [0]).expect("it has the lock");
        self.holder = Some(Holder { process, socket });
    }

    fn stretch(&self) {
        let late = self.mutex.lock_timeout(PATIENCE);
        assert!(matches!(late, Err(LockTimeoutError::TimedOut)));
        self.ask().expect("nobody else asks");
        self.phases.enter(Phase::Between);
        let value = self.mutex.lock().expect("nobody has died");
        self.phases.enter(Phase::Inside);
        assert_eq!(*value, 2);
        self.phases.enter(Phase::Between);
        drop(value);
        self.phases.enter(Phase::Outside);
    }

    fn recover_and_check(&self) {
        let expected = self.phases.begin_recovery();
        if expected == Some(Phase::Outside) && self.given_back.count() == 0 {
            // The dead one has not asked the holder yet, or just so.
            assert!(!matches!(self.mutex.try_lock(), Err(TryLockError::Poisoned(_))));
        }
        let _ = self.ask();
        let (value, is_poisoned) = match self.mutex.lock() {
            Ok(value) => (*value, false),
            Err(poisoned) => (*poisoned.into_inner(), true),
        };
        assert_eq!((value, self.given_back.count()), (2, 1));
        match expected {
            Some(Phase::Inside) => assert!(is_poisoned, "it died with the lock"),
            Some(Phase::Outside) => assert!(!is_poisoned, "it died without the lock"),
            Some(Phase::Between) | None => {}
        }
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        // Not waited for yet, so the id is still its own.
        let _ = kill_process(self.process, Signal::KILL);
        let _ = trace::wait(self.process);
    }
}
