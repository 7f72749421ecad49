use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(u128)]
//~^ u128
enum State {
    Idle,
    Busy,
}

fn main() {}
