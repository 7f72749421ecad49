use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    a: &'static str,
    //~^ &'static str
}

fn main() {}
