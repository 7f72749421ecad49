use shmcore::ShmSafe;

fn share<T: ShmSafe>() {}

fn use_it() {
    share::<(u8, u8)>();
    //~^ (u8, u8)
}

fn main() {}
