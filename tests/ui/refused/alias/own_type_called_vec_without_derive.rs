use shmcore::ShmSafe;

struct Vec<T>(T);

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    a: Vec<u8>,
    //~^ Vec<u8>
}

fn main() {}
