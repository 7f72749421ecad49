use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
#[shm(name = 3)]
//~^ 3
struct A {
    a: u8,
}

fn main() {}
