use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C, align(8192))]
//~^ 8192
struct Line {
    a: u8,
}

fn main() {}
