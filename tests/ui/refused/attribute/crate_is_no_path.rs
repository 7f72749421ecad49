use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
#[shm(crate = "my crate")]
//~^ "my crate"
struct A {
    a: u8,
}

fn main() {}
