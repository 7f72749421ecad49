use shmcore::ShmSafe;

fn share<T: ShmSafe>() {}

fn use_it() {
    share::<&'static str>();
    //~^ &'static str
}

fn main() {}
