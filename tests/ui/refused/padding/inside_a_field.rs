use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Inner {
    a: u32,
    b: u8,
}

#[derive(ShmSafe)]
#[repr(C)]
#[shm(deny_padding)]
struct Outer {
    inner: Inner,
    //~^ Inner
}

fn main() {}
