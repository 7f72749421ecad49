use shmcore::Pod;
use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct A {
    a: bool,
}

fn needs<T: Pod>() {}

fn use_it() {
    needs::<A>();
    //~^ A
}

fn main() {}
