use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
#[shm(name = "B")]
#[shm(name = "C")]
//~^ name
struct A {
    a: u8,
}

fn main() {}
