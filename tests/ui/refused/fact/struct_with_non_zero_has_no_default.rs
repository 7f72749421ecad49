use shmcore::PlacementDefault;
use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct A {
    a: std::num::NonZeroU32,
}

fn needs<T: PlacementDefault>() {}

fn use_it() {
    needs::<A>();
    //~^ A
}

fn main() {}
