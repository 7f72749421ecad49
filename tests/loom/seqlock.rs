//! The value that is read without a lock, of two words, with two copies: so the second write after the one that a reader looks
//! at is in its way.
//!
//! Two threads with at most three preemptions, or three with at most two; two or three writes, and two reads.

use loom::sync::Arc;
use loom::sync::atomic::Ordering::Relaxed;
use loom::thread;

use crate::model;
use crate::raw::mutex::RawMutex;
use crate::raw::seqlock::RawSeqLock;
use crate::raw::world::{AtomicU64, Patience, die};

const COPIES: usize = 2;

/// The value of write `n` is `n` in both words.
struct Lock {
    raw: RawSeqLock<COPIES>,
    copies: [[AtomicU64; 2]; COPIES],
}

impl Lock {
    /// After `writes` writes.
    fn after(writes: u64) -> Arc<Self> {
        let word = || AtomicU64::new(writes);
        let mutex = RawMutex::from_words(AtomicU64::new(0), AtomicU64::new(0));
        let raw = RawSeqLock::from_words(mutex, word(), word());
        Arc::new(Self { raw, copies: std::array::from_fn(|_| [word(), word()]) })
    }

    fn load(&self, index: usize) -> [u64; 2] {
        self.copies[index].each_ref().map(|word| word.load(Relaxed))
    }

    /// Reads; the value must be whole.
    fn read(&self) -> u64 {
        let mut value = [0; 2];
        self.raw.read(|index| value = self.load(index));
        assert_eq!(value[0], value[1], "torn");
        value[0]
    }

    fn lock(&self, me: u64) {
        if !self.raw.lock_fast(me) {
            self.raw.lock_slow(me, Patience::Forever).expect("waits for ever");
        }
    }

    /// For the writer.
    fn next(&self) -> u64 {
        self.load(self.raw.current())[0].wrapping_add(1)
    }

    /// Makes the next write. For the writer.
    fn write(&self) {
        let value = self.next();
        self.raw.write(|index| self.copies[index].iter().for_each(|word| word.store(value, Relaxed)));
    }

    /// The writer `me` dies in the next write, behind its first word.
    fn die_writing(&self, me: u64) {
        let value = self.next();
        let number = self.raw.begin();
        self.copies[RawSeqLock::<COPIES>::copy_of(number)][0].store(value, Relaxed);
        die(me);
    }

    /// Two reads, of which the second is not older; at most `writes` after the one of number `first`.
    fn read_twice(&self, first: u64, writes: u64) {
        let [one, two] = [self.read(), self.read()].map(|value| value.wrapping_sub(first));
        assert!(one <= two && two <= writes, "write {two} was read after write {one}, of {writes}");
    }
}

/// One that writes three times, and one that reads.
fn writer_and_reader(first: u64) {
    let lock = Lock::after(first);
    let writer = {
        let lock = Arc::clone(&lock);
        thread::spawn(move || {
            lock.lock(1);
            (0..3).for_each(|_| lock.write());
            lock.raw.unlock(1);
        })
    };
    lock.read_twice(first, 3);
    writer.join().expect("no panic");
    assert_eq!(lock.read(), first.wrapping_add(3));
}

#[test]
fn reads_are_whole_and_in_order_while_one_writes() {
    model(3, || writer_and_reader(0));
}

#[test]
fn numbers_wrap() {
    model(2, || writer_and_reader(u64::MAX - 1));
}

#[test]
fn writers_exclude_each_other() {
    model(2, || {
        let lock = Lock::after(0);
        let writers = [1, 2].map(|me| {
            let lock = Arc::clone(&lock);
            thread::spawn(move || {
                lock.lock(me);
                lock.write();
                lock.raw.unlock(me);
            })
        });
        lock.read_twice(0, 2);
        for writer in writers {
            writer.join().expect("no panic");
        }
        assert_eq!(lock.read(), 2);
    });
}

#[test]
fn write_whose_writer_has_died_is_made_again() {
    model(2, || {
        let lock = Lock::after(0);
        let victim = {
            let lock = Arc::clone(&lock);
            thread::spawn(move || {
                lock.lock(1);
                lock.write();
                lock.die_writing(1);
            })
        };
        let survivor = {
            let lock = Arc::clone(&lock);
            thread::spawn(move || {
                lock.lock(2);
                lock.write();
                lock.raw.unlock(2);
            })
        };
        lock.read_twice(0, 2);
        victim.join().expect("no panic");
        survivor.join().expect("no panic");
        let writes = lock.read();
        lock.lock(3);
        lock.write();
        lock.raw.unlock(3);
        assert_eq!((writes, lock.read()), (2, 3));
        assert!(lock.raw.lock_fast(4), "nothing is poisoned");
    });
}
