use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(align(64))]
//~^ align
struct Line {
    a: u8,
}

fn main() {}
