use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
#[shm(rename = "B")]
//~^ rename
struct A {
    a: u8,
}

fn main() {}
