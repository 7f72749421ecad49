use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C, align(0x2000))]
//~^ 0x2000
struct Line {
    a: u8,
}

fn main() {}
