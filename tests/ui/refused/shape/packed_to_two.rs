use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
#[repr(packed(2))]
//~^ packed
struct Wire {
    a: u8,
    b: u32,
}

fn main() {}
