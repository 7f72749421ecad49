use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct A {
    a: u8,
    #[shm(name = "a")]
    //~^ "a"
    b: u8,
}

fn main() {}
