use shmcore::ShmSafe;

struct Inner(Vec<u8>);

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: [Inner; 3],
    //~^ [Inner; 3]
}

fn main() {}
