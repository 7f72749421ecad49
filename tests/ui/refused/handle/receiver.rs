use shmcore::ShmSafe;
use std::sync::mpsc::Receiver;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Receiver<u32>,
    //~^ Receiver<u32>
}

fn main() {}
