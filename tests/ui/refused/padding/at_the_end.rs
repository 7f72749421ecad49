use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
#[shm(deny_padding)]
struct Order {
    price: u32,
    side: u8,
    //~^ u8
}

fn main() {}
