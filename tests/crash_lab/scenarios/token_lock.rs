//! A lock as it should be, by shmcore's tokens: the word is the owner's token, waiters ask whether it lives, and who takes
//! over finishes what was begun. It shows that what the lab catches elsewhere can be done right.

use std::fs::File;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use shmcore::process::Token;
use shmcore::{Shared, ShmSafe, create_shared};

use crate::scenario::{Acknowledged, Scenario};

#[derive(ShmSafe)]
#[repr(C)]
struct Ledger {
    /// 0, or the token of the process that has the lock.
    owner: AtomicU64,
    /// Equal under the lock, except while an operation is under way: then `left` is one ahead.
    left: AtomicU64,
    right: AtomicU64,
}

pub(crate) struct TokenLock {
    ledger: Shared<Ledger>,
    acknowledged: Acknowledged,
}

pub(crate) fn new() -> TokenLock {
    TokenLock { ledger: create_shared().expect("a region"), acknowledged: Acknowledged::new() }
}

impl TokenLock {
    fn with_lock(&self, f: impl FnOnce(&Ledger)) {
        let ledger = &*self.ledger;
        let mine = Token::current().expect("drawn");
        // Asking about itself makes a process known, so that its death is seen too.
        assert!(self.ledger.is_alive(mine).expect("asked"));
        let mut known = 0;
        // Pairs with the store below: who gets the lock sees what was done under it, also what the dead have done.
        while let Err(owner) =
            ledger.owner.compare_exchange(known, mine.to_bits(), Ordering::Acquire, Ordering::Relaxed)
        {
            let lives = |owner| self.ledger.is_alive(owner).expect("asked");
            known = match Token::from_bits(owner) {
                Some(owner) if !lives(owner) => owner.to_bits(),
                _ => 0,
            };
            thread::yield_now();
        }
        ledger.right.store(ledger.left.load(Ordering::Relaxed), Ordering::Relaxed);
        f(ledger);
        ledger.owner.store(0, Ordering::Release);
    }
}

impl Scenario for TokenLock {
    fn setup(&mut self) {
        for word in [&self.ledger.owner, &self.ledger.left, &self.ledger.right] {
            word.store(0, Ordering::Relaxed);
        }
        self.acknowledged.reset();
    }

    fn stretch(&self) {
        for _ in 0..2 {
            self.with_lock(|ledger| {
                ledger.left.fetch_add(1, Ordering::Relaxed);
                ledger.right.fetch_add(1, Ordering::Relaxed);
            });
            self.acknowledged.add();
        }
    }

    fn recover_and_check(&self) {
        self.with_lock(|ledger| {
            let (left, right) = (ledger.left.load(Ordering::Relaxed), ledger.right.load(Ordering::Relaxed));
            assert_eq!(left, right);
            let acknowledged = self.acknowledged.count();
            assert!((acknowledged..=acknowledged + 1).contains(&left), "{acknowledged} of {left}");
        });
    }

    fn files(&self) -> Vec<File> {
        vec![File::from(self.ledger.try_clone_fd().expect("a descriptor")), self.acknowledged.file()]
    }

    fn repetitions(&self) -> u32 {
        100
    }
}
