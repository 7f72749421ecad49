use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C, align(3))]
//~^ rustc: 3
struct Line {
    a: u8,
}

fn main() {}
