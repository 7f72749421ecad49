use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::copies::{COUNT, Copies};
use super::{RawMutex, RawSeqLock, ShmSeqLock};
use crate::layout::Kind;
use crate::{PlacementDefault, ShmSafe};

#[derive(ShmSafe, Clone, Copy, Debug, Default, PartialEq)]
#[repr(C)]
struct Quote {
    bid: f64,
    ask: f64,
}

/// A lock whose last write has this number, and whose writer's word is `word`.
fn lock_after(number: u64, word: u64, value: u32) -> ShmSeqLock<u32> {
    let mutex = RawMutex::from_words(AtomicU64::new(word), AtomicU64::new(0));
    let raw = RawSeqLock::from_words(mutex, AtomicU64::new(number), AtomicU64::new(number));
    let mut lock = ShmSeqLock { raw, copies: Copies::new(0) };
    *lock.get_mut() = value;
    lock
}

/// The writer's word.
fn word<T>(lock: &ShmSeqLock<T>) -> u64 {
    // SAFETY: the lock begins with the word (invariant 2), which is accessed atomically.
    unsafe { &*std::ptr::from_ref(lock).cast::<AtomicU64>() }.load(Ordering::Relaxed)
}

static IN_A_STATIC: ShmSeqLock<Quote> = ShmSeqLock::new(Quote { bid: 1.0, ask: 2.0 });

#[test]
fn lock_in_a_static_has_its_first_value_and_then_others() {
    assert_eq!(IN_A_STATIC.read(), Quote { bid: 1.0, ask: 2.0 });
    IN_A_STATIC.write(Quote { bid: 3.0, ask: 4.0 });
    assert_eq!(IN_A_STATIC.read(), Quote { bid: 3.0, ask: 4.0 });
}

#[test]
fn readers_see_whole_values_in_order_while_two_threads_write() {
    const WRITES: u64 = 20_000;
    // Words, and a tail of each size behind pieces and blocks.
    let lock = ShmSeqLock::new([0_u64; 37]);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..WRITES / 2).for_each(|_| lock.update(|words| *words = [words[36] + 1; 37])));
        }
        for _ in 0..2 {
            scope.spawn(|| {
                let mut last = 0;
                while last < WRITES {
                    let words = lock.read();
                    assert_eq!(words, [words[0]; 37]);
                    assert!(words[0] >= last, "{} after {last}", words[0]);
                    last = words[0];
                }
            });
        }
    });
    assert_eq!(lock.into_inner(), [WRITES; 37]);
}

#[test]
fn values_of_all_sizes_and_alignments_are_kept() {
    macro_rules! sizes {
        ($($len:literal)*) => {$({
            let lock = ShmSeqLock::new([1_u8; $len]);
            assert_eq!(lock.read(), [1; $len]);
            for byte in 2..20 {
                lock.write([byte; $len]);
                assert_eq!(lock.read(), [byte; $len]);
            }
        })*};
    }
    sizes!(0 1 2 3 5 7 8 9 15 16 17 31 63 64 100 127 128 129 255 256 257 300 320 400);
    let wide = ShmSeqLock::new([u128::MAX; 3]);
    wide.write([5; 3]);
    assert_eq!((align_of_val(&wide), wide.read()), (16, [5; 3]));
}

#[test]
fn writer_keeps_others_from_writing_and_nobody_from_reading() {
    let lock = ShmSeqLock::new(1_u32);
    let mut writer = lock.writer();
    writer.write(2);
    let refused = lock.try_write(9).expect_err("there is a writer");
    let pid = std::process::id();
    assert_eq!(refused.to_string(), format!("process {pid} is the writer, and lives"));
    assert_eq!((refused.pid(), refused.into_inner()), (Some(pid), 9));
    assert!(lock.try_writer().is_err());
    let start = Instant::now();
    assert!(lock.write_timeout(9, Duration::from_millis(20)).is_err());
    assert!(start.elapsed() >= Duration::from_millis(20));
    assert!(lock.writer_timeout(Duration::from_millis(1)).is_err());
    assert_eq!(lock.read(), 2);
    writer.update(|value| *value += 1);
    assert_eq!(
        format!("{writer:?} {lock:?}"),
        "ShmSeqLockWriter { value: 3, .. } ShmSeqLock { value: 3, .. }"
    );
    drop(writer);
    lock.try_write(4).expect("nobody writes");
    lock.write_timeout(5, Duration::ZERO).expect("nobody writes");
    assert_eq!(lock.read(), 5);
}

#[test]
fn writer_waits_for_another_thread_that_writes() {
    let lock = ShmSeqLock::new(0_u32);
    let writer = lock.writer();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| lock.write(1));
        while word(&lock) >> 63 == 0 {
            thread::yield_now();
        }
        assert!(!waiting.is_finished());
        drop(writer);
    });
    assert_eq!(lock.read(), 1);
}

#[test]
fn panic_in_an_update_writes_nothing_and_lets_others_write() {
    let lock = ShmSeqLock::new([1_u32; 2]);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        lock.update(|pair| {
            pair[0] = 2;
            panic!("on purpose");
        });
    }));
    assert!(panicked.is_err());
    assert_eq!(lock.read(), [1; 2]);
    lock.try_write([3; 2]).expect("nobody writes");
    assert_eq!(lock.update(|pair| mem::replace(&mut pair[1], 4)), 3);
    assert_eq!(lock.read(), [3, 4]);
}

#[test]
#[cfg(debug_assertions)]
fn becoming_the_writer_twice_on_one_thread_panics() {
    let lock = ShmSeqLock::new(0_u32);
    let mut writer = lock.writer();
    assert!(catch_unwind(AssertUnwindSafe(|| lock.write(1))).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| writer.update(|_| drop(lock.writer())))).is_err());
    drop(writer);
    assert_eq!(lock.read(), 0);
}

#[test]
fn dead_writer_is_replaced_and_leaves_no_poison() {
    // No process has this token: a word outside all regions belongs to this one.
    let lock = lock_after(7, 1 << 25, 5);
    assert_eq!(lock.read(), 5);
    lock.try_write(6).expect("the writer is dead");
    assert_eq!((lock.read(), word(&lock)), (6, 0));
}

#[test]
fn numbers_of_writes_wrap() {
    let lock = lock_after(u64::MAX - 3, 0, 0);
    for value in 1..=20 {
        lock.write(value);
        assert_eq!(lock.read(), value);
    }
}

#[test]
fn value_is_found_in_whatever_copy_it_lies() {
    for writes in 0..2 * u32::try_from(COUNT).expect("a small number") {
        let mut lock = ShmSeqLock::from(writes);
        (0..writes).for_each(|number| lock.write(writes + number + 1));
        let last = 2 * writes;
        assert_eq!(*lock.get_mut(), last);
        *lock.get_mut() += 1;
        assert_eq!((lock.read(), lock.into_inner()), (last + 1, last + 1));
    }
}

#[test]
fn default_is_all_zeroes_if_that_of_the_value_is() {
    const { assert!(<ShmSeqLock<Quote> as PlacementDefault>::DEFAULT_IS_ZERO) };
    assert_eq!(ShmSeqLock::<Quote>::default().read(), Quote::default());
    assert_eq!(size_of::<ShmSeqLock<[u8; 9]>>(), 32 + 8 * 16);
    let Kind::Opaque { fields, .. } = ShmSeqLock::<[u8; 9]>::LAYOUT.kind else { panic!("another kind") };
    assert_eq!(fields.iter().map(|field| field.offset).collect::<Vec<_>>(), [0, 8, 16, 24, 32]);
    assert_eq!(fields[4].layout.size, 8 * 16);
}

/// The code of a function, without comments.
fn code<'a>(source: &'a str, function: &str) -> Vec<&'a str> {
    let start = source.find(function).unwrap_or_else(|| panic!("there is no `{function}`"));
    let indent = start - source[..start].rfind('\n').map_or(0, |end| end + 1);
    let end = format!("\n{}}}\n", " ".repeat(indent));
    let len = source[start..].find(&end).expect("it ends");
    let lines = source[start..start + len].lines().map(str::trim);
    lines.filter(|line| !line.starts_with("//")).collect()
}

/// On a mapping without the right to write, all other atomic operations are undefined.
#[test]
fn read_makes_relaxed_loads_and_fences_and_nothing_else() {
    let machine = code(include_str!("../raw/seqlock.rs"), "pub(crate) fn read(");
    let words = code(include_str!("copy.rs"), "unsafe fn load_words(");
    let mut operations: Vec<&str> = Vec::new();
    for line in machine.iter().chain(&words) {
        for other in ["store", "swap", "compare", "fetch", "SeqCst", "writer", "lock"] {
            assert!(!line.contains(other), "`{line}` is in the way of a reader");
        }
        operations.extend(line.split_inclusive(')').filter(|part| part.contains("Ordering::")));
    }
    let operation = |part: &&str| part[part.rfind(['.', ' ']).map_or(0, |end| end + 1)..].to_owned();
    let found: Vec<String> = operations.iter().map(operation).collect();
    let (load, fence) = ("load(Ordering::Relaxed)", "fence(Ordering::Acquire)");
    assert_eq!(found, [load, fence, fence, load, load]);

    // On the way there, nothing but these is called of the state machine and of the copies.
    let source = include_str!("../seqlock.rs");
    for line in code(source, "pub fn read(") {
        let rest = line.replace("self.raw.read(", "").replace("self.copies.load(", "");
        assert!(!rest.contains("self.raw") && !rest.contains("self.copies"), "{line}");
    }
    for line in
        include_str!("read_only.rs").lines().filter(|line| line.contains("lock.") || line.contains("locks."))
    {
        let line = line.trim();
        assert!(["lock.read()", "locks.len()"].contains(&line) || line.starts_with("//"), "{line}");
    }
}

#[test]
#[should_panic = "`[u64; 3]` has no `ShmSeqLock` of `u64` at offset 8"]
fn lock_that_is_not_there_is_refused() {
    let value = crate::ShmOptions::anonymous().read_only_peers(true).create_shared_with([1_u64, 2, 3]);
    let file = value.expect("created").try_clone_fd().expect("cloned");
    let reader = crate::ReadOnly::<[u64; 3]>::from_fd(file).expect("attached");
    let _ = crate::ReadOnly::seq_lock_at::<u64>(&reader, 8);
}
