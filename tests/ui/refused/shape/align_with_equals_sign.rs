use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C, align = 8)]
//~^ rustc: align
struct Line {
    a: u8,
}

fn main() {}
