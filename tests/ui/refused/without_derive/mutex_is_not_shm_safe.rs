use shmcore::ShmSafe;
use std::sync::Mutex;

fn share<T: ShmSafe>() {}

fn use_it() {
    share::<Mutex<u8>>();
    //~^ Mutex<u8>
}

fn main() {}
