//! The barrier.
//!
//! Two threads, or three with at most two preemptions; each arrives once or twice.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use crate::model;
use crate::raw::barrier::{NotOpened, Passed, RawBarrier};
use crate::raw::world::{AtomicU64, Patience, die, die_before_waking};

/// A barrier at the last of its generations, and what each has done.
struct Meeting<const THREADS: usize> {
    barrier: RawBarrier,
    done: [UnsafeCell<u32>; THREADS],
}

impl<const THREADS: usize> Meeting<THREADS> {
    fn new() -> Arc<Self> {
        let barrier = RawBarrier::from_word(AtomicU64::new(u64::from(u32::MAX) << 32));
        Arc::new(Self { barrier, done: std::array::from_fn(|_| UnsafeCell::new(0)) })
    }

    fn arrive(&self, patience: Patience) -> Result<Passed, NotOpened> {
        self.barrier.wait(u32::try_from(THREADS).expect("a small number"), patience)
    }

    /// One does something before it arrives, and all see it after.
    fn meet(&self, me: usize, times: u32) -> usize {
        let mut led = 0;
        for time in 1..=times {
            // SAFETY: loom verifies that nobody else is here.
            self.done[me].with_mut(|done| unsafe { *done = time });
            let passed = self.arrive(Patience::Forever).expect("waited for");
            led += usize::from(passed == Passed::Leader);
            for done in &self.done {
                // SAFETY: loom verifies that nobody writes.
                assert_eq!(done.with(|done| unsafe { *done }), time);
            }
            if time == times {
                break;
            }
            // Nobody goes on to write before all have read.
            let passed = self.arrive(Patience::Forever).expect("waited for");
            led += usize::from(passed == Passed::Leader);
        }
        led
    }
}

fn meet<const THREADS: usize>(times: u32) {
    let meeting = Meeting::<THREADS>::new();
    let others: Vec<_> = (1..THREADS)
        .map(|me| {
            let meeting = Arc::clone(&meeting);
            thread::spawn(move || meeting.meet(me, times))
        })
        .collect();
    let led = meeting.meet(0, times);
    let led = others.into_iter().fold(led, |led, other| led + other.join().expect("no panic"));
    assert_eq!(led, 2 * times as usize - 1);
}

#[test]
fn two_meet_again_and_again_and_one_leads() {
    model(3, || meet::<2>(2));
}

#[test]
fn three_meet() {
    model(2, || meet::<3>(1));
}

#[test]
fn who_is_late_and_who_gives_up_agree() {
    model(3, || {
        let meeting = Meeting::<2>::new();
        let other = {
            let meeting = Arc::clone(&meeting);
            thread::spawn(move || meeting.arrive(Patience::None))
        };
        let this = meeting.arrive(Patience::None);
        let other = other.join().expect("no panic");
        assert_eq!(this.is_ok(), other.is_ok());
        assert!(this.is_err() || this != other, "one leads");
        // Nobody is there any more.
        assert_eq!(meeting.arrive(Patience::None), Err(NotOpened));
    });
}

#[test]
fn who_gives_up_does_not_lock_the_others_out() {
    model(2, || {
        let meeting = Meeting::<2>::new();
        let others = [0; 2].map(|_| {
            let meeting = Arc::clone(&meeting);
            thread::spawn(move || meeting.arrive(Patience::Forever).expect("waited for"))
        });
        // If it comes through with one of them, the other one needs another partner.
        if meeting.arrive(Patience::None).is_ok() {
            meeting.arrive(Patience::Forever).expect("waited for");
        }
        for other in others {
            other.join().expect("no panic");
        }
    });
}

#[test]
fn leader_that_dies_before_it_wakes_leaves_nobody_asleep() {
    model(2, || {
        let meeting = Meeting::<2>::new();
        let other = {
            let meeting = Arc::clone(&meeting);
            thread::spawn(move || meeting.arrive(Patience::Forever).expect("waited for"))
        };
        die_before_waking();
        meeting.arrive(Patience::Forever).expect("waited for");
        die(1);
        other.join().expect("no panic");
    });
}
