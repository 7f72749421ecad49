use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(Rust)]
//~^ Rust
enum State {
    Idle,
}

fn main() {}
