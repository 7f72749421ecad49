use shmcore::ShmSafe;

fn share<T: ShmSafe>() {}

fn use_it() {
    share::<Option<u8>>();
    //~^ Option<u8>
}

fn main() {}
