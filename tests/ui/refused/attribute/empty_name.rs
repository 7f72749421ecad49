use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct A {
    #[shm(name = "")]
    //~^ ""
    a: u8,
}

fn main() {}
