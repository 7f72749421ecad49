//! Values that are read without a lock: whatever the writer was doing, a reader has a whole one, the last that was
//! acknowledged or the one after it; and the next writer goes on.

use std::fs::File;

use shmcore::{Shared, ShmSafe, ShmSeqLock, create_shared};

use crate::scenario::{Acknowledged, Scenario};

/// All words are equal, in every whole value. There are both of what is copied in blocks and of what is copied in words.
type Large = [u64; 35];

#[derive(ShmSafe)]
#[repr(C)]
struct Locks {
    small: ShmSeqLock<[u32; 3]>,
    large: ShmSeqLock<Large>,
}

pub(crate) struct SeqLock {
    locks: Shared<Locks>,
    /// One for each value.
    small: Acknowledged,
    large: Acknowledged,
}

pub(crate) fn new() -> SeqLock {
    SeqLock {
        locks: create_shared().expect("a region"),
        small: Acknowledged::new(),
        large: Acknowledged::new(),
    }
}

/// The value if it is whole, and one of the two that may be there.
#[track_caller]
fn whole<const N: usize>(words: [u64; N], acknowledged: &Acknowledged) -> u64 {
    assert_eq!(words, [words[0]; N], "torn");
    let acknowledged = acknowledged.count();
    assert!((acknowledged..=acknowledged + 1).contains(&words[0]), "{acknowledged} of {}", words[0]);
    words[0]
}

impl Scenario for SeqLock {
    fn setup(&mut self) {
        // All numbers and words of the lock are as at the start, so that each child does the same.
        self.locks = create_shared().expect("a region");
        self.small.reset();
        self.large.reset();
    }

    fn stretch(&self) {
        let Locks { small, large } = &*self.locks;
        small.write([1; 3]);
        self.small.add();
        large.try_write([1; 35]).expect("nobody else writes");
        self.large.add();
        small.update(|words| *words = words.map(|word| word + 1));
        self.small.add();
        let mut writer = large.writer();
        for value in 2..10 {
            writer.write([value; 35]);
            self.large.add();
        }
        writer.update(|words| *words = words.map(|word| word + 1));
        self.large.add();
    }

    fn recover_and_check(&self) {
        let Locks { small, large } = &*self.locks;
        let read = |_| (whole(small.read().map(u64::from), &self.small), whole(large.read(), &self.large));
        let found = [0; 2].map(read);
        assert_eq!(found[0], found[1], "nobody writes any more");
        // Whoever comes next writes, and changes nothing that the one after it would miss.
        small.try_write(small.read()).expect("the writer is dead");
        large.update(|words| assert_eq!(*words, [found[0].1; 35]));
        assert_eq!(read(0), found[0]);
        drop(small.try_writer().expect("given back"));
        drop(large.try_writer().expect("given back"));
    }

    fn files(&self) -> Vec<File> {
        let locks = File::from(self.locks.try_clone_fd().expect("a descriptor"));
        vec![locks, self.small.file(), self.large.file()]
    }
}
