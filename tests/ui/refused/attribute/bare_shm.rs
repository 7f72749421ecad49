use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
#[shm]
//~^ shm
struct A {
    a: u8,
}

fn main() {}
