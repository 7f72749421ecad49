use shmcore::ShmSafe;

struct Plain;

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
    a: Pair<Plain>,
    //~^ Pair<Plain>
}

fn main() {}
