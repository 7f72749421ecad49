use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Slot<T> {
    value: T,
}

fn share<T: ShmSafe>() {}

fn use_it() {
    share::<Slot<Vec<u8>>>();
    //~^ Slot<Vec<u8>>
}

fn main() {}
