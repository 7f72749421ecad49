use shmcore::ShmSafe;

struct Inner {
    id: u32,
}

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    a: Inner,
    //~^ Inner
    b: Inner,
    //~^ Inner
}

fn main() {}
