use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C, packed)]
//~^ packed
struct A {
    #[shm(skip)]
    //~^ skip
    a: u8,
}

fn main() {}
