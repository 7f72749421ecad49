//! Values that are read without a lock, between processes: whole, whatever happens to the writer, and also by who cannot write.
#![allow(unsafe_code, reason = "forks as another crate may, and looks at the words of a lock")]

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use shmcore::process::{Child, ForkError, fork_child};
use shmcore::{ReadOnly, Shared, ShmOptions, ShmSafe, ShmSeqLock, create_shared};

use crate::facts::wait_until;
use crate::place::Place;

const WORDS: usize = 2000;

/// All words are equal in every whole value.
type Large = [u64; WORDS];

#[derive(ShmSafe, Clone, Copy)]
#[repr(C)]
struct Quote {
    number: u64,
    bid: i64,
    ask: i64,
    /// So that it is copied by several instructions.
    depth: [i64; 30],
}

impl Quote {
    fn new(number: u64) -> Self {
        let bid = number.cast_signed() * 3;
        Self {
            number,
            bid,
            ask: bid + 2,
            depth: std::array::from_fn(|level| bid - level.cast_signed() as i64),
        }
    }

    /// The number, if all belongs together.
    #[track_caller]
    fn whole(self) -> u64 {
        let whole = Self::new(self.number);
        assert_eq!((self.bid, self.ask, self.depth), (whole.bid, whole.ask, whole.depth), "torn");
        self.number
    }
}

fn must_succeed(child: &Child) {
    let status = child.wait().expect("the child can be waited for");
    assert!(status.success(), "the child failed: {status}");
}

/// Writes 1, 2, 3 and so on, each of them many times, until it is killed.
fn endless_writer(lock: &Shared<ShmSeqLock<Large>>) -> Child {
    fork_child(|| {
        let mut writer = lock.writer();
        let mut value = lock.read();
        loop {
            value = value.map(|word| word + 1);
            // Again and again, so that it is in writes for most of the time.
            (0..100).for_each(|_| writer.write(value));
        }
    })
    .expect("forked")
}

/// The value, which must be whole.
#[track_caller]
fn whole(lock: &ShmSeqLock<Large>) -> u64 {
    let words = lock.read();
    assert!(words.iter().all(|&word| word == words[0]), "torn");
    words[0]
}

/// Whether a write has begun and is not complete, while nobody goes on with it.
fn is_within_a_write(lock: &ShmSeqLock<Large>) -> bool {
    // SAFETY: the third and the fourth word of a lock are its numbers (its docs, "Layout"), and are accessed atomically.
    let [_, _, begun, published] = unsafe { &*std::ptr::from_ref(lock).cast::<[AtomicU64; 4]>() };
    begun.load(Relaxed) != published.load(Relaxed)
}

/// Lets the other process run for a moment of no special length.
fn pause(round: u32) {
    for _ in 0..(round * 7919) % 60_000 {
        std::hint::spin_loop();
    }
}

pub(crate) fn reader_without_the_right_to_write_sees_every_write() {
    let _place = Place::new();
    let board = ShmOptions::new("board").create_shared::<[ShmSeqLock<Quote>; 3]>().expect("created");
    let answers = create_shared::<AtomicU64>().expect("created");
    let reader = fork_child(|| {
        let answers = answers.clone();
        // This process has inherited a writable mapping; another program, which this stands for, would not.
        let board = ShmOptions::new("board").open_read_only::<[ShmSeqLock<Quote>; 3]>().expect("opened");
        let address = ReadOnly::as_ptr(&board).addr();
        let maps = fs::read_to_string("/proc/self/maps").expect("/proc is mounted");
        let line = maps.lines().find(|line| {
            let range = line.split(' ').next().and_then(|range| range.split_once('-'));
            let bound = |bound| usize::from_str_radix(bound, 16).expect("a number");
            range.is_some_and(|(start, end)| (bound(start)..bound(end)).contains(&address))
        });
        assert!(line.expect("it is mapped").contains(" r--s "), "{line:?}");
        assert_eq!((board.len(), board.is_empty()), (3, false));
        for number in 1..=1000 {
            wait_until(|| board.read_at(2).number >= number);
            assert_eq!(board.read_at(2).whole(), number);
            answers.store(number, Relaxed);
        }
        assert_eq!((board.read_at(0).number, board.read_at(1).number), (0, 0));
    })
    .expect("forked");
    for number in 1..=1000 {
        board[2].write(Quote::new(number));
        wait_until(|| answers.load(Relaxed) == number || reader.try_wait().expect("asked").is_some());
    }
    must_succeed(&reader);
}

pub(crate) fn no_read_is_torn_while_another_process_writes() {
    const WRITES: u64 = 1_000_000;
    let lock = create_shared::<ShmSeqLock<Quote>>().expect("created");
    lock.write(Quote::new(0));
    let writer = fork_child(|| {
        let mut writer = lock.writer();
        (1..=WRITES).for_each(|number| writer.write(Quote::new(number)));
    })
    .expect("forked");
    let (mut last, mut different) = (0, 0_u64);
    while last < WRITES {
        let number = lock.read().whole();
        assert!(number >= last, "write {number} was read after write {last}");
        different += u64::from(number != last);
        last = number;
        if different == 0 && writer.try_wait().expect("asked").is_some() {
            assert_eq!(lock.read().whole(), WRITES, "the writer has failed");
        }
    }
    must_succeed(&writer);
    println!("saw {different} of {WRITES} writes");
}

pub(crate) fn readers_do_not_wait_for_a_writer_that_is_stopped_in_a_write() {
    let lock = create_shared::<ShmSeqLock<Large>>().expect("created");
    let writer = endless_writer(&lock);
    let pid = Pid::from_raw(writer.id().cast_signed()).expect("a pid");
    wait_until(|| whole(&lock) > 0);
    let (mut within, mut last) = (0, 0);
    for round in 0..200 {
        pause(round);
        kill_process(pid, Signal::STOP).expect("stopped");
        waitid(WaitId::Pid(pid), WaitIdOptions::STOPPED).expect("it stops");
        within += u32::from(is_within_a_write(&lock));
        let value = whole(&lock);
        assert!(value >= last, "write {value} was read after write {last}");
        assert_eq!(whole(&lock), value);
        assert_eq!(lock.try_write([0; WORDS]).expect_err("it lives").pid(), Some(writer.id()));
        last = value;
        kill_process(pid, Signal::CONT).expect("continued");
    }
    println!("it was stopped in a write {within} times");
    assert!(within > 10, "it was stopped in a write {within} times");
    writer.kill().expect("killed");
    writer.wait().expect("waited for");
}

pub(crate) fn next_writer_goes_on_where_one_was_killed_in_a_write() {
    let lock = create_shared::<ShmSeqLock<Large>>().expect("created");
    let mut within = 0;
    for round in 0..100 {
        let before = whole(&lock);
        let writer = endless_writer(&lock);
        wait_until(|| whole(&lock) > before);
        pause(round);
        writer.kill().expect("killed");
        writer.wait().expect("waited for");
        within += u32::from(is_within_a_write(&lock));
        let value = whole(&lock);
        lock.try_write([value + 1; WORDS]).expect("the writer is dead");
        assert_eq!(whole(&lock), value + 1);
        assert!(!is_within_a_write(&lock));
    }
    println!("it was killed in a write {within} times");
    assert!(within > 5, "it was killed in a write {within} times");
}

pub(crate) fn second_writer_is_refused_while_the_first_one_lives() {
    let lock = create_shared::<ShmSeqLock<[u64; 3]>>().expect("created");
    let writer = fork_child(|| {
        let mut writer = lock.writer();
        writer.write([1; 3]);
        wait_until(|| false);
    })
    .expect("forked");
    wait_until(|| lock.read()[0] == 1);
    for _ in 0..100 {
        let refused = lock.try_writer().expect_err("there is a writer");
        assert_eq!(refused.pid(), Some(writer.id()));
    }
    writer.kill().expect("killed");
    let pid = Pid::from_raw(writer.id().cast_signed()).expect("a pid");
    // Waits for the zombie, and leaves it one.
    waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT).expect("it ends");
    let mut second = lock.try_writer().expect("the first writer is dead");
    assert_eq!(lock.read(), [1; 3]);
    second.write([2; 3]);
    drop(second);
    // And it is as new: nothing of the death is left.
    must_succeed(&fork_child(|| lock.try_write([3; 3]).expect("nobody writes")).expect("forked"));
    assert_eq!(lock.read(), [3; 3]);
    writer.wait().expect("waited for");
}

pub(crate) fn writer_waits_for_one_that_is_killed_meanwhile() {
    let lock = create_shared::<ShmSeqLock<u64>>().expect("created");
    let writer = fork_child(|| {
        let mut writer = lock.writer();
        writer.write(1);
        wait_until(|| false);
    })
    .expect("forked");
    wait_until(|| lock.read() == 1);
    let waiting = fork_child(|| lock.write(2)).expect("forked");
    // The flag of those who sleep: see the docs of the lock's word.
    // SAFETY: the first word of a lock is that of its writer (its docs, "Layout"), and is accessed atomically.
    let word = unsafe { &*std::ptr::from_ref(&*lock).cast::<AtomicU64>() };
    wait_until(|| word.load(Relaxed) >> 63 == 1);
    assert_eq!(lock.read(), 1);
    writer.kill().expect("killed");
    must_succeed(&waiting);
    assert_eq!(lock.read(), 2);
    writer.wait().expect("waited for");
}

pub(crate) fn right_to_write_is_not_inherited() {
    let lock = create_shared::<ShmSeqLock<u64>>().expect("created");
    let mut writer = lock.writer();
    let error = fork_child(|| ()).expect_err("refused");
    assert!(matches!(error, ForkError::ExclusiveBorrow { count: 1 }), "{error:?}");
    assert!(writer.update(|_| fork_child(|| ()).is_err()));
    // SAFETY: `fork` requires that a child of several threads restricts itself (fork(2)): there is one.
    match unsafe { libc::fork() } {
        0 => {
            std::panic::set_hook(Box::new(|_| ()));
            let used = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| writer.write(1)));
            drop(writer);
            let is_kept = lock.try_write(1).is_err_and(|error| error.pid() != Some(std::process::id()));
            // SAFETY: `_exit` requires nothing (_exit(2)).
            unsafe { libc::_exit(i32::from(used.is_ok() || !is_kept)) }
        }
        child => {
            let child = Pid::from_raw(child).expect("forked");
            let status = rustix::process::waitpid(Some(child), rustix::process::WaitOptions::empty());
            assert_eq!(status.expect("waited for").expect("ended").1.exit_status(), Some(0));
        }
    }
    writer.write(2);
    assert_eq!(lock.read(), 2);
}
