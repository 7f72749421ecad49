//! Containers whose bytes somebody has overwritten, and a slab whose user is killed amidst of a change.
#![allow(unsafe_code, reason = "copies a value bit by bit, to change what another process has damaged")]

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use shmcore::fixed::Handle;
use shmcore::process::fork_child;
use shmcore::{
    AttachError, ShmDeque, ShmDuration, ShmMap, ShmMutex, ShmOption, ShmOptions, ShmSafe, ShmSet, ShmSlab,
    ShmString, ShmVec, create_shared, open_shared,
};

use crate::facts::{region_descriptors, wait_until};
use crate::place::Place;

#[derive(ShmSafe, Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
enum Side {
    Buy = 1,
    Sell = 2,
}

#[derive(ShmSafe, Debug)]
#[repr(C)]
struct Desk {
    open: ShmVec<Side, 6>,
    prices: ShmMap<char, Side, 4>,
    letters: ShmSet<char, 4>,
    sides: ShmSlab<Side, 5>,
    last: ShmOption<Side>,
    name: ShmString<12>,
    queue: ShmDeque<Side, 5>,
    pause: ShmDuration,
}

fn desk() -> Desk {
    let mut desk = Desk {
        open: ShmVec::from_slice(&[Side::Buy, Side::Sell]).expect("they fit"),
        prices: ShmMap::new(),
        letters: ShmSet::new(),
        sides: ShmSlab::new(),
        last: ShmOption::Some(Side::Sell),
        name: ShmString::try_from("größe").expect("it fits"),
        queue: ShmDeque::new(),
        pause: ShmDuration::from_millis(1500),
    };
    let first = desk.sides.insert(Side::Buy).expect("it fits");
    for letter in ['a', 'ß'] {
        desk.prices.insert(letter, Side::Buy).expect("it fits");
        desk.letters.insert(letter).expect("it fits");
        desk.sides.insert(Side::Sell).expect("it fits");
        desk.queue.push_back(Side::Sell).expect("it fits");
        desk.queue.push_front(Side::Buy).expect("it fits");
    }
    desk.sides.remove(first);
    desk
}

impl Side {
    /// The compiler does not know that it is.
    fn is_one(self) -> bool {
        matches!(std::hint::black_box(self as u8), 1 | 2)
    }
}

/// Reads all that is there, and changes it in all ways that come to mind.
fn use_all(desk: &mut Desk) {
    assert!(!format!("{desk:?}").is_empty());
    let is_char = |found: char| char::from_u32(std::hint::black_box(found as u32)).is_some();
    let Desk { open, prices, letters, sides, last, name, queue, pause } = desk;

    assert!(open.iter().all(|side| side.is_one()));
    let _ =
        (open.pop(), open.push(Side::Buy).is_ok(), open.insert(0, Side::Sell).is_ok(), open.swap_remove(0));
    open.retain(|side| *side == Side::Buy);
    assert!(open.drain(..).all(Side::is_one) && open.is_empty());

    assert!(prices.iter().all(|(letter, side)| is_char(*letter) && side.is_one()));
    let _ = (prices.get(&'a').is_some(), prices.remove(&'a'), prices.insert('b', Side::Sell).is_ok());
    let _ = (prices.clone(), prices.entry('c').or_insert(Side::Buy).is_ok(), prices.len());
    prices.rebuild();
    assert!(prices.keys().all(|letter| prices.contains_key(letter)));
    assert!(prices.drain().all(|(letter, side)| is_char(letter) && side.is_one()) && prices.is_empty());

    assert!(letters.iter().all(|letter| is_char(*letter)));
    let _ = (letters.insert('x').is_ok(), letters.remove(&'ß'), letters.contains(&'a'), letters.clone());
    letters.rebuild();
    assert!(letters.drain().all(is_char) && letters.is_empty());

    let handles: Vec<_> = sides.iter().map(|(handle, side)| (handle, *side)).collect();
    assert!(handles.iter().all(|(handle, side)| side.is_one() && sides.get(*handle) == Some(side)));
    let _ =
        (sides.len(), sides.is_full(), sides.contains(Handle::dangling()), sides.insert(Side::Buy).is_ok());
    assert!(handles.iter().all(|(handle, side)| sides.remove(*handle) == Some(*side)));
    while sides.insert(Side::Sell).is_ok() {}
    assert!(sides.is_full() && sides.drain().all(|(_, side)| side.is_one()) && sides.is_empty());

    assert!(last.is_none_or(Side::is_one) && last.take().is_none_or(Side::is_one) && last.is_none());

    assert_eq!(std::str::from_utf8(name.as_bytes()), Ok(name.as_str()));
    let _ = (name.pop(), name.push('ö').is_ok(), name.insert(0, 'x').is_ok(), name.remove(0));
    assert_eq!(std::str::from_utf8(name.as_bytes()), Ok(name.as_str()));

    assert!(queue.iter().all(|side| side.is_one()));
    let _ = (queue.push_back(Side::Buy).is_ok(), queue.pop_front(), queue.push_front(Side::Sell).is_ok());
    assert!(queue.make_contiguous().iter().all(|side| side.is_one()) && queue.pop_back().is_some());
    queue.clear();

    assert!(pause.subsec_nanos() < 1_000_000_000 && pause.saturating_add(*pause) >= *pause);
}

/// Whatever a peer writes over them, attaching says what is wrong, or they are safe to use.
pub(crate) fn corrupted_containers_are_errors_or_safe_to_use() {
    let place = Place::new();
    ShmOptions::new("desk").create_shared_with(desk()).expect("created");
    let file = OpenOptions::new().read(true).write(true).open(place.of("desk")).expect("opened");
    let mut offset = [0; 8];
    file.read_exact_at(&mut offset, 120).expect("read");
    let offset = u64::from_ne_bytes(offset);
    let mut original = vec![0; size_of::<Desk>()];
    file.read_exact_at(&mut original, offset).expect("read");

    let seed = std::env::var("SHM_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0x5eed);
    println!("SHM_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut refused, mut attached) = (0, 0);
    for _ in 0..10_000 {
        let mut bytes = original.clone();
        for _ in 0..random.usize(1..8) {
            let at = random.usize(..bytes.len());
            bytes[at] = match random.u8(0..4) {
                0 => random.u8(..),
                1 => bytes[at] ^ (1 << random.u8(0..8)),
                2 => 0xff,
                _ => bytes[at].wrapping_add(1),
            };
        }
        file.write_all_at(&bytes, offset).expect("written");
        match open_shared::<Desk>("desk") {
            Ok(desk) => {
                attached += 1;
                // SAFETY: `read` requires a valid value: the reference is to one; the copy has no drop glue (`ShmSafe`), and nothing in
                // it is of one place only.
                let mut copy = unsafe { ptr::read(&raw const *desk) };
                use_all(&mut copy);
            }
            Err(error) => {
                refused += 1;
                assert!(matches!(error, AttachError::InvalidValue { .. }), "{error:?}");
                assert!(error.to_string().contains("Desk."), "{error}");
            }
        }
    }
    println!("{refused} refused, {attached} attached");
    assert!(refused > 1000 && attached > 1000);
    assert!(region_descriptors().is_empty());
    file.write_all_at(&original, offset).expect("written");
    use_all(&mut desk());
    assert_eq!(open_shared::<Desk>("desk").expect("the original is right").name, "größe");
}

/// Each insertion and each removal is done or not done, at whatever instruction the process dies.
pub(crate) fn slab_whose_user_is_killed_has_what_it_was_told_to_have() {
    const CAPACITY: usize = 8;
    type Slab = ShmSlab<u64, CAPACITY>;

    #[derive(ShmSafe)]
    #[repr(C)]
    struct Progress {
        /// How many were inserted and removed: the numbers from 0 on, in order.
        inserted: AtomicU64,
        removed: AtomicU64,
        slab: ShmMutex<Slab>,
    }

    let progress = create_shared::<Progress>().expect("created");
    let change = || {
        let mut slab = progress.slab.lock().expect("in order");
        let mut number = progress.inserted.load(Relaxed);
        loop {
            if slab.is_full() || slab.len() > 2 && number.is_multiple_of(3) {
                let oldest =
                    slab.iter().min_by_key(|(_, number)| **number).map(|(handle, _)| handle).expect("some");
                let removed = slab.remove(oldest).expect("it is there");
                progress.removed.store(removed + 1, Relaxed);
            }
            slab.insert(number).expect("there is room");
            number += 1;
            progress.inserted.store(number, Relaxed);
        }
    };
    let mut random = fastrand::Rng::with_seed(0x5eed);
    let mut half_done = 0;
    for _ in 0..600 {
        let before = progress.inserted.load(Relaxed);
        let child = fork_child(change).expect("forked");
        wait_until(|| progress.inserted.load(Relaxed) > before + 20);
        (0..random.u32(0..3000)).for_each(|_| std::hint::spin_loop());
        child.kill().expect("killed");
        child.wait().expect("waited for");

        let mut slab = progress.slab.lock().expect_err("poisoned").into_inner();
        let (removed, inserted) = (progress.removed.load(Relaxed), progress.inserted.load(Relaxed));
        let mut numbers: Vec<u64> = slab.iter().map(|(_, number)| *number).collect();
        numbers.sort_unstable();
        let (first, last) = (numbers[0], numbers[numbers.len() - 1]);
        assert!(numbers.iter().copied().eq(first..=last), "a gap: {numbers:?}");
        assert!(first == removed || first == removed + 1, "{first} after {removed} removals");
        assert!(last + 1 == inserted || last == inserted, "{last} after {inserted} insertions");
        assert_eq!(slab.len(), numbers.len());
        half_done += u32::from(first != removed || last + 1 != inserted);
        // No place is lost.
        let mut added = Vec::new();
        while let Ok(handle) = slab.insert(u64::MAX) {
            added.push(handle);
        }
        assert_eq!(numbers.len() + added.len(), CAPACITY);
        assert!(added.into_iter().all(|handle| slab.remove(handle) == Some(u64::MAX)));
        progress.removed.store(first, Relaxed);
        progress.inserted.store(last + 1, Relaxed);
        drop(slab);
        progress.slab.clear_poison();
    }
    println!("{half_done} times a change was done that was not told of");
    assert!(half_done > 0, "no process died amidst of a change");
}
