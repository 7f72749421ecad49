use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
#[shm(no_implicit_prelude)]
struct A {
    a: Vec<u8>,
    //~^ Vec<u8>
}

fn main() {}
