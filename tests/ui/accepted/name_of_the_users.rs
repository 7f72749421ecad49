//! Names in the layout that are not those in the source.

use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
#[shm(name = "Order")]
struct OrderV2 {
    #[shm(name = "price")]
    price_in_cents: u64,
}

fn main() {
    assert_eq!(OrderV2::LAYOUT.name, "Order");
}
