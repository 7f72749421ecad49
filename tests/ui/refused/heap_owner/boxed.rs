use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Box<u64>,
    //~^ Box<u64>
}

fn main() {}
