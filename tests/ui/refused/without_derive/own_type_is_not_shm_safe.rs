use shmcore::ShmSafe;

struct Plain;

fn share<T: ShmSafe>() {}

fn use_it() {
    share::<Plain>();
    //~^ Plain
}

fn main() {}
