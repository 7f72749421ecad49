use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: &'static u32,
    //~^ &'static u32
}

fn main() {}
