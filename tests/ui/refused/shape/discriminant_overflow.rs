use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(u8)]
enum State {
    A = 255,
    B,
    //~^ rustc: B
}

fn main() {}
