//! Death: how long until another process knows.

use std::hint::black_box;
use std::io::{self, BufRead, BufReader, Write};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use shmcore::process::{Child, Token, fork_child};
use shmcore::{Shared, ShmMutex, create_shared};

use crate::deaths::{DEADLINE, Death};
use crate::peers::iceoryx2::Here;
use crate::peers::process::Watched;
use crate::peers::raw_sync::Mutex as RawSync;
use crate::peers::{BOOST, ICEORYX2, LIBC, PLAIN, Peer, RAW_SYNC, ROBUST, SHMCORE};
use crate::rivals::{Pthread, Sharing};
use crate::table::{Cell, Row, Side, Table, compare};
use crate::{Context, WITHOUT_ICEORYX2};

const ROUNDS: usize = 21;
/// Questions in a sample.
const QUESTIONS: u32 = 2_000;
/// What a large owner has touched, in bytes.
const LARGE: usize = 256 << 20;
/// After so long in vain, it is taken for never.
const PATIENCE: Duration = Duration::from_millis(500);
/// The only argument of a program that has a node of iceoryx2, and what it prints when it does.
pub(crate) const HOLD_A_NODE: &str = "--hold-a-node";
const READY: &str = "ready\n";

pub(crate) fn table(context: &Context) -> Table {
    let mut rows = locks(context, "who waits for its lock, small owner", 0, ROUNDS);
    rows.extend(locks(context, "who waits for its lock, owner of 256 MiB", LARGE, 9));
    rows.extend(ask(context));
    rows.extend(learn(context));
    Table {
        found: None,
        name: "notice",
        title: "A process is killed: until another one knows",
        fairness: "From the kill to the end of the call in which another process waits for the lock; the waiter has slept for another \
            number of milliseconds in each round. A robust mutex is woken by the kernel early in the death of a process, before its memory is freed; shmcore \
            looks every 4 ms, and learns it from the kernel's locks of files, or, every 8 ms, from the memory of the dead process. Ask: one question whether a process that lives does so, to \
            shmcore by its token, to the kernel by a pidfd, to iceoryx2 by its list of nodes. Learn: from the kill, before anybody has \
            waited for the process, until that answer is no.",
        rows,
    }
}

fn locks(context: &Context, row: &str, size: usize, rounds: usize) -> Vec<Row> {
    let sides = vec![
        deaths(SHMCORE, size, || {
            let mutex = create_shared::<ShmMutex<u64>>().expect("created");
            let hold = mutex.clone();
            (
                move || std::mem::forget(hold.lock()),
                move || drop(mutex.lock().expect_err("the owner was killed")),
            )
        }),
        deaths(ROBUST, size, || {
            let mutex = Pthread::new(Sharing::Robust);
            (move || _ = mutex.lock(), move || assert!(mutex.lock(), "the owner was killed"))
        }),
        vain(PLAIN, || {
            let mutex = Pthread::new(Sharing::Plain);
            (move || _ = mutex.lock(), move || _ = mutex.lock())
        }),
        vain(RAW_SYNC, || {
            // For good: two closures use it.
            let mutex: &RawSync = Box::leak(Box::new(RawSync::new()));
            (move || mutex.lock(), move || mutex.lock())
        }),
        Side::without(BOOST, Cell::Cannot("its mutex is the plain one of pthread")),
        Side::without(LIBC, Cell::Cannot("the bare futex does not know its owner")),
        Side::without(ICEORYX2, Cell::Cannot("it has no lock")),
    ];
    compare([row.to_owned()], context.pace.rounds(rounds), sides)
}

/// `make` returns what the owner does to take the lock, and what the waiter does.
fn deaths<O: Fn(), W: Fn()>(
    peer: Peer,
    size: usize,
    make: impl Fn() -> (O, W) + 'static,
) -> Side<'static, 1> {
    let mut round = 0;
    Side::new(peer, move || {
        round += 1;
        let (own, wait) = make();
        let death = Death { size, asleep: Duration::from_millis(round), patience: DEADLINE };
        let time = death.time_until_noticed(own, wait).expect("this lock notices");
        [time.as_secs_f64() * 1e9]
    })
}

/// The same for a lock that is expected not to notice.
fn vain<O: Fn(), W: Fn()>(peer: Peer, make: impl Fn() -> (O, W)) -> Side<'static, 1> {
    let (own, wait) = make();
    let death = Death { size: 0, asleep: Duration::ZERO, patience: PATIENCE };
    match death.time_until_noticed(own, wait) {
        None => Side::without(peer, Cell::Never(PATIENCE)),
        Some(time) => panic!("{} has noticed after {time:?}", peer.name),
    }
}

/// A process that does nothing until it is killed, and is killed with this value.
pub(crate) struct Idle(Child);

impl Idle {
    /// Returns when the process has done `begin`.
    pub(crate) fn new(begin: impl FnOnce()) -> Self {
        let has_begun = create_shared::<AtomicU64>().expect("created");
        let child = fork_child(|| {
            begin();
            // Pairs with the Acquire of the parent.
            has_begun.store(1, Ordering::Release);
            // Until it is killed; its own end, if the program is gone.
            std::thread::sleep(DEADLINE);
        });
        let idle = Self(child.expect("forked"));
        let deadline = Instant::now() + DEADLINE;
        // Pairs with the Release of the child.
        while has_begun.load(Ordering::Acquire) == 0 {
            assert!(Instant::now() < deadline, "a process did not begin");
            std::thread::yield_now();
        }
        idle
    }

    /// A process that shares the region, and its token.
    pub(crate) fn with_token(region: &Shared<AtomicU64>) -> (Self, Token) {
        let idle = Self::new(|| {
            let token = Token::current().expect("a token");
            assert!(region.is_alive(token).expect("an answer"));
            region.store(token.to_bits(), Ordering::Relaxed);
        });
        (idle, Token::from_bits(region.load(Ordering::Relaxed)).expect("a token"))
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    fn kill(&self) {
        self.0.kill().expect("killed");
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        self.kill();
        self.0.wait().expect("waited for");
    }
}

fn ask(context: &Context) -> Vec<Row> {
    let questions = context.pace.operations(QUESTIONS);
    let region = create_shared::<AtomicU64>().expect("created");
    let (ours, token) = Idle::with_token(&region);
    let watched = Watched::new(ours.id());
    let sides = vec![
        asking(SHMCORE, questions, || region.is_alive(black_box(token)).expect("an answer")),
        asking(LIBC, questions, || watched.is_alive()),
        match Here::new() {
            None => Side::without(ICEORYX2, Cell::NotHere(WITHOUT_ICEORYX2)),
            Some(here) => asking(ICEORYX2, questions.div_ceil(100), move || here.dead_nodes() == 0),
        },
    ];
    compare(["ask whether it lives".to_owned()], context.pace.rounds(ROUNDS), sides)
}

fn asking<'a>(peer: Peer, questions: u32, is_alive: impl Fn() -> bool + 'a) -> Side<'a, 1> {
    Side::new(peer, move || {
        let start = Instant::now();
        (0..questions).for_each(|_| assert!(is_alive(), "{}: it lives", peer.name));
        [start.elapsed().as_secs_f64() * 1e9 / f64::from(questions)]
    })
}

fn learn(context: &Context) -> Vec<Row> {
    let region = create_shared::<AtomicU64>().expect("created");
    let sides = vec![
        Side::new(SHMCORE, || {
            let (idle, token) = Idle::with_token(&region);
            [until(|| idle.kill(), || !region.is_alive(token).expect("an answer"))]
        }),
        Side::new(LIBC, || {
            let idle = Idle::new(|| ());
            let watched = Watched::new(idle.id());
            [until(|| idle.kill(), || !watched.is_alive())]
        }),
        match Here::new() {
            None => Side::without(ICEORYX2, Cell::NotHere(WITHOUT_ICEORYX2)),
            Some(here) => Side::new(ICEORYX2, move || {
                let mut holder = Holder::new();
                let time = until(|| holder.0.kill().expect("killed"), || here.dead_nodes() > 0);
                drop(holder);
                here.clean_up();
                [time]
            }),
        },
    ];
    compare(["learn that it was killed, asking".to_owned()], context.pace.rounds(ROUNDS), sides)
}

/// Kills a process, and returns the nanoseconds until the condition is met.
fn until(kill: impl FnOnce(), condition: impl Fn() -> bool) -> f64 {
    assert!(!condition(), "it lives");
    let start = Instant::now();
    kill();
    while !condition() {
        assert!(start.elapsed() < DEADLINE, "nobody learns of a death");
        std::thread::yield_now();
    }
    start.elapsed().as_secs_f64() * 1e9
}

/// This program again, with nothing but a node of iceoryx2: that library takes a forked child for its parent.
struct Holder(process::Child);

impl Holder {
    fn new() -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut command = process::Command::new(program);
        let child = command.arg(HOLD_A_NODE).stdout(process::Stdio::piped()).spawn();
        let mut holder = Self(child.expect("started"));
        let output = holder.0.stdout.take().expect("piped");
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).expect("a line");
        assert_eq!(line, READY, "no node");
        holder
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        // Dead already, if all went well; an error means that.
        _ = self.0.kill();
        self.0.wait().expect("waited for");
    }
}

/// What the program does that [`Holder`] starts, until it is killed.
pub(crate) fn hold_a_node() {
    let _here = Here::new();
    print!("{READY}");
    io::stdout().flush().expect("somebody reads");
    // Its own end, if nobody kills it.
    std::thread::sleep(DEADLINE);
}
