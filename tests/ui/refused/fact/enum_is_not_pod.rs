use shmcore::Pod;
use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(u8)]
enum A {
    X,
}

fn needs<T: Pod>() {}

fn use_it() {
    needs::<A>();
    //~^ A
}

fn main() {}
