use evil_macros::append;
use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[append(impl Drop for Guard { fn drop(&mut self) {} })]
#[repr(C)]
struct Guard {
    //~^ Guard
    a: u8,
}

fn main() {}
