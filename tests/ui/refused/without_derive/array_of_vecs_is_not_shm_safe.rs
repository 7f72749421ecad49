use shmcore::ShmSafe;

fn share<T: ShmSafe>() {}

fn use_it() {
    share::<[Vec<u8>; 2]>();
    //~^ [Vec<u8>; 2]
}

fn main() {}
