use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct A {
    a: Vec<u8>,
    //~^ Vec<u8>
    b: Vec<u8>,
    //~^ Vec<u8>
}

fn main() {}
