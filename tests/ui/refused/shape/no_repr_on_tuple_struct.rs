use shmcore::ShmSafe;

#[derive(ShmSafe)]
struct Point(f32, f32);
//~^ Point

fn main() {}
