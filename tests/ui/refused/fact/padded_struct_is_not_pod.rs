use shmcore::Pod;
use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct A {
    a: u8,
    b: u32,
}

fn needs<T: Pod>() {}

fn use_it() {
    needs::<A>();
    //~^ A
}

fn main() {}
