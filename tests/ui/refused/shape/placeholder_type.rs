use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    a: _,
    //~^ rustc: _
}

fn main() {}
