use shmcore::ShmSafe;
use std::sync::LazyLock;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: LazyLock<u32>,
    //~^ LazyLock<u32>
}

fn main() {}
