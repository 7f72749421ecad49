use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(packed)]
//~^ packed
struct Wire {
    a: u8,
}

fn main() {}
