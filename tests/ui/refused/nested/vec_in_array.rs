use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: [Vec<u8>; 4],
    //~^ [Vec<u8>; 4]
}

fn main() {}
