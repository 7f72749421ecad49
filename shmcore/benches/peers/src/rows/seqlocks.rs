//! A value that one process writes and another one reads without a lock.

use std::hint::{black_box, spin_loop};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use seqlock::SeqLock;
use shmcore::process::{Child, fork_child};
use shmcore::{Shared, ShmSeqLock, create_shared};

use crate::peers::iceoryx2::{Blackboard, Here};
use crate::peers::mmap_sync::{Name, Value};
use crate::peers::{ICEORYX2, MMAP_SYNC, Peer, SEQLOCK, SHMCORE, Words, memory};
use crate::table::{Cell, Row, Side, Table, compare};
use crate::{Context, WITHOUT_ICEORYX2};

/// How long a sample takes.
const SAMPLE: Duration = Duration::from_millis(5);
const ROUNDS: usize = 25;
/// The end of a writer that nobody stops: it may keep its reader from reading anything.
const LIFETIME: Duration = Duration::from_secs(1);
/// When something has gone wrong.
const DEADLINE: Duration = Duration::from_mins(1);

/// What the writer does, and the reader.
#[derive(Clone, Copy, PartialEq)]
enum Pace {
    Nothing,
    /// A write after each so long a time.
    Every(Duration),
    WithoutPause,
    /// The same, with a read after each so long a time.
    ReadEvery(Duration),
}

/// Of the reads that may be torn: those that were looked at, and those that were.
static LOOKED_AT: AtomicU64 = AtomicU64::new(0);
static TORN: AtomicU64 = AtomicU64::new(0);

/// A value of `N` words.
trait Latest<const N: usize> {
    /// Whether it may be torn, which is counted then.
    const IS_TORN: bool = false;

    /// Calls `look` with a copy.
    fn read<R>(&mut self, look: impl FnOnce(&[u64; N]) -> R) -> R;

    /// Writes the number that is next to all words, until there is none.
    fn write(&mut self, next: impl FnMut() -> Option<u64>);
}

/// What is written: in memory, as if it came from elsewhere, so that nobody makes it where it will lie.
#[inline]
fn new<const N: usize>(value: u64) -> [u64; N] {
    black_box([value; N])
}

impl<const N: usize> Latest<N> for Shared<ShmSeqLock<[u64; N]>> {
    #[inline]
    fn read<R>(&mut self, look: impl FnOnce(&[u64; N]) -> R) -> R {
        look(&ShmSeqLock::read(black_box(&**self)))
    }

    fn write(&mut self, mut next: impl FnMut() -> Option<u64>) {
        let mut writer = self.writer();
        while let Some(value) = next() {
            writer.write(new(value));
        }
    }
}

impl<const N: usize> Latest<N> for &SeqLock<Words<N>> {
    #[inline]
    fn read<R>(&mut self, look: impl FnOnce(&[u64; N]) -> R) -> R {
        look(&SeqLock::read(black_box(&**self)).0)
    }

    fn write(&mut self, mut next: impl FnMut() -> Option<u64>) {
        while let Some(value) = next() {
            *self.lock_write() = Words(new(value));
        }
    }
}

impl<const N: usize> Latest<N> for (Value, Value) {
    const IS_TORN: bool = true;

    #[inline]
    fn read<R>(&mut self, look: impl FnOnce(&[u64; N]) -> R) -> R {
        look(&black_box(&mut self.0).read().0)
    }

    fn write(&mut self, mut next: impl FnMut() -> Option<u64>) {
        while let Some(value) = next() {
            self.1.write(&new::<N>(value));
        }
    }
}

/// With the node, which is needed for as long as the blackboard.
impl<const N: usize> Latest<N> for (Blackboard<[u64; N]>, Here) {
    #[inline]
    fn read<R>(&mut self, look: impl FnOnce(&[u64; N]) -> R) -> R {
        look(&black_box(&self.0.reader).read())
    }

    fn write(&mut self, mut next: impl FnMut() -> Option<u64>) {
        while let Some(value) = next() {
            self.0.write(new(value));
        }
    }
}

pub(crate) fn table(context: &Context) -> Table {
    let mut rows = size::<8>(context, "64 B");
    rows.extend(size::<128>(context, "1 KiB"));
    rows.extend(size::<512>(context, "4 KiB"));
    Table {
        found: Some(format!(
            "Torn, of those read from mmap-sync that were looked at: {} of {}",
            TORN.load(Ordering::Relaxed),
            LOOKED_AT.load(Ordering::Relaxed)
        )),
        name: "seqlocks",
        title: "Read the latest value, which another process writes",
        fairness: "Each read ends with a copy of the reader's own, of which one in eight is looked at; none of them is torn but by mmap-sync: its reader \
            looks which copy is the newer one and then counts itself as its reader, and between the two its writer may have written twice. The writer is another process, at \
            nothing, at 10^5 or 10^6 writes a second, or without pause; its writes are counted, and the row `a write` is its time by their \
            number. Without pause readers read as often as they can, which is more often with some than with others, and each read takes \
            cache lines from the writer; so there is a row with as many reads a second for all. What is written lies in memory before, as if it \
            came from elsewhere. Who cannot read at all while it writes waits until it ends, after a second. The seqlock crate is made for one \
            process; its bytes were put into shared memory. mmap-sync serialises and hashes what it writes. Copies of the \
            seqlock crate and mmap-sync begin with a cache line, because their speed would be a matter of luck otherwise; iceoryx2 \
            does not take such values.",
        rows,
    }
}

fn size<const N: usize>(context: &Context, size: &str) -> Vec<Row> {
    let second = Duration::from_secs(1);
    let [idle, _] = rate::<N>(context, size, "nobody writes", Pace::Nothing);
    let [rated, _] = rate::<N>(context, size, "10^5 writes/s", Pace::Every(second / 100_000));
    let [fast, _] = rate::<N>(context, size, "10^6 writes/s", Pace::Every(second / 1_000_000));
    let [read, write] = rate::<N>(context, size, "writes without pause", Pace::WithoutPause);
    let [_, alike] =
        rate::<N>(context, size, "10^5 reads/s, writes without pause", Pace::ReadEvery(second / 100_000));
    vec![idle, rated, fast, read, write, alike]
}

fn rate<const N: usize>(context: &Context, size: &str, rate: &str, pace: Pace) -> [Row; 2] {
    let ours = create_shared::<ShmSeqLock<[u64; N]>>().expect("created");
    let theirs = memory::place(SeqLock::new(Words([0; N])));
    let name = Name::new();
    let mut files = (name.open(), name.open());
    files.1.write(&[0; N]);
    let sides = vec![
        side::<N, _>(SHMCORE, ours, pace),
        side::<N, _>(SEQLOCK, theirs, pace),
        side::<N, _>(MMAP_SYNC, files, pace),
        match Here::new() {
            None => Side::without(ICEORYX2, Cell::NotHere(WITHOUT_ICEORYX2)),
            Some(here) => side::<N, _>(ICEORYX2, (here.blackboard([0; N]), here), pace),
        },
    ];
    let names = [format!("{size}, {rate}"), format!("{size}, {rate}: a write")];
    let rows = compare(names, context.pace.rounds(ROUNDS), sides);
    rows.try_into().ok().expect("two rows")
}

fn side<const N: usize, L: Latest<N> + 'static>(peer: Peer, mut latest: L, pace: Pace) -> Side<'static, 2> {
    let control = create_shared::<Control>().expect("created");
    Side::new(peer, move || sample(&control, &mut latest, pace))
}

/// Whether the writer is to stop, and how often it has written.
type Control = [AtomicU64; 2];

/// Nanoseconds of a read and of a write.
#[expect(clippy::cast_precision_loss, reason = "much below 2^53")]
fn sample<const N: usize>(control: &Shared<Control>, latest: &mut impl Latest<N>, pace: Pace) -> [f64; 2] {
    let [stop, writes] = &**control;
    stop.store(0, Ordering::Relaxed);
    writes.store(0, Ordering::Relaxed);
    if pace == Pace::Nothing {
        return [reads(latest, None), 0.0];
    }
    let child = fork_child(|| latest.write(next(control, pace))).expect("forked");
    let deadline = Instant::now() + DEADLINE;
    while writes.load(Ordering::Relaxed) < 10 {
        assert!(Instant::now() < deadline, "the writer did not begin");
        std::thread::yield_now();
    }
    let (start, before) = (Instant::now(), writes.load(Ordering::Relaxed));
    let pause = if let Pace::ReadEvery(pause) = pace { Some(pause) } else { None };
    let read = reads(latest, pause);
    let elapsed = start.elapsed();
    let written = writes.load(Ordering::Relaxed) - before;
    stop.store(1, Ordering::Relaxed);
    end(&child, deadline);
    [read, elapsed.as_secs_f64() * 1e9 / written.max(1) as f64]
}

/// What the writer writes, and when.
fn next(control: &Shared<Control>, pace: Pace) -> impl FnMut() -> Option<u64> {
    let end = Instant::now() + LIFETIME;
    let (mut due, mut value) = (Instant::now(), 0);
    move || {
        let [stop, writes] = &**control;
        value += 1;
        writes.store(value, Ordering::Relaxed);
        if let Pace::Every(pause) = pace {
            // What was missed while the kernel ran something else is not made up for.
            due = Instant::now().max(due + pause);
            while Instant::now() < due {
                spin_loop();
            }
        }
        let is_over = value.is_multiple_of(1024) && Instant::now() > end;
        (stop.load(Ordering::Relaxed) == 0 && !is_over).then_some(value)
    }
}

/// Waits for a writer that was told to stop, and kills it if it does not.
fn end(child: &Child, deadline: Instant) {
    while child.try_wait().expect("waited for").is_none() {
        if Instant::now() > deadline {
            child.kill().expect("killed");
        }
        std::thread::yield_now();
    }
    assert!(child.wait().expect("waited for").success(), "the writer did not stop");
}

/// Nanoseconds of a read, and of the pause after it.
fn reads<const N: usize, L: Latest<N>>(latest: &mut L, pause: Option<Duration>) -> f64 {
    let (start, mut count) = (Instant::now(), 0.0);
    loop {
        // A read of some may take as long as it wants: the clock is looked at often.
        for _ in 0..7 {
            let due = pause.map(|pause| Instant::now() + pause);
            latest.read(|value| _ = black_box(value));
            while due.is_some_and(|due| Instant::now() < due) {
                spin_loop();
            }
        }
        latest.read(|value| {
            let is_torn = value.iter().any(|word| *word != value[0]);
            if L::IS_TORN {
                LOOKED_AT.fetch_add(1, Ordering::Relaxed);
                TORN.fetch_add(is_torn.into(), Ordering::Relaxed);
            } else {
                assert!(!is_torn, "torn");
            }
        });
        count += 8.0;
        let elapsed = start.elapsed();
        if elapsed >= SAMPLE {
            return elapsed.as_secs_f64() * 1e9 / count;
        }
    }
}
