use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct A {
    #[shm(skip)]
    //~^ skip
    a: u8,
}

fn main() {}
