use shmcore::ShmSafe;

struct Inner {
    a: u8,
}

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Inner,
    //~^ Inner
}

fn main() {}
