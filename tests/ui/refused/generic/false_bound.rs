use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
#[shm(bound = "for<'a> Vec<u8>: ShmSafe")]
struct Slot {
    value: Vec<u8>,
}

fn share<T: ShmSafe>() {}

fn use_it() {
    share::<Slot>();
    //~^ Slot
}

fn main() {}
