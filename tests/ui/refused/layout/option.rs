use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Option<u32>,
    //~^ Option<u32>
}

fn main() {}
