use shmcore::ShmSafe;

trait Owner {
    type Owned;
}

impl Owner for u8 {
    type Owned = Vec<u8>;
}

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: <u8 as Owner>::Owned,
    //~^ <u8 as Owner>::Owned
}

fn main() {}
