use shmcore::ShmSafe;
use std::sync::atomic::AtomicPtr;

fn share<T: ShmSafe>() {}

fn use_it() {
    share::<AtomicPtr<u8>>();
    //~^ AtomicPtr<u8>
}

fn main() {}
