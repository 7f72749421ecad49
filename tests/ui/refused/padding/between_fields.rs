use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
#[shm(deny_padding)]
struct Order {
    side: u8,
    //~^ u8
    price: u32,
}

fn main() {}
