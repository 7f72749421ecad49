use shmcore::ShmSafe;

#[derive(ShmSafe)]
struct Point {
    //~^ Point
    x: f32,
    y: f32,
}

fn main() {}
