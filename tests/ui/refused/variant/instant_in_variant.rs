use shmcore::ShmSafe;
use std::time::Instant;

#[derive(ShmSafe)]
#[repr(u8)]
enum Event {
    Nothing,
    At(Instant),
    //~^ Instant
}

fn main() {}
