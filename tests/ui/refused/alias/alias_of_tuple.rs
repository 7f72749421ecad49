use shmcore::ShmSafe;

type Point = (f32, f32);

#[derive(ShmSafe)]
#[repr(C)]
struct Record {
    id: u32,
    at: Point,
    //~^ Point
}

fn main() {}
