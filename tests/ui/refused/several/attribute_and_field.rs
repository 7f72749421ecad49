use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
#[shm(rename = "B")]
//~^ rename
struct A {
    list: Vec<u8>,
    //~^ Vec<u8>
}

fn main() {}
