//! The allocator against a model, and stopped before each of its stores.
#![allow(unsafe_code, reason = "makes arenas of memory of its own")]

use std::cell::Cell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};

use super::allocate::Found;
use super::arena::{WORD, head};
use super::classes::PAGE;
use super::{Arena, Census, Failed};

thread_local! {
    /// Stores until the process "dies"; 0 if it lives on.
    static LIFE: Cell<u64> = const { Cell::new(0) };
}

/// The panic that stands for a death.
struct Death;

/// Does something that may die before one of its stores, the first one being number 1; whether it did. Nothing dies at 0.
///
/// What would be done later by who finds the lock's holder dead is not.
pub(in crate::heap) fn dies(life: u64, f: impl FnOnce()) -> bool {
    LIFE.set(life);
    let outcome = catch_unwind(AssertUnwindSafe(f));
    LIFE.set(0);
    match outcome {
        Ok(()) => false,
        Err(payload) if payload.is::<Death>() => true,
        Err(payload) => resume_unwind(payload),
    }
}

/// How many stores something makes.
pub(in crate::heap) fn count_stores(f: impl FnOnce()) -> u64 {
    LIFE.set(u64::MAX);
    f();
    u64::MAX - LIFE.replace(0)
}

/// Whether the next store is the one before which the process "dies".
pub(in crate::heap) fn is_last_store() -> bool {
    LIFE.get() == 1
}

impl Arena {
    /// What the next locker does who sees that the owner of the lock is dead.
    pub(in crate::heap) fn recover_after_death(&self) {
        super::transaction::recover(self).expect("in order");
    }
}

/// Called before each store.
pub(in crate::heap) fn before_store() {
    match LIFE.get() {
        0 => {}
        1 => {
            LIFE.set(0);
            resume_unwind(Box::new(Death));
        }
        left => LIFE.set(left - 1),
    }
}

/// Runs an operation on a heap, which dies before this of its stores and is found by the next locker; whether it was done.
pub(crate) fn die_before(store: u64, arena: &Arena, operation: impl FnOnce()) -> bool {
    LIFE.set(store);
    let outcome = catch_unwind(AssertUnwindSafe(operation));
    LIFE.set(0);
    match outcome {
        Ok(()) => true,
        Err(death) if death.is::<Death>() => {
            super::transaction::recover(arena).expect("in order");
            false
        }
        Err(panic) => resume_unwind(panic),
    }
}

/// Memory of a region whose arena begins at 64.
struct Region {
    words: Box<[Page]>,
    arena: Arena,
}

#[repr(align(4096))]
#[derive(Clone)]
struct Page(#[expect(dead_code, reason = "only its address is used")] [u64; 512]);

/// The token of this process.
fn me() -> u64 {
    crate::region::owner::token().expect("a token")
}

impl Region {
    fn new(bytes: usize) -> Self {
        let region = Self::of(vec![Page([0; 512]); bytes.div_ceil(4096)].into());
        region.arena.format().expect("zeroes");
        region
    }

    fn of(mut words: Box<[Page]>) -> Self {
        let base = NonNull::new(words.as_mut_ptr().cast::<u8>()).expect("an address");
        // SAFETY: `Arena::new` requires memory that lives as long as the arena: both are in `Region`, and the box's contents do not
        // move; and that nobody else uses it: the box is not touched but in `copy`.
        let arena = unsafe { Arena::new(base, words.len() * 4096, 64) }.expect("room");
        Self { words, arena }
    }

    /// A region with the same bytes.
    fn copy(&self) -> Self {
        Self::of(self.words.clone())
    }

    fn allocate(&self, size: usize, align: usize) -> Result<usize, Failed> {
        let mut locked = self.arena.locked(me()).expect("in order");
        let new = locked.allocate(size, align)?;
        assert!(new.size >= size && new.offset.is_multiple_of(align));
        locked.commit();
        Ok(new.offset)
    }

    fn free(&self, offset: usize) {
        let mut locked = self.arena.locked(me()).expect("in order");
        let block = found(&locked, offset);
        locked.free(block).expect("in order");
        locked.commit();
    }

    fn check(&self) -> Census {
        self.arena.locked(me()).expect("in order").check().expect("in order")
    }

    fn blocks(&self) -> Vec<(usize, usize)> {
        let mut blocks = Vec::new();
        let locked = self.arena.locked(me()).expect("in order");
        locked.each_block(|offset, size| blocks.push((offset, size))).expect("in order");
        blocks
    }

    /// All words but the log, the lock and the last nonce.
    fn state(&self) -> Vec<u64> {
        let log = super::transaction::bytes_of_log(&self.arena);
        let lock = self.arena.head_at(head::LOCK_WORDS.start)..self.arena.head_at(head::LOCK_WORDS.end);
        let nonce = self.arena.head_at(head::NONCE);
        let is_state = |at: &usize| !log.contains(at) && !lock.contains(at) && *at != nonce;
        let words = (64..self.arena.page_at(0)).step_by(WORD).filter(is_state);
        words.map(|at| self.word(at).load(Ordering::Relaxed)).collect()
    }

    /// The word at an offset.
    fn word(&self, offset: usize) -> &AtomicU64 {
        self.arena.word_at(offset as u64).expect("inside")
    }

    /// What the next locker finds who sees that the owner of the lock is dead.
    fn recover_after_death(&self) {
        super::transaction::recover(&self.arena).expect("in order");
        self.arena.lock().unlock(me());
    }
}

fn found(locked: &super::Locked<'_>, offset: usize) -> Found {
    locked.block(offset).expect("in order").expect("a block")
}

/// Numbers without pattern.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).expect("small")
    }

    /// Small sizes more often than large ones.
    fn size(&mut self, most: usize) -> usize {
        let bits = self.below(most.ilog2() as usize + 1);
        (1 << bits) + self.below(1 << bits)
    }
}

#[test]
fn new_heap_is_one_free_run() {
    for bytes in [16 << 10, 64 << 10, 100_000, 1 << 20, 300 << 20] {
        let region = Region::new(bytes);
        let census = region.check();
        assert_eq!((census.blocks, census.used), (0, 0));
        assert_eq!(census.longest, region.arena.capacity());
        assert_eq!(region.allocate(census.longest, 1), Ok(region.arena.page_at(0)), "all of it");
        assert_eq!(region.allocate(1, 1), Err(Failed::OutOfMemory));
        region.free(region.arena.page_at(0));
        assert_eq!(region.check(), census);
    }
}

#[test]
fn region_of_a_length_that_was_computed_has_room() {
    for bytes in [1, 1000, 1024, 5000, 65_536, 1_000_001, 1 << 30] {
        for start in [64, 640, 4096] {
            let len = (start + Arena::bytes_for(bytes)).next_multiple_of(4096);
            let base = NonNull::<Page>::dangling().cast();
            // SAFETY: nothing is read or written through this arena.
            let arena = unsafe { Arena::new(base, len, start) }.expect("room");
            assert!(
                arena.capacity() >= bytes && arena.capacity() <= bytes + 3 * 4096 + bytes / 50,
                "{bytes}"
            );
            assert!(arena.has_place_at((arena.page_at(0) + arena.capacity() - 32) as u64), "the last place");
        }
    }
}

/// Random blocks, with the model of what is where.
fn workload(region: &Region, steps: usize, most: usize, seed: u64) {
    let mut random = Random(seed);
    let mut blocks: Vec<(usize, usize)> = Vec::new();
    let mut by_offset: BTreeMap<usize, usize> = BTreeMap::new();
    let capacity = region.arena.capacity();
    let mut live = 0;
    for step in 0..steps {
        if (live < capacity / 2 && random.below(3) > 0) || blocks.is_empty() {
            let size = random.size(most);
            let align = 1 << random.below(13);
            match region.allocate(size, align) {
                Ok(offset) => {
                    let before = by_offset.range(..=offset).next_back();
                    assert!(before.is_none_or(|(at, len)| at + len <= offset), "overlap in step {step}");
                    let after = by_offset.range(offset..).next();
                    assert!(after.is_none_or(|(at, _)| offset + size <= *at), "overlap in step {step}");
                    by_offset.insert(offset, size);
                    blocks.push((offset, size));
                    live += size;
                }
                Err(failed) => assert_eq!(failed, Failed::OutOfMemory),
            }
        } else {
            let (offset, size) = blocks.swap_remove(random.below(blocks.len()));
            by_offset.remove(&offset);
            region.free(offset);
            live -= size;
        }
        if step % (steps / 20) == 0 {
            assert_eq!(region.check().blocks, blocks.len());
        }
    }
    for (offset, _) in blocks {
        region.free(offset);
    }
    let mut locked = region.arena.locked(me()).expect("in order");
    locked.trim().expect("in order");
    drop(locked);
    assert_eq!(region.check(), Region::new(region.words.len() * 4096).check(), "all merged again");
}

#[test]
fn blocks_never_overlap_and_merge_again() {
    for (bytes, most, seed) in
        [(64 << 10, 4000, 1), (1 << 20, 3000, 2), (8 << 20, 100_000, 3), (1 << 20, 200, 4)]
    {
        workload(&Region::new(bytes), 20_000, most, seed);
    }
}

/// The long workload: `cargo test --release -p shmcore --lib ten_million -- --ignored`.
#[test]
#[ignore = "takes a minute"]
fn ten_million_blocks_never_overlap_and_merge_again() {
    workload(&Region::new(64 << 20), 10_000_000, 20_000, 5);
}

#[test]
fn blocks_are_found_where_they_begin_and_nowhere_else() {
    let region = Region::new(256 << 10);
    let blocks: Vec<_> = [10, 100, 3000, 24, 2048, 5000, 700]
        .map(|size| region.allocate(size, 8).expect("room"))
        .into_iter()
        .collect();
    let gone = region.allocate(40, 8).expect("room");
    region.free(gone);
    let locked = region.arena.locked(me()).expect("in order");
    for offset in 0..region.arena.len() + 100 {
        let found = locked.block(offset).expect("in order");
        assert_eq!(found.is_some(), blocks.contains(&offset), "offset {offset}");
    }
}

#[test]
fn large_block_grows_into_what_is_free_behind_it() {
    let region = Region::new(256 << 10);
    let first = region.allocate(5000, 8).expect("room");
    let mut locked = region.arena.locked(me()).expect("in order");
    let block = found(&locked, first);
    assert_eq!(locked.extend(block, 20_000), Ok(Some(20 * PAGE)));
    locked.commit();
    drop(locked);
    let second = region.allocate(5000, 8).expect("room");
    let mut locked = region.arena.locked(me()).expect("in order");
    let block = found(&locked, first);
    assert_eq!((block.size, locked.extend(block, 21_000)), (20 * PAGE, Ok(None)));
    drop(locked);
    region.check();
    region.free(first);
    region.free(second);
    assert_eq!(region.check().used, 0);
}

/// An operation that may die, and what the state may be then.
fn die_before_each_store(region: &Region, operation: impl Fn(&Region)) -> u64 {
    let (before, blocks_before) = (region.state(), region.blocks());
    let done = region.copy();
    operation(&done);
    let done = done.state();
    let mut life = 1;
    loop {
        let copy = region.copy();
        LIFE.set(life);
        let outcome = catch_unwind(AssertUnwindSafe(|| operation(&copy)));
        LIFE.set(0);
        if outcome.is_ok() {
            assert_eq!(copy.state(), done);
            return life;
        }
        // The recoverer may die as well, before each of its stores.
        for life in 1.. {
            let again = copy.copy();
            LIFE.set(life);
            let outcome = catch_unwind(AssertUnwindSafe(|| again.recover_after_death()));
            LIFE.set(0);
            again.recover_after_death();
            let state = again.state();
            // Memory that was kept for small blocks may have been given back before the operation began.
            let is_before = state == before || again.blocks() == blocks_before;
            assert!(is_before || state == done, "half done after {life} stores");
            again.check();
            if outcome.is_ok() {
                break;
            }
        }
        life += 1;
    }
}

#[test]
fn death_before_any_store_leaves_all_or_nothing() {
    let region = Region::new(192 << 10);
    let mut random = Random(11);
    let mut blocks = Vec::new();
    let mut points = 0;
    for _ in 0..150 {
        let size = random.size(8000);
        if random.below(3) == 0 && !blocks.is_empty() {
            let offset = blocks.swap_remove(random.below(blocks.len()));
            points += die_before_each_store(&region, |region| region.free(offset));
            region.free(offset);
        } else {
            points += die_before_each_store(&region, |region| _ = region.allocate(size, 8));
            blocks.extend(region.allocate(size, 8));
        }
        // A block for another, as when a container grows.
        if let Some(offset) = blocks.pop() {
            let grow = |region: &Region| {
                let mut locked = region.arena.locked(me()).expect("in order");
                let Ok(new) = locked.allocate(size * 2, 8) else { return offset };
                let old = found(&locked, offset);
                locked.free(old).expect("in order");
                locked.commit();
                new.offset
            };
            points += die_before_each_store(&region, |region| _ = grow(region));
            blocks.push(grow(&region));
        }
    }
    assert!(points > 3000, "{points} points");
}

/// Any words where the allocator keeps its own lead to an error and to no panic, and take little time.
#[test]
fn random_words_are_errors() {
    let good = Region::new(64 << 10);
    let mut random = Random(5);
    let offsets: Vec<_> =
        (0..40).map(|_| good.allocate(random.size(3000), 8)).filter_map(Result::ok).collect();
    let mut errors = 0;
    for _ in 0..4000 {
        let bad = good.copy();
        for _ in 0..=random.below(3) {
            let at = 64 + random.below((bad.arena.page_at(0) - 64) / WORD) * WORD;
            let is_lock = (bad.arena.head_at(head::LOCK_WORDS.start)
                ..bad.arena.head_at(head::LOCK_WORDS.end))
                .contains(&at);
            if !is_lock {
                let value = match random.below(4) {
                    0 => random.next(),
                    1 => random.next() & 0xff,
                    2 => bad.word(at).load(Ordering::Relaxed) ^ 1 << random.below(64),
                    _ => bad.word(64 + random.below(500) * WORD).load(Ordering::Relaxed),
                };
                bad.word(at).store(value, Ordering::Relaxed);
            }
        }
        let Ok(mut locked) = bad.arena.locked(me()) else { continue };
        errors += u32::from(locked.check().is_err());
        for &offset in &offsets {
            let freed = locked.block(offset).map(|block| block.map(|block| locked.free(block)));
            if matches!(freed, Ok(Some(Ok(())))) {
                locked.commit();
            } else {
                locked.abandon();
            }
            if locked.allocate(random.size(3000), 8).is_ok() {
                locked.commit();
            } else {
                locked.abandon();
            }
        }
    }
    assert!(errors > 1000, "{errors} errors");
}

#[test]
fn threads_share_a_heap() {
    let region = Region::new(4 << 20);
    let total = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for seed in 1..4 {
            let (region, total) = (&region, &total);
            scope.spawn(move || {
                let mut random = Random(seed);
                let mut blocks: Vec<(usize, u64)> = Vec::new();
                for _ in 0..3000 {
                    let offset = region.allocate(random.size(2000).max(8), 8).expect("room");
                    let mark = random.next();
                    region.word(offset).store(mark, Ordering::Relaxed);
                    blocks.push((offset, mark));
                    if blocks.len() > 100 {
                        let (offset, mark) = blocks.swap_remove(random.below(blocks.len()));
                        assert_eq!(region.word(offset).load(Ordering::Relaxed), mark);
                        region.free(offset);
                    }
                }
                total.fetch_add(blocks.len() as u64, Ordering::Relaxed);
            });
        }
    });
    assert_eq!(region.check().blocks as u64, total.into_inner());
}
