use shmcore::ShmSafe;

fn share<T: ShmSafe>() {}

fn use_it() {
    share::<String>();
    //~^ String
}

fn main() {}
