use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: &'static [u8],
    //~^ &'static [u8]
}

fn main() {}
