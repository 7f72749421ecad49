use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: [[(u8, u8); 3]; 2],
    //~^ [[(u8, u8); 3]; 2]
}

fn main() {}
