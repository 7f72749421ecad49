//! One of two programs that know nothing of each other but a name: it publishes prices, `subscriber` reads them.
//!
//! Run `cargo run --example publisher`, and in another terminal `cargo run --example subscriber`. Kill either of them: the
//! other one notices.

mod board;

use std::error::Error;
use std::sync::atomic::Ordering;

use board::{Board, NAME, wait_until};
use shmcore::process::Token;
use shmcore::{Opened, ShmOptions, unlink};

fn main() -> Result<(), Box<dyn Error>> {
    let (board, opened) = ShmOptions::new(NAME).open_or_create_shared::<Board>()?;
    if opened == Opened::Attached {
        // Left by a publisher before, or in use by another one: the kernel knows.
        if let Some(other) = Token::from_bits(board.publisher.load(Ordering::Acquire))
            && board.is_alive(other)?
        {
            return Err(format!("process {} publishes already", other.pid()).into());
        }
        println!("taking over the board of a publisher that is gone");
        for number in [&board.updates, &board.subscriber, &board.seen] {
            number.store(0, Ordering::Relaxed);
        }
    }
    board.publisher.store(Token::current()?.to_bits(), Ordering::Release);

    println!("waiting for a subscriber");
    wait_until("a subscriber", || board.subscriber.load(Ordering::Acquire) != 0)?;
    for update in board.updates.load(Ordering::Relaxed) + 1..=5 {
        for (instrument, price) in (1..).zip(&board.prices) {
            price.store(10_000 * instrument + update, Ordering::Relaxed);
        }
        board.updates.store(update, Ordering::Release);
        println!("published update {update}");
        let subscriber = Token::from_bits(board.subscriber.load(Ordering::Acquire)).ok_or("no subscriber")?;
        wait_until("the subscriber", || {
            board.seen.load(Ordering::Acquire) >= update || !board.is_alive(subscriber).unwrap_or(false)
        })?;
        if board.seen.load(Ordering::Acquire) < update {
            println!("process {} is gone", subscriber.pid());
            break;
        }
    }
    // The subscriber keeps the board for as long as it wants to; the name is free.
    unlink(NAME)?;
    Ok(())
}
