use shmcore::Immutable;
use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct A {
    a: std::sync::atomic::AtomicU32,
}

fn needs<T: Immutable>() {}

fn use_it() {
    needs::<A>();
    //~^ A
}

fn main() {}
