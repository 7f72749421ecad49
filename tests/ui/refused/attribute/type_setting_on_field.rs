use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct A {
    #[shm(deny_padding)]
    //~^ deny_padding
    a: u8,
}

fn main() {}
