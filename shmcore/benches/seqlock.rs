//! What a read without a lock costs, against the crate `seqlock`: with nobody writing, at a rate, and under a writer without
//! pause on the other processor.
//!
//! `cargo bench --bench seqlock` prints a line for each and fails above the limits.

use std::hint::{black_box, spin_loop};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use seqlock::SeqLock;
use shmcore::{Shared, ShmSeqLock, create_shared};

/// How long one side reads before the other one does: what disturbs the machine for a while disturbs both alike.
const SAMPLE: Duration = Duration::from_millis(4);

/// Samples of each side.
const SAMPLES: usize = 25;

/// Reads between two looks at the clock, where readers are not stopped for long.
const READS: u32 = 64;

/// How far the noise of a busy machine may put us behind, where we are ahead.
const LIMIT: f64 = 1.3;

/// Nanoseconds of a read, under a writer without pause, that no machine is too slow for: a reader that starves takes
/// milliseconds.
const STARVED: f64 = 20_000.0;

/// How long the slowest reads are looked for.
const SLOWEST: Duration = Duration::from_millis(100);

/// Whom the writer writes to.
const NOBODY: u8 = 0;
const OURS: u8 = 1;
const THEIRS: u8 = 2;
const STOP: u8 = 3;

fn main() -> ExitCode {
    println!(
        "a read: shmcore / crate seqlock, median of {SAMPLES} pairs of {} ms; limit {LIMIT}",
        SAMPLE.as_millis()
    );
    let is_ahead = [size::<8>(), size::<128>(), size::<512>()];
    if is_ahead == [true; 3] { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// All rates of values of `N` words.
fn size<const N: usize>() -> bool {
    let pair = Pair::<N> {
        ours: create_shared().expect("created"),
        theirs: SeqLock::new([0; N]),
        target: AtomicU8::new(NOBODY),
    };
    let mut is_ahead = pair.compare("nobody writes", READS).ratio <= LIMIT;
    for (row, per_second) in [("10^5 writes/s", 100_000), ("10^6 writes/s", 1_000_000)] {
        let pause = Duration::from_secs(1) / per_second;
        is_ahead &= pair.while_one_writes(pause, || pair.compare(row, READS)).ratio <= LIMIT;
    }
    // Here a read of theirs may take as long as it wants, so the clock is looked at after each one.
    let without_pause = pair.while_one_writes(Duration::ZERO, || pair.compare("without pause", 1));
    pair.while_one_writes(Duration::ZERO, || pair.print_slowest());
    is_ahead && without_pause.best < STARVED
}

/// What came of a comparison.
struct Compared {
    /// The median over all pairs of samples of `ours / theirs`.
    ratio: f64,
    /// Of our samples, in nanoseconds a read.
    best: f64,
}

struct Pair<const N: usize> {
    ours: Shared<ShmSeqLock<[u64; N]>>,
    theirs: SeqLock<[u64; N]>,
    target: AtomicU8,
}

impl<const N: usize> Pair<N> {
    /// Compares in turns, and prints.
    fn compare(&self, row: &str, reads: u32) -> Compared {
        // By reference: to give the value away would be one more copy.
        let read_ours = || _ = black_box(&black_box(&*self.ours).read());
        let read_theirs = || _ = black_box(&black_box(&self.theirs).read());
        let mut pairs: Vec<(f64, f64)> = (0..=SAMPLES)
            .map(|_| (self.sample(OURS, reads, read_ours), self.sample(THEIRS, reads, read_theirs)))
            .collect();
        // The first pair has warmed up.
        pairs.swap_remove(0);
        pairs.sort_by(|a, b| (a.0 / a.1).total_cmp(&(b.0 / b.1)));
        let (ours, theirs) = pairs[SAMPLES / 2];
        println!("{:>5} B, {row}: {:.3}  ({ours:.1} ns / {theirs:.1} ns)", N * 8, ours / theirs);
        let best = pairs.iter().map(|pair| pair.0).fold(f64::INFINITY, f64::min);
        Compared { ratio: ours / theirs, best }
    }

    /// Nanoseconds a read, while the writer writes to the same side.
    fn sample(&self, target: u8, reads: u32, read: impl Fn()) -> f64 {
        if self.target.load(Relaxed) != NOBODY {
            self.target.store(target, Relaxed);
        }
        let (start, mut count) = (Instant::now(), 0.0);
        loop {
            (0..reads).for_each(|_| read());
            count += f64::from(reads);
            let elapsed = start.elapsed();
            if elapsed >= SAMPLE {
                return elapsed.as_secs_f64() * 1e9 / count;
            }
        }
    }

    /// Prints how long the slowest of our reads take, with a look at the clock and all that the kernel does meanwhile.
    fn print_slowest(&self) {
        let mut nanos: Vec<u128> = Vec::with_capacity(1 << 22);
        let start = Instant::now();
        let mut last = start;
        while last - start < SLOWEST {
            black_box(&black_box(&*self.ours).read());
            let now = Instant::now();
            nanos.push((now - last).as_nanos());
            last = now;
        }
        nanos.sort_unstable();
        let [median, thousandth, slowest] =
            [nanos.len() / 2, nanos.len() / 1000 * 999, nanos.len() - 1].map(|at| nanos[at]);
        println!(
            "{:>5} B, without pause, {} reads: half below {median} ns, all but a thousandth below {thousandth} ns, \
             the slowest {slowest} ns",
            N * 8,
            nanos.len()
        );
    }

    /// Runs `f` while another thread writes, with this pause from write to write.
    fn while_one_writes<R>(&self, pause: Duration, f: impl FnOnce() -> R) -> R {
        self.target.store(OURS, Relaxed);
        let result = thread::scope(|scope| {
            scope.spawn(|| self.write(pause));
            let result = f();
            self.target.store(STOP, Relaxed);
            result
        });
        self.target.store(NOBODY, Relaxed);
        result
    }

    fn write(&self, pause: Duration) {
        let mut writer = self.ours.writer();
        let mut next = Instant::now();
        for value in 0.. {
            match self.target.load(Relaxed) {
                OURS => writer.write([value; N]),
                THEIRS => *self.theirs.lock_write() = [value; N],
                _ => break,
            }
            if !pause.is_zero() {
                // What was missed while the kernel ran something else is not made up for.
                next = Instant::now().max(next + pause);
                while Instant::now() < next {
                    spin_loop();
                }
            }
        }
    }
}
