use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Option<Box<u32>>,
    //~^ Option<Box<u32>>
}

fn main() {}
