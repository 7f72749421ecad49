use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct A {
    list: Vec<u8>,
    //~^ Vec<u8>
    name: String,
    //~^ String
}

fn main() {}
