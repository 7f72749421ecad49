use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
#[shm(bound = "T")]
//~^ "T"
struct A<T> {
    a: T,
}

fn main() {}
