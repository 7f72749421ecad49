use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: &'static mut u32,
    //~^ &'static mut u32
}

fn main() {}
