use shmcore::ShmSafe;
use std::collections::VecDeque;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: VecDeque<u32>,
    //~^ VecDeque<u32>
}

fn main() {}
