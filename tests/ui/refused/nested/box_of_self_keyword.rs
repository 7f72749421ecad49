use shmcore::ShmSafe;

#[derive(ShmSafe)]
#[repr(C)]
struct Node {
    id: u32,
    next: Box<Self>,
    //~^ Box<Self>
}

fn main() {}
