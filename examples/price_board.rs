//! A board of prices: one process writes it, several read it without the right to write, and the writer is killed.
//!
//! Run it with `cargo run --example price_board`. No reader ever sees half a quote, none waits when the writer dies in the middle
//! of one, and a second writer goes on where the first one was.

use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use shmcore::process::{Child, fork_child};
use shmcore::{ReadOnly, Shared, ShmOptions, ShmSafe, ShmSeqLock, create_shared, unlink};

const INSTRUMENTS: usize = 4;
const READERS: usize = 3;

/// The number of the quote that says that there will be no others.
const CLOSED: u64 = u64::MAX;

#[derive(ShmSafe, Clone, Copy)]
#[repr(C)]
struct Quote {
    number: u64,
    bid: u64,
    ask: u64,
    /// Of all above: it fits if they were written together.
    sum: u64,
}

impl Quote {
    fn new(number: u64) -> Self {
        let bid = 1000 + number % 700;
        let ask = bid + 1 + number % 3;
        Self { number, bid, ask, sum: number.wrapping_add(bid + ask) }
    }

    fn is_whole(&self) -> bool {
        self.bid < self.ask && self.sum == self.number.wrapping_add(self.bid + self.ask)
    }
}

type Board = [ShmSeqLock<Quote>; INSTRUMENTS];

/// Quotes all instruments `times` times, from where they are.
fn feed(board: &Board, times: usize) {
    // Nobody else writes as long as these live, so a write is a copy and two plain stores.
    let mut writers = board.each_ref().map(ShmSeqLock::writer);
    for _ in 0..times {
        for writer in &mut writers {
            writer.update(|quote| *quote = Quote::new(quote.number + 1));
        }
    }
}

/// Reads until all instruments are closed, as any program of the same user could.
fn watch(name: &str, rounds: &AtomicU64) -> Result<(), Box<dyn Error>> {
    // The kernel refuses every write through this mapping.
    let board: ReadOnly<Board> = ShmOptions::new(name).open_read_only()?;
    let mut seen = [0; INSTRUMENTS];
    while seen != [CLOSED; INSTRUMENTS] {
        for (instrument, seen) in seen.iter_mut().enumerate() {
            let quote = board.read_at(instrument);
            if !quote.is_whole() || quote.number < *seen {
                return Err(
                    format!("quote {} of instrument {instrument} is torn or late", quote.number).into()
                );
            }
            *seen = quote.number;
        }
        rounds.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let name = format!("example-price-board-{}", std::process::id());
    let quotes = [const { ShmSeqLock::new(Quote { number: 0, bid: 0, ask: 1, sum: 1 }) }; INSTRUMENTS];
    let board = ShmOptions::new(&name).create_shared_with(quotes)?;
    let mut children = Vec::new();
    let result = show(&name, &board, &mut children);
    // Whatever has gone wrong, nobody is left behind.
    for child in &children {
        child.kill()?;
    }
    unlink(&name)?;
    result
}

fn show(name: &str, board: &Shared<Board>, children: &mut Vec<Child>) -> Result<(), Box<dyn Error>> {
    let rounds = create_shared::<[AtomicU64; READERS]>()?;
    for rounds in rounds.iter() {
        children.push(fork_child(|| watch(name, rounds))?);
    }

    children.push(fork_child(|| feed(board, usize::MAX))?);
    let first = &children[READERS];
    wait_until("the first quotes", || board[INSTRUMENTS - 1].read().number > 1000)?;
    let refused = board[0].try_writer().map(drop).err().ok_or("there were two writers")?;
    println!("a second writer is told of the first one: {}", refused.pid() == Some(first.id()));

    first.kill()?; // wherever it is
    println!("the first writer ended by itself: {}", first.wait()?.success());
    let before = rounds.each_ref().map(|rounds| rounds.load(Ordering::Relaxed));
    let read_on =
        || rounds.iter().zip(before).all(|(rounds, before)| rounds.load(Ordering::Relaxed) > before + 1);
    wait_until("the readers", read_on)?;
    println!("{READERS} readers read on without a writer");

    // It takes over at once: the kernel knows that the first one is dead.
    children.push(fork_child(|| {
        feed(board, 20_000);
        board.iter().for_each(|quote| quote.write(Quote::new(CLOSED)));
    })?);
    let second = &children[READERS + 1];
    println!("the second writer ended by itself: {}", second.wait()?.success());
    let mut whole = 0;
    for reader in &children[..READERS] {
        wait_until("a reader", || !matches!(reader.try_wait(), Ok(None)))?;
        whole += u32::from(reader.wait()?.success());
    }
    println!("{whole} of {READERS} readers saw whole quotes only, to the end");
    Ok(())
}

/// Waits for what another process does, half a minute at most.
fn wait_until(what: &str, condition: impl Fn() -> bool) -> Result<(), String> {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition() {
        if Instant::now() > deadline {
            return Err(format!("waited half a minute for {what}"));
        }
        std::thread::yield_now();
    }
    Ok(())
}
