use shmcore::PlacementDefault;
use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(u8)]
enum A {
    X,
}

fn needs<T: PlacementDefault>() {}

fn use_it() {
    needs::<A>();
    //~^ A
}

fn main() {}
