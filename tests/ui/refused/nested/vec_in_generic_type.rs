use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Pair<T> {
    first: T,
    second: T,
}

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Pair<Vec<u8>>,
    //~^ Pair<Vec<u8>>
}

fn main() {}
