use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
#[shm(name)]
//~^ )
struct A {
    a: u8,
}

fn main() {}
