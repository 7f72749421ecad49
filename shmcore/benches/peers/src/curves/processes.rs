//! What is asked and noticed of one process, against the number of those that share the region.

use std::hint::black_box;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use shmcore::{ShmMutex, create_shared};

use super::{Curve, sizes};
use crate::Context;
use crate::deaths::{DEADLINE, Death};
use crate::peers::{ROBUST, SHMCORE};
use crate::rivals::{Pthread, Sharing};
use crate::rows::notice::Idle;
use crate::table::{Row, Side, compare};

const PROCESSES: [usize; 6] = [1, 2, 4, 8, 16, 32];
const ROUNDS: usize = 11;
/// Questions in a sample.
const QUESTIONS: u32 = 2_000;

/// The question whether a process lives.
pub(crate) fn ask(context: &Context) -> Vec<Curve> {
    let texts = [
        "ask-by-processes",
        "Ask whether a process lives, against the number of processes that share the region",
        "All of them have their token in the region; the one that came first is asked for.",
    ];
    vec![Curve::new(texts, sizes(context, &PROCESSES), |count| {
        let questions = context.pace.operations(QUESTIONS);
        let region = create_shared::<AtomicU64>().expect("created");
        let others: Vec<_> = (0..count).map(|_| Idle::with_token(&region)).collect();
        let token = others[0].1;
        let side = Side::new(SHMCORE, || {
            let start = Instant::now();
            (0..questions).for_each(|_| assert!(region.is_alive(black_box(token)).expect("an answer")));
            [start.elapsed().as_secs_f64() * 1e9 / f64::from(questions)]
        });
        row(context, count, vec![side])
    })]
}

/// The time until a waiter learns that the owner of its lock was killed.
pub(crate) fn notice(context: &Context) -> Vec<Curve> {
    let texts = [
        "notice-by-processes",
        "Notice that the owner of a lock was killed, against the number of processes that share the region",
        "One process waits for the lock; the others share the memory and do nothing.",
    ];
    vec![Curve::new(texts, sizes(context, &PROCESSES), |count| {
        let mutex = create_shared::<ShmMutex<u64>>().expect("created");
        let region = create_shared::<AtomicU64>().expect("created");
        // The locks of the others, in the same region as their tokens.
        let others: Vec<_> = (0..count)
            .map(|_| {
                Idle::new(|| {
                    drop(mutex.lock());
                    assert!(
                        region
                            .is_alive(shmcore::process::Token::current().expect("a token"))
                            .expect("an answer")
                    );
                })
            })
            .collect();
        let robust = Pthread::new(Sharing::Robust);
        let mut round = 0;
        let ours = Side::new(SHMCORE, || {
            round += 1;
            let mutex = mutex.clone();
            let own = || std::mem::forget(mutex.lock());
            let wait = || {
                // What it has learnt counts; the next round begins without poison.
                drop(mutex.lock().expect_err("the owner was killed"));
                mutex.clear_poison();
            };
            [death(round, own, wait)]
        });
        let mut round = 0;
        let theirs = Side::new(ROBUST, move || {
            round += 1;
            let robust = if round == 1 { robust } else { Pthread::new(Sharing::Robust) };
            [death(round, || _ = robust.lock(), || assert!(robust.lock(), "the owner was killed"))]
        });
        let row = row(context, count, vec![ours, theirs]);
        drop(others);
        row
    })]
}

/// Nanoseconds from the kill to the end of the wait.
fn death(round: u64, own: impl Fn(), wait: impl Fn()) -> f64 {
    let death = Death { size: 0, asleep: Duration::from_millis(round), patience: DEADLINE };
    death.time_until_noticed(own, wait).expect("these locks notice").as_secs_f64() * 1e9
}

fn row(context: &Context, count: usize, sides: Vec<Side<'_, 1>>) -> Row {
    let name = if count == 1 { "1 process".to_owned() } else { format!("{count} processes") };
    let rows: [Row; 1] =
        compare([name], context.pace.rounds(ROUNDS), sides).try_into().ok().expect("one row");
    let [row] = rows;
    row
}
