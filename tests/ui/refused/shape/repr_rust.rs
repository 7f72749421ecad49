use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(Rust)]
//~^ Rust
struct Point {
    x: f32,
}

fn main() {}
