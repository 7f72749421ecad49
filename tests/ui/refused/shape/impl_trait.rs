use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    a: impl Copy,
    //~^ rustc: impl Copy
}

fn main() {}
