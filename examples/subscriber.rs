//! The other of two programs that know nothing of each other but a name: see `publisher`.

mod board;

use std::error::Error;
use std::sync::atomic::Ordering;

use board::{Board, NAME, wait_until};
use shmcore::process::Token;
use shmcore::{AttachError, open_shared};

fn main() -> Result<(), Box<dyn Error>> {
    let is_there = || !matches!(open_shared::<Board>(NAME), Err(AttachError::NotFound { .. }));
    wait_until("a publisher", is_there)?;
    // A publisher that was built with another idea of `Board` shows here, field by field.
    let board = open_shared::<Board>(NAME)?;
    wait_until("the publisher", || board.publisher.load(Ordering::Acquire) != 0)?;
    let publisher = Token::from_bits(board.publisher.load(Ordering::Acquire)).ok_or("no publisher")?;
    println!("reading what process {} publishes", publisher.pid());
    board.subscriber.store(Token::current()?.to_bits(), Ordering::Release);

    let mut seen = 0;
    loop {
        wait_until("an update", || {
            board.updates.load(Ordering::Acquire) > seen || !board.is_alive(publisher).unwrap_or(false)
        })?;
        let updates = board.updates.load(Ordering::Acquire);
        if updates == seen {
            println!("the publisher is gone");
            return Ok(());
        }
        seen = updates;
        let [a, b, c] = board.prices.each_ref().map(|price| price.load(Ordering::Relaxed));
        println!("update {seen}: {a}, {b}, {c}");
        board.seen.store(seen, Ordering::Release);
    }
}
