use shmcore::Immutable;

use std::sync::atomic::AtomicU32;

fn needs<T: Immutable>() {}

fn use_it() {
    needs::<AtomicU32>();
    //~^ AtomicU32
}

fn main() {}
