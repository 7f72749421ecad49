use shmcore::ShmSafe;
use std::sync::MutexGuard;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: MutexGuard<'static, u32>,
    //~^ MutexGuard<'static, u32>
}

fn main() {}
