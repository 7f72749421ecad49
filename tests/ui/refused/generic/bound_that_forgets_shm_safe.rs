use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
#[shm(bound = "T: Copy")]
struct Slot<T> {
    value: T,
    //~^ T
}

fn main() {}
