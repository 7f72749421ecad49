use shmcore::ShmSafe;

fn share<T: ShmSafe>() {}

fn use_it() {
    share::<Vec<u8>>();
    //~^ Vec<u8>
}

fn main() {}
