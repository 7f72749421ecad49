use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C, packed)]
//~^ packed
struct Wire {
    a: u8,
    b: u32,
}

fn main() {}
