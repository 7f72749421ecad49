use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(align(64))]
//~^ align
enum Line {
    A,
}

fn main() {}
