use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use super::super::TimeoutError;
use super::super::raw::barrier::RawBarrier;
use super::ShmBarrier;
use crate::ShmSafe;
use crate::layout::Kind;

/// Threads that meet so many times; each time all see what each has done.
fn meet(barrier: &ShmBarrier, threads: u32, times: u32) {
    let (steps, leaders) = (AtomicU32::new(0), AtomicU32::new(0));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                for time in 1..=times {
                    steps.fetch_add(1, Relaxed);
                    if barrier.wait().is_leader() {
                        leaders.fetch_add(1, Relaxed);
                    }
                    let seen = steps.load(Relaxed);
                    assert!(seen >= time * threads, "{seen} steps at the {time}th opening");
                }
            });
        }
    });
    assert_eq!(leaders.into_inner(), times);
}

#[test]
fn all_go_on_together_and_one_of_them_leads() {
    static IN_A_STATIC: ShmBarrier = ShmBarrier::new(3);
    meet(&IN_A_STATIC, 3, 500);
}

#[test]
fn generation_goes_on_after_the_greatest_number() {
    let raw = RawBarrier::from_word(AtomicU64::new(u64::from(u32::MAX - 3) << 32));
    meet(&ShmBarrier { raw, opens_at: 2 }, 2, 10);
}

#[test]
fn barrier_of_one_and_of_none_is_open() {
    for n in [0, 1] {
        let barrier = ShmBarrier::new(n);
        assert!((0..3).all(|_| barrier.wait().is_leader()));
        assert!(barrier.wait_timeout(Duration::ZERO).is_ok_and(|result| result.is_leader()));
    }
}

#[test]
fn who_does_not_wait_any_longer_has_not_arrived() {
    const TIME: Duration = Duration::from_millis(20);
    let barrier = ShmBarrier::new(2);
    let start = Instant::now();
    assert_eq!(barrier.wait_timeout(TIME), Err(TimeoutError));
    assert!(start.elapsed() >= TIME);
    for _ in 0..3 {
        assert_eq!(barrier.wait_timeout(Duration::ZERO), Err(TimeoutError));
    }
    meet(&barrier, 2, 10);
    assert_eq!(barrier.wait_timeout(Duration::ZERO), Err(TimeoutError));
}

#[test]
fn arrival_in_time_opens() {
    let barrier = ShmBarrier::new(2);
    thread::scope(|scope| {
        let other = scope.spawn(|| barrier.wait());
        let this = barrier.wait_timeout(Duration::from_mins(1)).expect("the other one comes");
        assert_ne!(this, other.join().expect("no panic"));
    });
}

#[test]
fn layout_is_a_word_and_a_number() {
    assert_eq!(size_of::<ShmBarrier>(), 16);
    let Kind::Opaque { fields, .. } = ShmBarrier::LAYOUT.kind else { panic!("another kind") };
    assert_eq!(fields.iter().map(|field| field.offset).collect::<Vec<_>>(), [0, 8]);
}

#[test]
fn barrier_in_a_value_is_set_before_the_value_is_published() {
    let barriers = crate::create_shared_init::<[ShmBarrier; 2]>(|barriers| barriers[1] = ShmBarrier::new(2));
    let barriers = barriers.expect("created");
    assert!(barriers[0].wait().is_leader());
    assert!(barriers[1].wait_timeout(Duration::from_millis(1)).is_err());
}
