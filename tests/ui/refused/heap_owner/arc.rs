use shmcore::ShmSafe;
use std::sync::Arc;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Arc<u32>,
    //~^ Arc<u32>
}

fn main() {}
