//! Heaps into which something else has written: errors, or something that can be used; no panic, and nothing outside the region.
#![allow(unsafe_code, reason = "writes where only a heap's own code should")]

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::heap::{Box, Heap, HeapError, String, Vec, VecDeque};
use crate::{ShmHeap, ShmOptions, ShmSafe};

#[derive(ShmSafe)]
#[repr(C)]
#[shm(crate = "crate")]
struct Root {
    numbers: Vec<u64>,
    names: Vec<String>,
    boxed: Box<Vec<u16>>,
    wide: Box<Wide>,
    text: String,
    queue: VecDeque<u64>,
    jobs: VecDeque<String>,
}

/// Larger than the smallest blocks, and aligned to more than they are.
#[derive(ShmSafe, Clone, Copy)]
#[repr(C, align(256))]
#[shm(crate = "crate")]
struct Wide([u64; 64]);

/// A heap whose root lies behind no lock: nobody else has it.
struct Lab(ShmHeap<Root>);

impl Lab {
    fn new() -> Self {
        let lab = Self(ShmOptions::anonymous().create_heap(48 << 10).expect("created"));
        let (heap, root) = (&lab.0, lab.root());
        root.numbers.extend_from_slice(heap, &[1; 40]).expect("room");
        for name in ["one", "two", "three"] {
            root.names.push(heap, name).expect("room");
        }
        root.boxed.set(heap, [1, 2, 3]).expect("room");
        root.wide.set(heap, Wide([7; 64])).expect("room");
        root.text.push_str(heap, "text").expect("room");
        root.queue.extend(heap, 0..20).expect("room");
        for job in ["one", "two"] {
            root.jobs.push_front(heap, job).expect("room");
        }
        lab
    }

    #[expect(
        clippy::mut_from_ref,
        clippy::cast_ptr_alignment,
        reason = "the region has it for one user, where a root lies"
    )]
    fn root(&self) -> &mut Root {
        // SAFETY: a `&mut` requires a value that nobody else uses: nobody has the root for longer than one function.
        unsafe { &mut *self.0.region().value().cast::<Root>() }
    }

    /// The words from the root's first one on.
    fn words(&self) -> &[AtomicU64] {
        let start = self.0.region().value();
        let len = self.0.words().len() - (start.addr() - self.0.words().base().addr().get());
        // SAFETY: `from_raw_parts` requires aligned, initialised memory that lives as long: that of the region; atomics may be written
        // by others.
        unsafe { std::slice::from_raw_parts(start.cast(), len / 8) }
    }

    fn restore(&self, saved: &[u64]) {
        for (word, &saved) in self.words().iter().zip(saved) {
            word.store(saved, Relaxed);
        }
    }

    fn is_inside<T>(&self, slice: &[T]) -> bool {
        let range = slice.as_ptr_range();
        slice.is_empty() || self.0.holds(range.start.addr()) && self.0.holds(range.end.addr().wrapping_sub(1))
    }

    /// The first word of a container of the root, as index among the words.
    fn index_of<T>(&self, container: &T) -> usize {
        (std::ptr::from_ref(container).addr() - self.0.region().value().addr()) / 8
    }

    /// The indices of two words in the block of a vector.
    fn len_and_capacity_of<T>(&self, vec: &Vec<T>) -> [usize; 2] {
        let offset = self.words()[self.index_of(vec)].load(Relaxed);
        let base = self.0.region().value().addr() - self.0.words().base().addr().get();
        let first = usize::try_from(offset).expect("small") / 8 - base / 8;
        [first + 3, first + 4]
    }
}

/// Uses everything. The elements are numbers, of which all are values.
fn use_all(lab: &Lab) -> Result<(), HeapError> {
    let (heap, root): (&Heap, _) = (&lab.0, lab.root());
    let mut results: [Result<(), HeapError>; 7] = [Ok(()); 7];
    let count =
        |result: &mut Result<(), HeapError>, f: &mut dyn FnMut() -> Result<(), HeapError>| *result = f();
    count(&mut results[0], &mut || {
        assert!(lab.is_inside(root.numbers.as_slice(heap)?));
        root.numbers.push(heap, 5)?;
        root.numbers.pop(heap)?;
        if root.numbers.len(heap)? > 0 {
            root.numbers.insert(heap, 0, 9)?;
            root.numbers.remove(heap, 0)?;
            root.numbers.swap_remove(heap, 0)?;
        }
        root.numbers.extend_from_slice(heap, &[3; 30])?;
        root.numbers.retain(heap, |number| *number == 3)?;
        root.numbers.truncate(heap, 5)?;
        root.numbers.shrink_to_fit(heap)?;
        root.numbers.free(heap)
    });
    count(&mut results[1], &mut || {
        assert!(lab.is_inside(root.names.as_slice(heap)?));
        for index in 0..root.names.len(heap)?.min(4) {
            // Bytes of damaged text are not looked at.
            let name = &mut root.names.as_mut_slice(heap)?[index];
            let _ = name.capacity(heap).and_then(|_| name.push_str(heap, "more"));
        }
        root.names.push(heap, "new")?;
        root.names.insert(heap, 0, "first")?;
        root.names.remove(heap, 0)?.free(heap)?;
        let mut index = 0;
        root.names.retain(heap, |_| {
            index += 1;
            index % 2 == 0
        })?;
        root.names.truncate(heap, 2)?;
        root.names.free(heap)
    });
    count(&mut results[2], &mut || {
        if let Some(vec) = root.boxed.get_mut(heap)? {
            assert!(lab.is_inside(vec.as_slice(heap)?));
            vec.push(heap, 4)?;
        }
        root.boxed.set(heap, [5; 50])?;
        root.boxed.take(heap)?.map_or(Ok(()), |mut vec| vec.free(heap))
    });
    count(&mut results[3], &mut || {
        if let Some(wide) = root.wide.get(heap)? {
            assert!(lab.is_inside(&wide.0) && std::ptr::from_ref(wide).is_aligned());
        }
        root.wide.set(heap, Wide([8; 64]))?;
        root.wide.free(heap)
    });
    count(&mut results[4], &mut || {
        root.text.push_str(heap, " more")?;
        root.text.shrink_to_fit(heap)?;
        root.text.free(heap)
    });
    count(&mut results[5], &mut || {
        let (front, back) = root.queue.as_mut_slices(heap)?;
        assert!(lab.is_inside(front) && lab.is_inside(back));
        root.queue.push_back(heap, 5)?;
        root.queue.push_front(heap, 5)?;
        root.queue.pop_back(heap)?;
        root.queue.pop_front(heap)?;
        root.queue.extend(heap, 0..30)?;
        root.queue.truncate(heap, 5)?;
        root.queue.shrink_to_fit(heap)?;
        root.queue.free(heap)
    });
    count(&mut results[6], &mut || {
        let (front, back) = root.jobs.as_slices(heap)?;
        assert!(lab.is_inside(front) && lab.is_inside(back));
        root.jobs.push_back(heap, "new")?;
        root.jobs.push_front(heap, "first")?;
        root.jobs.pop_front(heap)?.map_or(Ok(()), |mut job| job.free(heap))?;
        root.jobs.truncate(heap, 2)?;
        root.jobs.reserve(heap, 9)?;
        root.jobs.free(heap)
    });
    let checked = heap.check().map(drop);
    results.into_iter().chain([checked]).find(Result::is_err).unwrap_or(Ok(()))
}

#[test]
fn words_of_any_container_end_inside_the_region_wherever_its_block_is_said_to_be() {
    let lab = Lab::new();
    let len = lab.0.words().len() as u64;
    for offset in (len - 512..=len + 64).step_by(8) {
        let is_inside = offset.is_multiple_of(16) && offset + 256 <= len;
        assert_eq!(lab.0.block_at(offset).is_some(), is_inside, "{} from the end", len.abs_diff(offset));
    }
    for offset in [0, 1, 8, u64::MAX, u64::MAX - 15, 1 << 63] {
        assert!(lab.0.block_at(offset).is_none(), "{offset}");
    }
}

#[test]
fn damaged_heap_is_an_error_or_can_be_used() {
    let lab = Lab::new();
    let saved: std::vec::Vec<_> = lab.words().iter().map(|word| word.load(Relaxed)).collect();
    let arena = (lab.0.words().generation().as_ptr().addr() - lab.0.region().value().addr()) / 8;
    // Who waits for a lock cannot know that nobody has it; and a generation of another heap is another heap.
    let is_left_alone = |at: usize| at == arena || (arena + 4..arena + 6).contains(&at);
    let used: std::vec::Vec<_> =
        (0..saved.len()).filter(|&at| saved[at] != 0 && !is_left_alone(at)).collect();
    let mut random = fastrand::Rng::with_seed(9);
    let (mut errors, mut rounds) = (0, 0);
    for round in 0..2500 {
        lab.restore(&saved);
        for _ in 0..random.usize(1..4) {
            // Mostly what is a word of something.
            let at = if random.u8(..) < 230 {
                used[random.usize(..used.len())]
            } else {
                random.usize(..saved.len())
            };
            let value = match random.u8(0..6) {
                0 => random.u64(..),
                1 => random.u64(..) & 0xffff,
                2 => saved[at] ^ 1 << random.u8(..64),
                3 => saved[used[random.usize(..used.len())]],
                4 => (lab.0.words().len() as u64).wrapping_sub(random.u64(..80)),
                _ => saved[at].wrapping_add(1),
            };
            if !is_left_alone(at) {
                lab.words()[at].store(value, Relaxed);
            }
        }
        if round % 2 == 0 {
            // Then all containers are bound again, and what was begun is ended.
            lab.0.words().generation().fetch_add(1, Relaxed);
        }
        errors += u32::from(use_all(&lab).is_err());
        rounds += 1;
    }
    assert!(errors > 500 && errors < rounds, "{errors} errors");
}

/// The words that are believed without asking the tables lead nowhere outside.
#[test]
fn length_that_leads_outside_the_region_is_an_error() {
    // In a new generation the words would be compared with the tables.
    let _alone = crate::region::alone();
    let lab = Lab::new();
    let (heap, root) = (&lab.0, lab.root());
    let block = lab.index_of(&root.numbers);
    let offset = lab.words()[block].load(Relaxed);
    let [len, capacity] = lab.len_and_capacity_of(&root.numbers);
    let (was_len, was_capacity) = (lab.words()[len].load(Relaxed), lab.words()[capacity].load(Relaxed));
    let is_corrupt = |result: Result<(), HeapError>| matches!(result, Err(HeapError::Corrupt { .. }));
    for (bad_len, bad_capacity) in [
        (was_capacity + 1, was_capacity),
        (u64::MAX, was_capacity),
        (was_len, u64::MAX),
        (u64::MAX, u64::MAX),
        (1 << 61, 1 << 61),
        (0, 1 << 61),
        (10_000, 10_000),
        (0, (heap.words().len() as u64 - offset - 56) / 8 + 1),
    ] {
        lab.words()[len].store(bad_len, Relaxed);
        lab.words()[capacity].store(bad_capacity, Relaxed);
        assert!(is_corrupt(root.numbers.as_slice(heap).map(drop)), "{bad_len} {bad_capacity}");
        assert!(is_corrupt(root.numbers.as_mut_slice(heap).map(drop)), "{bad_len} {bad_capacity}");
        // These two look at the one place only, which is inside the region, or an error.
        let pushed = root.numbers.push(heap, 1).map_err(HeapError::from);
        assert!(is_corrupt(pushed) || bad_capacity > was_capacity, "{bad_len} {bad_capacity}");
        let popped = root.numbers.pop(heap).map(drop);
        assert!(is_corrupt(popped) || bad_capacity > was_capacity, "{bad_len} {bad_capacity}");
        assert!(is_corrupt(root.numbers.truncate(heap, 1)), "{bad_len} {bad_capacity}");
        assert!(is_corrupt(root.numbers.shrink_to_fit(heap)), "{bad_len} {bad_capacity}");
    }
    for bad_len in [10_000, 1 << 30, 1 << 60] {
        lab.words()[len].store(bad_len, Relaxed);
        lab.words()[capacity].store(u64::MAX, Relaxed);
        assert!(is_corrupt(root.numbers.push(heap, 1).map_err(HeapError::from)), "{bad_len}");
        assert!(is_corrupt(root.numbers.pop(heap).map(drop)), "{bad_len}");
    }
    lab.words()[len].store(was_len, Relaxed);
    lab.words()[capacity].store(was_capacity, Relaxed);
    assert_eq!(root.numbers.pop(heap), Ok(Some(1)));

    // A block at the very end has no room for what it says. Where none can be at all, the container is no owner from then on.
    for back in [256, 320, 48] {
        lab.words()[block].store(heap.words().len() as u64 - back, Relaxed);
        assert!(
            root.numbers.as_slice(heap).is_ok_and(|slice| lab.is_inside(slice)) || back == 48 || {
                is_corrupt(root.numbers.as_slice(heap).map(drop))
            }
        );
    }
    lab.words()[lab.index_of(&root.wide)].store(heap.words().len() as u64 - 256, Relaxed);
    assert!(is_corrupt(root.wide.get(heap).map(drop)));
}

/// A view was compared with the region when it was made, and nothing that is written since leads outside its block.
#[test]
fn length_that_is_written_under_a_view_leads_nowhere() {
    let lab = Lab::new();
    let (heap, root) = (&lab.0, lab.root());
    let [len, capacity] = lab.len_and_capacity_of(&root.numbers);
    let (was_len, was_capacity) = (lab.words()[len].load(Relaxed), lab.words()[capacity].load(Relaxed));
    let behind = lab.words()[len..].iter().skip(usize::try_from(was_capacity).expect("small") + 4).take(64);
    let before: std::vec::Vec<_> = behind.clone().map(|word| word.load(Relaxed)).collect();
    let mut view = root.numbers.view_mut(heap).expect("bound");
    for bad_len in [was_capacity + 1, 10_000, 1 << 30, 1 << 61, u64::MAX] {
        lab.words()[len].store(bad_len, Relaxed);
        assert_eq!(view.len() as u64, was_capacity, "{bad_len}");
        assert!(lab.is_inside(&view), "{bad_len}");
        view.pop().expect("one of the block");
        assert_eq!(lab.words()[len].load(Relaxed), was_capacity - 1, "{bad_len}");
        lab.words()[len].store(bad_len, Relaxed);
        // The vector itself finds it.
        let pushed = view.push(77).map_err(HeapError::from);
        assert!(matches!(pushed, Err(HeapError::Corrupt { .. })), "{bad_len}: {pushed:?}");
        assert_eq!((view.len(), view.pop().is_err()), (0, true), "{bad_len}");
        lab.words()[len].store(was_len, Relaxed);
        view = root.numbers.view_mut(heap).expect("bound");
        assert_eq!(view.len() as u64, was_len);
    }
    assert!(behind.map(|word| word.load(Relaxed)).eq(before));
}

/// A container that says that it was bound in this generation is looked at before its values are.
#[test]
fn room_is_demanded_before_values_are_looked_at() {
    fn repaired<T: ShmSafe>(container: &mut T) -> Result<(), std::string::String> {
        // SAFETY: `repair` requires a container with this layout that the caller has alone.
        unsafe { crate::heap::open::repair(T::LAYOUT, std::ptr::from_mut(container).cast()) }
    }
    let _alone = crate::region::alone();
    let lab = Lab::new();
    let root = lab.root();
    let base = lab.0.region().value().addr() - lab.0.words().base().addr().get();
    let word_of = |container: usize, word: usize| {
        let offset = usize::try_from(lab.words()[container].load(Relaxed)).expect("small");
        (offset - base) / 8 + word
    };
    assert_eq!(repaired(&mut root.numbers), Ok(()));
    assert_eq!(repaired(&mut root.queue), Ok(()));
    let [len, capacity] = lab.len_and_capacity_of(&root.numbers);
    for bad in [10_000, 1 << 40, u64::MAX] {
        lab.words()[len].store(bad, Relaxed);
        lab.words()[capacity].store(bad, Relaxed);
        assert!(repaired(&mut root.numbers).is_err_and(|error| error.contains("more elements")), "{bad}");
    }
    // Start, capacity and end.
    for (word, bad) in [(3, 1 << 40), (4, 0), (4, 1 << 40), (4, 3), (6, u64::MAX)] {
        let at = word_of(lab.index_of(&root.queue), word);
        let was = lab.words()[at].swap(bad, Relaxed);
        assert!(
            repaired(&mut root.queue).is_err_and(|error| error.contains("more elements")),
            "{word} {bad}"
        );
        lab.words()[at].store(was, Relaxed);
    }
    assert_eq!(repaired(&mut root.queue), Ok(()));
}

/// A chain that leads back to itself ends.
#[test]
fn box_that_has_replaced_itself_is_an_error() {
    let lab = Lab::new();
    let (heap, root) = (&lab.0, lab.root());
    let base = lab.0.region().value().addr() - lab.0.words().base().addr().get();
    let offset = lab.words()[lab.index_of(&root.boxed)].load(Relaxed);
    let replaced = (usize::try_from(offset).expect("small") - base) / 8 + 4;
    for other in [offset, lab.words()[lab.index_of(&root.numbers)].load(Relaxed), u64::MAX, 8] {
        lab.words()[replaced].store(other, Relaxed);
        lab.0.words().generation().fetch_add(1, Relaxed);
        assert!(matches!(root.boxed.get(heap), Err(HeapError::Corrupt { .. })), "{other}");
    }
}
