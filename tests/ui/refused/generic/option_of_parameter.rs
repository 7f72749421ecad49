use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Slot<T> {
    value: Option<T>,
    //~^ Option<T>
}

fn main() {}
