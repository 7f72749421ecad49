use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: Box<[u8]>,
    //~^ Box<[u8]>
}

fn main() {}
